internal import Glibc
internal import Platform

/// How a target sees the machine's files.
package enum MachineView: String, Hashable, Sendable, Codable {
    /// As they are, and as nobody's that the target could be: it can change none of them.
    case readOnly = "read-only"
    /// As whose they are, below a layer of memory that takes all changes and is empty again for
    /// each execution. The homes of users are empty and no password is known.
    case writable

    /// Says in a sentence where this process cannot show the machine so.
    package func check() throws(SandboxError) {
        guard self == .writable, geteuid() != 0 else { return }
        throw SandboxError(
            SystemError(code: EPERM, operation: "make the machine's files writable for a target"),
            remedy: "only root can give them owners inside a sandbox: run fathom as root, or leave "
                + "machine out of the harness")
    }
}
