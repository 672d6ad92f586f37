/// Why a program cannot be run under a policy.
package struct EnforcementError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// A phase allows what the one before it does not; a filter cannot be loosened.
        case loosens
        /// The policy is for another file.
        case otherTarget
        /// A filter could not be put into a process, or not be proven to be in it; the program was
        /// killed.
        case refused
        /// The policy says nothing that could be installed.
        case empty
    }

    package let code: Code
    /// One sentence: what, and what to try.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
