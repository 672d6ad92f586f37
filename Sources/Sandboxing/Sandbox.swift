internal import CLinux
internal import Glibc
internal import Platform

/// A worker process as its coordinator sees it: PID 1 of namespaces of its own.
package struct Sandbox: ~Copyable {
    /// In the coordinator's process id namespace.
    package let worker: Int32
    private var isReaped = false
    /// What bounds the worker and all that comes of it; gone when they are.
    private let group: ControlGroup?

    /// Ids that a sandbox of root uses on the host: 65,536 from here. The range lies inside the
    /// one that systemd reserves for containers, so that no account of a host has one of them.
    private static let outerBase: UInt32 = 0x6FFE_0000

    /// Starts this program again inside a sandbox, with the arguments given and one end of a
    /// socket as its descriptor 3. The caller closes its copy of that end.
    ///
    /// It must be given the same plan. Where no group can be made for the bounds there are none but
    /// those that a session looks after.
    package static func start(
        arguments: [String], socket: Int32, for plan: SandboxRoot.Plan,
        within bounds: ControlGroup.Bounds
    ) throws(SandboxError) -> Sandbox {
        let block = Self.block(arguments)
        let exposed = plan.exposures
        let paths = Self.block(exposed.map(\.path))
        let mounts = try MachineMounts.copy(
            plan.machineMounts ?? [], for: plan.user, base: outerBase)
        let trees = mounts.descriptors
        var stage: Int32 = 0
        let result = unsafe block.withUnsafeBufferPointer { block in
            unsafe paths.withUnsafeBufferPointer { paths in
                unsafe trees.withUnsafeBufferPointer { trees -> Int32 in
                    guard let words = block.baseAddress, let first = paths.baseAddress
                    else { return -EINVAL }
                    return unsafe clinux_spawn_worker(
                        words, Int32(arguments.count), socket, geteuid() == 0 ? outerBase : 0,
                        first, Int32(exposed.count), trees.baseAddress, Int32(trees.count), &stage)
                }
            }
        }
        _ = consume mounts
        guard result > 0 else { throw failure(stage: Int(stage), code: 0 - result) }
        return Sandbox(worker: result, group: ControlGroup.make(bounds))
    }

    private init(worker: Int32, group: consuming ControlGroup?) {
        self.worker = worker
        _ = group?.add(worker)
        self.group = group
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
