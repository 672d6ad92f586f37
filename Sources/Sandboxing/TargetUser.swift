internal import CLinux
internal import Glibc
internal import Platform

/// Whom a target runs as inside its sandbox.
package enum TargetUser: String, Codable, Hashable, Sendable {
    /// User 1000, without capabilities.
    case ordinary
    /// User 0 of a user namespace of the target's own, which is made for each execution and has
    /// 65,536 ids: it may change its identity and its files' owners there. Over the worker, over
    /// the sandbox's mounts and network and over the host's files it has no power: what these
    /// belong to has no id in that namespace.
    case root

    /// Whom its files belong to, as the worker counts ids.
    var fileOwner: UInt32 {
        switch self {
        case .ordinary: 1000
        case .root: UInt32(CLINUX_INNER_FIRST)
        }
    }

    /// Whom files belong to that are the machine's for it.
    var machineOwner: UInt32 {
        switch self {
        case .ordinary: 0
        case .root: fileOwner
        }
    }

    /// Its user and group, counted where it runs.
    package var id: UInt32 {
        switch self {
        case .ordinary: 1000
        case .root: 0
        }
    }

    /// The capabilities that it has and can ever have, by their bits, see capabilities(7).
    ///
    /// Those that container engines give by default, but for MKNOD, which a user namespace never
    /// allows, and NET_RAW: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
    /// NET_BIND_SERVICE, SYS_CHROOT, AUDIT_WRITE and SETFCAP.
    package var capabilities: UInt64 {
        switch self {
        case .ordinary: 0
        case .root: [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 29, 31].reduce(0) { $0 | 1 << $1 }
        }
    }

    /// Says in a sentence where targets cannot run as this user.
    package func check() throws(SandboxError) {
        guard self == .root, geteuid() != 0 else { return }
        throw SandboxError(
            SystemError(code: EPERM, operation: "run the target as root"),
            remedy: "only root can give a sandbox more users than one: run fathom as root, or "
                + "leave user out of the harness")
    }
}
