internal import CLinux
internal import Glibc
internal import TestCases

/// Makes the entries of a test case below one open directory.
struct FileTree: ~Copyable {
    let directory: Int32
    /// The folders that were opened for their entries, by their paths.
    private var folders: [(path: ArraySlice<UInt8>, descriptor: Int32)] = []

    /// The directory must stay open as long as the value lives.
    init(directory: Int32) {
        self.directory = directory
    }

    deinit {
        for folder in folders { close(folder.descriptor) }
    }

    /// Entries that cannot be made are left out, see ``Scratch/prepare(_:)``.
    ///
    /// The first `standing` are there already; their folders are given the times back that new
    /// entries change.
    mutating func build(_ files: [TestCase.File], after standing: Int = 0) {
        for file in files.dropFirst(standing) { make(file) }
        // Modes last: an unreadable directory must be filled first.
        for file in files.reversed() where file.kind == .directory { finish(file) }
    }

    private mutating func make(_ file: TestCase.File) {
        guard let (parent, name) = openParent(of: file.path) else { return }
        let mode = mode_t(file.mode & 0o7777)
        switch file.kind {
        case .regular(let bytes):
            return write(bytes, after: 0, to: name, in: parent, mode: mode)
        case .sparse(let hole, let bytes):
            return write(bytes, after: hole, to: name, in: parent, mode: mode)
        case .repeated(let repetition):
            return write(repetition.bytes, after: 0, to: name, in: parent, mode: mode)
        case .directory: _ = unsafe mkdirat(parent, name, 0o755)
        case .symbolicLink(let target): link(target, as: name, in: parent)
        case .hardLink(let target): hardLink(target, as: name, in: parent)
        case .fifo: _ = unsafe clinux_make_fifo(parent, name, UInt32(mode))
        case .socket: _ = unsafe clinux_make_socket(parent, name, UInt32(mode))
        case .device: link(Array("/dev/null".utf8), as: name, in: parent)
        }
        if file.kind != .directory {
            _ = unsafe clinux_set_times(parent, name, Scratch.fixedTime)
        }
    }

    private mutating func finish(_ file: TestCase.File) {
        guard let (parent, name) = openParent(of: file.path) else { return }
        let mode = mode_t(file.mode & 0o7777)
        if mode != 0o755 { _ = unsafe fchmodat(parent, name, mode, 0) }
        _ = unsafe clinux_set_times(parent, name, Scratch.fixedTime)
    }

    private func write(
        _ bytes: Bytes, after hole: UInt64, to name: String, in parent: Int32, mode: mode_t
    ) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe openat(parent, name, flags, mode)
        guard file >= 0 else { return }
        defer { close(file) }
        if let start = off_t(exactly: hole) {
            if start > 0 { ftruncate(file, start) }
            Self.write(bytes, to: file, at: start)
        }
        // Writing takes these bits away.
        if mode & 0o6000 != 0 { fchmod(file, mode) }
        clinux_set_own_times(file, Scratch.fixedTime)
    }

    private static func write(_ bytes: Bytes, to file: Int32, at start: off_t) {
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

    private mutating func hardLink(_ target: Bytes, as name: String, in parent: Int32) {
        guard let (targetParent, targetName) = openParent(of: target) else { return }
        _ = unsafe linkat(targetParent, targetName, parent, name, 0)
    }

    /// Opens the folder that holds the path's last component, making those that are missing;
    /// nothing above the directory can be reached, whatever the path says.
    private mutating func openParent(of path: Bytes) -> (parent: Int32, name: String)? {
        guard !path.contains(0), let last = path.lastIndex(where: { $0 != 47 }) else {
            return nil
        }
        let start = path[...last].lastIndex(of: 47).map { $0 + 1 } ?? 0
        let name = String(decoding: path[start...last], as: UTF8.self)
        // Names that are no UTF-8 would change; they are left out rather than renamed.
        guard name.utf8.elementsEqual(path[start...last]), name != ".", name != ".." else {
            return nil
        }
        let folder = path[..<start]
        guard folder.contains(where: { $0 != 47 }) else { return (directory, name) }
        if let known = folders.last(where: { $0.path == folder }) {
            return (known.descriptor, name)
        }
        guard let opened = openFolder(folder) else { return nil }
        folders.append((folder, opened))
        return (opened, name)
    }

    private func openFolder(_ path: ArraySlice<UInt8>) -> Int32? {
        var prefix = ""
        for component in path.split(separator: 47) {
            prefix += String(decoding: component, as: UTF8.self)
            _ = unsafe mkdirat(directory, prefix, 0o755)
            prefix += "/"
        }
        guard !path.split(separator: 47).contains(where: { $0 == [46, 46] }) else { return nil }
        let opened = unsafe clinux_open_beneath(directory, prefix, O_RDONLY | O_DIRECTORY, 0)
        return opened >= 0 ? opened : nil
    }
}

extension FileTree {
    /// An open directory of the kind asked for; the tree itself where it cannot be made. `top` is
    /// the folder that the tree stands in.
    func enter(_ place: TestCase.WorkingDirectory, beside top: Int32) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let tree = directory
        let fallback = { unsafe openat(tree, ".", flags) }
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
