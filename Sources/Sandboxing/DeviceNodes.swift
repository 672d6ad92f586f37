internal import CLinux
internal import Glibc
internal import Platform

/// The host's harmless device nodes, held open while `/dev` is replaced: nodes cannot be made in
/// a user namespace, only bound.
struct DeviceNodes: ~Copyable {
    private static let names = ["null", "zero", "full", "random", "urandom", "tty"]
    private var descriptors: [Int32]

    static func open() throws(SandboxError) -> DeviceNodes {
        var descriptors: [Int32] = []
        for name in names {
            let descriptor = unsafe Glibc.open("/dev/" + name, Int32(CLINUX_OPEN_PATH) | O_CLOEXEC)
            guard descriptor >= 0 else {
                let error = SystemError.last("open /dev/\(name)")
                for opened in descriptors { close(opened) }
                throw SandboxError(error, remedy: "")
            }
            descriptors.append(descriptor)
        }
        return DeviceNodes(descriptors: descriptors)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// Binds each node at its usual place in the new, empty `/dev`.
    borrowing func bind() throws(SandboxError) {
        for (name, descriptor) in zip(Self.names, descriptors) {
            let path = "/dev/" + name
            close(unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666))
            do {
                try SystemError.check(
                    unsafe clinux_bind("/proc/self/fd/\(descriptor)", path), "bind \(path)")
            } catch {
                throw SandboxError(error, remedy: "")
            }
            // Its times are the host's, and who may write to it may set them.
            try Mounts.makeReadOnly(path)
        }
    }
}
