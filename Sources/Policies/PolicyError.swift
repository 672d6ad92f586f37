internal import Syscalls
internal import Traces

/// A policy that cannot be made, written or run.
package struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// An observation is of a phase that the phase model does not have.
        case unknownPhase
        /// A consumer would drop a name that the policy needs.
        case unknownName
        /// A format has no words for what the policy says.
        case notExpressible
        /// A filter does not fit the kernel's limits.
        case filterTooLong
        /// Bytes are no filter that the kernel would accept.
        case invalidFilter
        /// JSON could not be written or read.
        case malformed
    }

    package let code: Code
    /// One sentence: what was being done, to what, and what to try.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
