internal import Glibc
internal import Platform
internal import Synchronization
internal import Syscalls

/// The files of this system, or of another one whose root is a folder here.
struct FileTree: Sendable {
    /// The folder that stands for `/`, without a slash at its end; empty for this system.
    let root: String
    /// Through which all questions about the files go.
    let files: FileRecord
    private var record = InputRecord()

    /// - Parameter hash: with one, ``files`` notes the answers.
    init(sysroot: String?, hash: ContentHash? = nil) {
        files = FileRecord(hash: hash)
        var root = sysroot.map(Self.absolute) ?? ""
        while root.hasSuffix("/") { root.removeLast() }
        self.root = root
    }

    /// A path with the working directory before it, unless it begins with a slash.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let folder = unsafe getcwd(nil, 0) else { return "/" + path }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder) + "/" + path
    }

    /// A path without the root before it, if that is there.
    func inside(_ path: String) -> String {
        !root.isEmpty && path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : path
    }

    /// The path here of what a path in the tree means, all links followed as that system would;
    /// nil when nothing is there.
    func resolve(_ path: String) -> String? {
        var parts = path.split(separator: "/").map(String.init)
        var done: [String] = []
        var linksLeft = 40
        parts.reverse()
        while let part = parts.popLast() {
            if part == "." { continue }
            if part == ".." {
                _ = done.popLast()
                continue
            }
            let here = root + "/" + (done + [part]).joined(separator: "/")
            switch files.node(here) {
            case .absent: return nil
            case .plain: done.append(part)
            case .link(let target):
                guard linksLeft > 0 else { return nil }
                linksLeft -= 1
                if target.hasPrefix("/") { done = [] }
                parts += target.split(separator: "/").map(String.init).reversed()
            }
        }
        return root + "/" + done.joined(separator: "/")
    }

    /// The path in the tree of one that ``resolve(_:)`` returned.
    func inTree(_ real: String) -> String { String(real.dropFirst(root.count)) }

    /// The lines of a configuration file in the tree; none when it cannot be read. Whether it was
    /// there, and what it held, is noted in ``inputs``.
    func lines(_ path: String) -> [String] {
        guard let real = resolve(path), let file = try? files.open(real) else {
            record.note(path, nil)
            return []
        }
        let text = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        record.note(path, String(file.contentHash().prefix(Self.hashLength)))
        return text.utf8.split { (10...13).contains($0) }.map { String(Substring($0)) }
    }

    /// Hexadecimal digits of a hash that tell two versions of a file apart.
    private static let hashLength = 16

    /// Every file that was read by ``lines(_:)`` so far.
    var inputs: [StaticSet.Input] { record.inputs }

    /// The same tree, with ``inputs`` of its own.
    func withInputsOfItsOwn() -> FileTree {
        var tree = self
        tree.record = InputRecord()
        return tree
    }

    /// Whether a name is one that a pattern of the shell means.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        unsafe fnmatch(pattern, name, FNM_PERIOD) == 0
    }

    /// The names in a folder of the tree, sorted; none when it cannot be read.
    func names(in folder: String) -> [String] {
        resolve(folder).flatMap { files.names(in: $0) } ?? []
    }
}

/// The files that were read, from whichever copy of a ``FileTree``.
private final class InputRecord: Sendable {
    private let hashes = Mutex<[String: String?]>([:])

    func note(_ path: String, _ hash: String?) {
        hashes.withLock { $0[path] = .some(hash) }
    }

    var inputs: [StaticSet.Input] {
        hashes.withLock { $0 }.map { StaticSet.Input(path: $0.key, hash: $0.value) }
            .sorted { $0.path < $1.path }
    }
}
