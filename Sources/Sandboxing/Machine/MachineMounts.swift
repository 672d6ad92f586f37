internal import CLinux
internal import Glibc
internal import Platform

/// Copies of the machine's mounts for one sandbox, made outside of it, where ids can be told: what
/// belongs to a user of the machine belongs to the same user of the target's namespace.
struct MachineMounts: ~Copyable {
    /// In the order of the plan's ``SandboxRoot/Plan/machineMounts``.
    let descriptors: [Int32]

    /// `base` is the host's id that a sandbox's worker calls 0.
    static func copy(
        _ paths: [String], for user: TargetUser, base: UInt32
    ) throws(SandboxError) -> MachineMounts {
        guard !paths.isEmpty else { return MachineMounts(descriptors: []) }
        let ids = unsafe clinux_id_namespace(map(for: user, base: base))
        defer { if ids >= 0 { close(ids) } }
        var descriptors: [Int32] = []
        for path in paths {
            var tree = ids < 0 ? ids : unsafe clinux_clone_mount(path, ids)
            // Not every file system can tell ids; then what is there is nobody's.
            if tree < 0 { tree = unsafe clinux_clone_mount(path, -1) }
            guard tree >= 0 else {
                for descriptor in descriptors { close(descriptor) }
                throw SandboxError(
                    SystemError(code: 0 - tree, operation: "copy what is mounted at \(path)"),
                    remedy: "leave machine out of the harness to have it read-only")
            }
            descriptors.append(tree)
        }
        return MachineMounts(descriptors: descriptors)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// The user 1000 of an ordinary target is nobody of the machine: what belongs to the machine's
    /// 1000 is not its own.
    private static func map(for user: TargetUser, base: UInt32) -> String {
        guard user == .ordinary else {
            return "0 \(base + user.machineOwner) \(CLINUX_INNER_COUNT)\n"
        }
        let ordinary = user.id
        let rest = UInt32(CLINUX_INNER_COUNT) - ordinary - 1
        return "0 \(base) \(ordinary)\n\(ordinary + 1) \(base + ordinary + 1) \(rest)\n"
    }
}
