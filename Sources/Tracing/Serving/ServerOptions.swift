package import TestCases

/// What is done with a target that listens.
package struct ServerOptions: Sendable {
    /// What is said to it when it is ready.
    package var sessions: [TestCase.Session]
    /// What ends it afterwards, in order.
    package var endSignal: UInt8

    package init(sessions: [TestCase.Session], endSignal: UInt8 = 15) {
        self.sessions = sessions
        self.endSignal = endSignal
    }
}
