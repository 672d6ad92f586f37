internal import CLinux
internal import Glibc
internal import TestCases

/// Makes the entries of a test case below one open directory.
struct FileTree {
    let directory: Int32

    /// Entries that cannot be made are left out, see ``Scratch/prepare(_:)``.
    func build(_ files: [TestCase.File]) {
        for file in files { make(file) }
        // Modes last: an unreadable directory must be filled first.
        for file in files.reversed() { finish(file) }
    }

    private func make(_ file: TestCase.File) {
        withParent(of: file.path) { parent, name in
            switch file.kind {
            case .regular(let bytes): write(bytes, after: 0, to: name, in: parent)
            case .sparse(let hole, let bytes): write(bytes, after: hole, to: name, in: parent)
            case .directory: _ = unsafe mkdirat(parent, name, 0o755)
            case .symbolicLink(let target): link(target, as: name, in: parent)
            case .hardLink(let target): hardLink(target, as: name, in: parent)
            case .fifo: _ = unsafe clinux_make_fifo(parent, name, 0o600)
            case .socket: _ = unsafe clinux_make_socket(parent, name, 0o600)
            case .device: link(Array("/dev/null".utf8), as: name, in: parent)
            }
        }
    }

    private func finish(_ file: TestCase.File) {
        withParent(of: file.path) { parent, name in
            switch file.kind {
            case .symbolicLink, .device, .hardLink: break
            default: _ = unsafe fchmodat(parent, name, mode_t(file.mode & 0o7777), 0)
            }
            _ = unsafe clinux_set_times(parent, name, Scratch.fixedTime)
        }
    }

    private func write(_ bytes: Bytes, after hole: UInt64, to name: String, in parent: Int32) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe openat(parent, name, flags, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        guard let start = off_t(exactly: hole) else { return }
        if start > 0 { ftruncate(file, start) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(
                    file, $0.baseAddress?.advanced(by: written), $0.count - written,
                    start + off_t(written))
            }
            guard count > 0 else { return }
            written += count
        }
    }

    private func link(_ target: Bytes, as name: String, in parent: Int32) {
        let terminated = target.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
        unsafe terminated.withUnsafeBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            _ = unsafe symlinkat(target, parent, name)
        }
    }

    private func hardLink(_ target: Bytes, as name: String, in parent: Int32) {
        withParent(of: target) { targetParent, targetName in
            _ = unsafe linkat(targetParent, targetName, parent, name, 0)
        }
    }

    /// Opens the folder that holds the path's last component, making those that are missing;
    /// nothing above the directory can be reached, whatever the path says.
    private func withParent(of path: Bytes, _ body: (Int32, String) -> Void) {
        let components = path.split(separator: 47)
        guard let last = components.last, !path.contains(0) else { return }
        let name = String(decoding: last, as: UTF8.self)
        // Names that are no UTF-8 would change; they are left out rather than renamed.
        guard Array(name.utf8) == Array(last), name != ".", name != ".." else { return }
        var prefix = ""
        for component in components.dropLast() {
            prefix += String(decoding: component, as: UTF8.self)
            _ = unsafe mkdirat(directory, prefix, 0o755)
            prefix += "/"
        }
        guard !components.dropLast().contains(where: { $0 == [46, 46] }) else { return }
        let parent = unsafe clinux_open_beneath(
            directory, prefix.isEmpty ? "." : prefix, O_RDONLY | O_DIRECTORY, 0)
        guard parent >= 0 else { return }
        body(parent, name)
        close(parent)
    }
}

extension FileTree {
    /// An open directory of the kind asked for; the tree itself where it cannot be made. `top` is
    /// the folder that the tree stands in.
    func enter(_ place: TestCase.WorkingDirectory, beside top: Int32) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let fallback = { unsafe openat(directory, ".", flags) }
        switch place {
        case .scratch(let path):
            guard !path.isEmpty else { return fallback() }
            let name = String(decoding: path, as: UTF8.self)
            let opened = unsafe clinux_open_beneath(directory, name, O_RDONLY | O_DIRECTORY, 0)
            return opened >= 0 ? opened : fallback()
        case .deleted:
            guard unsafe mkdirat(top, "deleted", 0o755) == 0 else { return fallback() }
            let opened = unsafe openat(top, "deleted", flags)
            unsafe unlinkat(top, "deleted", AT_REMOVEDIR)
            return opened >= 0 ? opened : fallback()
        case .unreadable:
            guard unsafe mkdirat(top, "unreadable", 0o755) == 0 else { return fallback() }
            let opened = unsafe openat(top, "unreadable", flags)
            unsafe fchmodat(top, "unreadable", 0o311, 0)
            return opened >= 0 ? opened : fallback()
        case .deep(let levels):
            return descend(levels, from: fallback())
        }
    }

    private func descend(_ levels: UInt16, from start: Int32) -> Int32 {
        let name = String(repeating: "d", count: 200)
        var current = start
        for _ in 0..<min(levels, 100) {
            unsafe mkdirat(current, name, 0o755)
            let next = unsafe openat(current, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard next >= 0 else { break }
            close(current)
            current = next
        }
        return current
    }
}
