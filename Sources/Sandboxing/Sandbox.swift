internal import CLinux
internal import Glibc
internal import Platform

/// A worker process as its coordinator sees it: PID 1 of namespaces of its own.
package struct Sandbox: ~Copyable {
    /// In the coordinator's process id namespace.
    package let worker: Int32
    private var isReaped = false

    /// Ids that a sandbox of root uses on the host: 65,536 from here. The range lies inside the
    /// one that systemd reserves for containers, so that no account of a host has one of them.
    private static let outerBase: UInt32 = 0x6FFE_0000

    /// Starts this program again inside a sandbox, with the arguments given and one end of a
    /// socket as its descriptor 3. The caller closes its copy of that end.
    ///
    /// The folders in `exposed` stay reachable for the sandbox although the caller alone may
    /// enter a folder above them; see ``Exposure``.
    package static func start(
        arguments: [String], socket: Int32, exposing exposed: [Exposure]
    ) throws(SandboxError) -> Sandbox {
        let block = Self.block(arguments)
        let paths = Self.block(exposed.map(\.path))
        var stage: Int32 = 0
        let result = unsafe block.withUnsafeBufferPointer { block in
            unsafe paths.withUnsafeBufferPointer { paths -> Int32 in
                guard let words = block.baseAddress, let first = paths.baseAddress
                else { return -EINVAL }
                return unsafe clinux_spawn_worker(
                    words, Int32(arguments.count), socket,
                    geteuid() == 0 ? outerBase : 0, first, Int32(exposed.count), &stage)
            }
        }
        guard result > 0 else { throw failure(stage: Int(stage), code: 0 - result) }
        return Sandbox(worker: result)
    }

    private init(worker: Int32) {
        self.worker = worker
    }

    deinit {
        guard !isReaped else { return }
        clinux_kill(worker, SIGKILL)
        var status: Int32 = 0
        _ = unsafe clinux_reap(worker, 1, &status)
    }

    /// How the worker ended, nil while it runs. Everything inside the sandbox ends with it.
    package mutating func poll() -> WorkerExit? {
        var status: Int32 = 0
        guard !isReaped, unsafe clinux_reap(worker, 0, &status) != 0 else { return nil }
        isReaped = true
        return status >= 256 ? .killed(signal: status - 256) : .exited(status: status)
    }

    package enum WorkerExit: Hashable, Sendable {
        case exited(status: Int32)
        case killed(signal: Int32)
    }

    private static func block(_ strings: [String]) -> [CChar] {
        strings.flatMap { $0.utf8.map { CChar(bitPattern: $0) } + [0] } + [0]
    }

    private static func failure(stage: Int, code: Int32) -> SandboxError {
        switch stage {
        case Int(CLINUX_WORKER_CLONE):
            SandboxError(
                SystemError(code: code, operation: "create the namespaces of the sandbox"),
                remedy: UserNamespaces.remedy)
        case Int(CLINUX_WORKER_MAP):
            SandboxError(
                SystemError(code: code, operation: "map the user ids of the sandbox"),
                remedy: "as root CAP_SETUID and CAP_SETGID are needed")
        case Int(CLINUX_WORKER_IDENTITY):
            SandboxError(
                SystemError(code: code, operation: "take on the identity inside the sandbox"),
                remedy: "")
        case Int(CLINUX_WORKER_EXPOSE):
            SandboxError(
                SystemError(code: code, operation: "copy the target's mount for the sandbox"),
                remedy: "put the target into a folder that every user may enter")
        default:
            SandboxError(
                SystemError(code: code, operation: "execute fathom inside the sandbox"),
                remedy: "")
        }
    }
}

/// A folder that a sandbox needs but whose parents its user may not enter, such as one below
/// `/root`.
package struct Exposure: Hashable, Sendable, Codable {
    /// The topmost folder on the way that others may not enter; it appears empty in the sandbox.
    package let closed: String
    /// The folder below `closed` that is made visible inside it.
    package let path: String

    /// What must be exposed so that a user without rights of their own can reach the file, nil
    /// when nothing is in the way or the caller is not root.
    package init?(reaching file: String) {
        guard geteuid() == 0 else { return nil }
        let components = file.split(separator: "/")
        var folder = ""
        for (index, component) in components.dropLast().enumerated() {
            folder += "/" + component
            var status = stat()
            guard unsafe stat(folder, &status) == 0 else { return nil }
            guard status.st_mode & 0o001 == 0, index + 2 <= components.count else { continue }
            closed = folder
            path = folder + "/" + components[index + 1]
            return
        }
        return nil
    }
}

/// What the kernel says about user namespaces.
package enum UserNamespaces {
    /// Settings that forbid unprivileged user namespaces, with the value that allows them.
    private static let settings:
        [(path: String, forbids: @Sendable (String) -> Bool, fix: String)] =
            [
                (
                    "/proc/sys/kernel/unprivileged_userns_clone", { $0 == "0" },
                    "sysctl kernel.unprivileged_userns_clone=1"
                ),
                (
                    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", { $0 == "1" },
                    "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
                ),
                (
                    "/proc/sys/user/max_user_namespaces", { $0 == "0" },
                    "sysctl user.max_user_namespaces=1000"
                ),
            ]

    /// What stands in the way of a sandbox, one command that removes it for each; empty when no
    /// known setting does.
    package static var obstacles: [String] {
        settings.compactMap { setting in
            guard let text = try? SmallFile.text(setting.path) else { return nil }
            return setting.forbids(text.filter { !$0.isWhitespace }) ? setting.fix : nil
        }
    }

    static var remedy: String {
        let obstacles = obstacles
        guard obstacles.isEmpty else { return "as root: " + obstacles.joined(separator: "; ") }
        return "inside a container the runtime may forbid it; see fathom doctor"
    }
}
