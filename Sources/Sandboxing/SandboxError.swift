package import Platform

/// Why a sandbox could not be made or kept.
package struct SandboxError: Error, Sendable {
    package let cause: SystemError
    /// What the reader can do about it.
    package let remedy: String

    package init(_ cause: SystemError, remedy: String) {
        self.cause = cause
        self.remedy = remedy
    }
}

extension SandboxError: CustomStringConvertible {
    package var description: String {
        "\(cause)\(remedy.isEmpty ? "" : "; " + remedy)"
    }
}
