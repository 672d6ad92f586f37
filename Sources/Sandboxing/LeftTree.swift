internal import CLinux
internal import Glibc
internal import Platform
package import TestCases

/// Reads the file tree that an execution has left, so that another can begin with it.
///
/// The tree is a stranger's, and processes may still be at work in it: every name is looked up in
/// the folder it is in and no link is followed; nothing is opened but folders and what is a regular
/// file, without waiting; and what was opened is what counts, whatever stood there before.
struct LeftTree: ~Copyable {
    /// How much of a tree is taken.
    struct Limits {
        /// More is no tree to begin with: each of its entries is made anew for each execution.
        var entries = 320
        var depth = 12
        /// Larger files are left out.
        var fileBytes = 1 << 20
        var treeBytes = 2 << 20
    }

    private let limits: Limits
    private var files: [TestCase.File] = []
    private var bytes = 0
    /// The first path of each file that has several, by its inode.
    private var linked: [ino_t: Bytes] = [:]
    private let device: dev_t

    /// All that is below the open directory, parents before what is in them, by name; nil where it
    /// is more than the limits allow.
    ///
    /// Left out are what no test case can have, such as device nodes and names that are no UTF-8,
    /// and what is mounted there.
    static func read(_ directory: Int32, limits: Limits = Limits()) -> [TestCase.File]? {
        var status = stat()
        guard unsafe fstat(directory, &status) == 0 else { return nil }
        var tree = LeftTree(limits, device: status.st_dev)
        return tree.read(directory, at: [], depth: 0) ? tree.files : nil
    }

    private init(_ limits: Limits, device: dev_t) {
        self.limits = limits
        self.device = device
    }

    /// False where the tree is too large.
    private mutating func read(_ directory: Int32, at path: Bytes, depth: Int) -> Bool {
        guard depth <= limits.depth, let names = names(in: directory) else { return false }
        for name in names {
            guard let text = String(validating: name, as: UTF8.self) else { continue }
            guard files.count < limits.entries else { return false }
            let entry = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            guard TestCase.File.isPath(entry), readEntry(text, in: directory, at: entry, depth)
            else { return false }
        }
        return true
    }

    /// Sorted, so that the same tree always reads the same.
    private func names(in directory: Int32) -> [Bytes]? {
        // The longest names that as many entries can have would take 80 KiB.
        var length: Int64 = 0
        let buffer = unsafe [CChar](unsafeUninitializedCapacity: 256 * limits.entries) {
            buffer, count in
            guard let start = buffer.baseAddress else { return }
            length = unsafe clinux_directory_names(directory, start, Int64(buffer.count))
            count = max(0, Int(length))
        }
        // No room: there are more entries than are taken.
        guard length >= 0 else { return nil }
        return buffer.split(separator: 0).map { $0.map { UInt8(bitPattern: $0) } }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    private mutating func readEntry(
        _ name: String, in directory: Int32, at path: Bytes, _ depth: Int
    ) -> Bool {
        var status = stat()
        guard unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
            status.st_dev == device
        else { return true }
        let mode = UInt16(truncatingIfNeeded: status.st_mode) & 0o7777
        let kind = status.st_mode & S_IFMT
        if kind != S_IFDIR, status.st_nlink > 1, let first = linked[status.st_ino] {
            files.append(TestCase.File(path: path, kind: .hardLink(target: first)))
            return true
        }
        let count = files.count
        switch kind {
        case S_IFDIR: return readFolder(name, in: directory, at: path, mode: mode, depth)
        case S_IFREG:
            guard let content = content(of: name, in: directory) else { return true }
            files.append(TestCase.File(path: path, kind: content, mode: mode))
        case S_IFLNK:
            guard let target = target(of: name, in: directory) else { return true }
            files.append(TestCase.File(path: path, kind: .symbolicLink(target: target)))
        case S_IFIFO: files.append(TestCase.File(path: path, kind: .fifo, mode: mode))
        case S_IFSOCK: files.append(TestCase.File(path: path, kind: .socket, mode: mode))
        default: break
        }
        if files.count > count, status.st_nlink > 1 { linked[status.st_ino] = path }
        return bytes <= limits.treeBytes
    }

    private mutating func readFolder(
        _ name: String, in directory: Int32, at path: Bytes, mode: UInt16, _ depth: Int
    ) -> Bool {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let folder = unsafe openat(directory, name, flags)
        guard folder >= 0 else { return true }
        defer { close(folder) }
        files.append(TestCase.File(path: path, kind: .directory, mode: mode))
        return read(folder, at: path, depth: depth + 1)
    }

    /// Nil for what is no regular file any more, or too large.
    private mutating func content(of name: String, in directory: Int32) -> TestCase.File.Kind? {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let file = unsafe openat(directory, name, flags)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_dev == device
        else { return nil }
        let size = UInt64(clamping: status.st_size)
        guard size > UInt64(limits.fileBytes) else {
            let content = Self.read(file, from: 0, count: Int(size))
            bytes += content.count
            return .regular(content)
        }
        let start = clinux_first_data(file)
        // A hole to its end, or nothing but holes and a little behind them.
        let hole = start >= 0 ? UInt64(start) : size
        guard size - min(hole, size) <= UInt64(limits.fileBytes) else { return nil }
        let content = Self.read(file, from: hole, count: Int(size - hole))
        bytes += content.count
        return .sparse(hole: hole, content)
    }

    private static func read(_ file: Int32, from start: UInt64, count: Int) -> Bytes {
        guard count > 0, let offset = off_t(exactly: start) else { return [] }
        return unsafe Bytes(unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = unsafe pread(
                    file, buffer.baseAddress?.advanced(by: filled), count - filled,
                    offset + off_t(filled))
                guard part > 0 else { return }
                filled += part
            }
        }
    }

    private func target(of name: String, in directory: Int32) -> Bytes? {
        let target = unsafe [CChar](unsafeUninitializedCapacity: 4_096) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = max(0, unsafe readlinkat(directory, name, start, buffer.count))
        }
        return target.isEmpty || target.count == 4_096
            ? nil : target.map { UInt8(bitPattern: $0) }
    }
}

extension Scratch {
    /// The file tree as the last execution has left it; nil where it is provably as it was made, or
    /// too large to begin with. Only before ``clean()``.
    package func leftTree() -> [TestCase.File]? {
        guard tree.directory >= 0,
            !tree.isUntouched(in: root.scratch.rawValue, fineTimes: hasFineTimes)
        else { return nil }
        return LeftTree.read(tree.directory)
    }

    /// What was written to the file that catches descriptor 1, at most `limit` bytes. Only before
    /// ``clean()``.
    package func leftOutput(limit: Int) -> Bytes {
        guard output.exists else { return [] }
        let file = output.openForReading(in: root.scratch.rawValue)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return Bytes(beginningOf: file, limit: limit)
    }
}
