package import TestCases

/// What is said to a target that listens, or that connects to others.
package struct ServerOptions: Sendable {
    /// What is said to it when it is ready.
    package var sessions: [TestCase.Session]
    /// What ends it afterwards, in order; nil for a target that ends by itself.
    package var endSignal: UInt8?
    /// How the harness's companion is started, but for the arguments behind the program's name and
    /// the descriptors; nil where there is none.
    package var companion: Launch?
    /// Whether the execution is not over before its companions have ended, or sleep: for whoever
    /// wants to know how they fare.
    package var awaitsCompanions = false
    /// Whether what the target says is kept, see ``TraceSession/answers``.
    package var keepsAnswers = false

    package init(
        sessions: [TestCase.Session], endSignal: UInt8? = 15, companion: Launch? = nil
    ) {
        self.sessions = sessions
        self.endSignal = endSignal
        self.companion = companion
    }
}
