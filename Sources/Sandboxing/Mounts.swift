internal import CLinux
internal import Glibc
internal import Platform

/// Mounting with errors that say what was being done.
enum Mounts {
    static func mount(
        _ source: String, _ target: String, _ type: String, _ flags: UInt64, _ data: String
    ) throws(SandboxError) {
        let result = unsafe clinux_mount(source, target, type, flags, data)
        try check(result, "mount \(type.isEmpty ? "" : type + " at ")\(target)")
    }

    static func bind(_ source: String, at target: String) throws(SandboxError) {
        try check(unsafe clinux_bind(source, target), "bind \(source) at \(target)")
    }

    static func makeReadOnly(_ path: String) throws(SandboxError) {
        try check(unsafe clinux_make_read_only(path), "make \(path) read-only")
    }

    static func check(
        _ result: Int32, _ operation: @autoclosure () -> String
    ) throws(SandboxError) {
        do {
            try SystemError.check(result, operation() + " in the sandbox")
        } catch {
            throw SandboxError(
                error, remedy: "a container's masks over /proc and /sys can forbid this")
        }
    }

    /// Makes a folder, or leaves the one that is there.
    static func makeDirectory(_ path: String, mode: mode_t) {
        _ = unsafe mkdir(path, mode)
    }

    /// Makes a folder and those above it.
    static func makeDirectories(_ path: some StringProtocol) {
        var folder = ""
        for component in path.split(separator: "/") {
            folder += "/" + component
            makeDirectory(folder, mode: 0o755)
        }
    }

    /// Makes an empty file.
    static func makeFile(_ path: String) {
        close(unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644))
    }
}
