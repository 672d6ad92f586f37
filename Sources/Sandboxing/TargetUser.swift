internal import CLinux
internal import Glibc
internal import Platform

/// Whom a target runs as inside its sandbox.
package enum TargetUser: Hashable, Sendable {
    /// User 1000, without capabilities.
    case ordinary
    /// User 0 of a user namespace of the target's own, which is made for each execution and has
    /// 65,536 ids: it may change its identity and its files' owners there. Over the worker, over
    /// the sandbox's mounts and network and over the host's files it has no power: what these
    /// belong to has no id in that namespace.
    case root
    /// A user of such a namespace without capabilities, as services are given who do not start as
    /// root.
    case account(Account)

    /// Whom its files belong to, as the worker counts ids.
    var fileOwner: UInt32 {
        switch self {
        case .ordinary: 1000
        case .root: UInt32(CLINUX_INNER_FIRST)
        case .account(let account): UInt32(CLINUX_INNER_FIRST) + account.user
        }
    }

    var fileGroup: UInt32 {
        switch self {
        case .ordinary, .root: fileOwner
        case .account(let account): UInt32(CLINUX_INNER_FIRST) + account.group
        }
    }

    /// Whom files belong to that are the machine's for it.
    var machineOwner: UInt32 { self == .ordinary ? 0 : UInt32(CLINUX_INNER_FIRST) }

    /// Its user and group, counted where it runs.
    package var id: UInt32 {
        switch self {
        case .ordinary: 1000
        case .root: 0
        case .account(let account): account.user
        }
    }

    package var group: UInt32 {
        if case .account(let account) = self { account.group } else { id }
    }

    /// The groups that it is in besides ``group``.
    package var groups: [UInt32] {
        if case .account(let account) = self { account.groups } else { [] }
    }

    /// As a harness and people call it.
    package var name: String {
        switch self {
        case .ordinary: "ordinary"
        case .root: "root"
        case .account(let account): account.name
        }
    }

    /// The capabilities that it has, by their bits, see capabilities(7).
    package var capabilities: UInt64 { self == .root ? boundingCapabilities : 0 }

    /// The capabilities that it can ever have, as when it executes a set-user-id program.
    ///
    /// Those that container engines give by default, but for MKNOD, which a user namespace never
    /// allows, and NET_RAW: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
    /// NET_BIND_SERVICE, SYS_CHROOT, AUDIT_WRITE and SETFCAP.
    package var boundingCapabilities: UInt64 {
        switch self {
        case .ordinary: 0
        case .root, .account:
            [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 29, 31].reduce(0) { $0 | 1 << $1 }
        }
    }

    /// Says in a sentence where targets cannot run as this user.
    package func check() throws(SandboxError) {
        guard self != .ordinary, geteuid() != 0 else { return }
        throw SandboxError(
            SystemError(code: EPERM, operation: "run the target as \(name)"),
            remedy: "only root can give a sandbox more users than one: run fathom as root, or "
                + "leave user out of the harness")
    }
}

/// In a stored plan, and in a harness, a word for those that every machine has.
extension TargetUser: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let word = try? container.decode(String.self) else {
            self = .account(try container.decode(Account.self))
            return
        }
        switch word {
        case "ordinary": self = .ordinary
        case "root": self = .root
        default:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(word)\" is no user of a sandbox")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .ordinary, .root: try container.encode(name)
        case .account(let account): try container.encode(account)
        }
    }
}
