import TestCases

/// What makes a list of entries a tree that can be built in order.
enum FileTree {
    /// Drops entries without a usable path, a second entry of one path, entries whose directory
    /// is not there before them, hard links to nothing, and what exceeds the limits.
    static func repair(_ files: inout [TestCase.File]) {
        guard !isSound(files) else { return }
        var kept: [TestCase.File] = []
        var paths: Set<Bytes> = []
        var directories: Set<Bytes> = []
        var bytes = 0
        for var file in files where kept.count < InputLimits.files {
            guard TestCase.File.isPath(file.path), !paths.contains(file.path) else { continue }
            if let parent = file.parent, !directories.contains(parent) { continue }
            if case .hardLink(let target) = file.kind {
                guard paths.contains(target), !directories.contains(target) else { continue }
            }
            limit(&file, remaining: InputLimits.treeBytes - bytes)
            bytes += content(of: file)?.count ?? 0
            if file.kind == .directory { directories.insert(file.path) }
            paths.insert(file.path)
            kept.append(file)
        }
        files = kept
    }

    /// The bytes of a regular or sparse file.
    static func content(of file: TestCase.File) -> Bytes? {
        switch file.kind {
        case .regular(let bytes), .sparse(_, let bytes): bytes
        default: nil
        }
    }

    /// Whether ``repair(_:)`` would change nothing; without building sets for the usual small tree.
    private static func isSound(_ files: [TestCase.File]) -> Bool {
        guard files.count <= 8 else { return false }
        var bytes = 0
        for (index, file) in files.enumerated() {
            guard TestCase.File.isPath(file.path), file.mode <= 0o7777 else { return false }
            let earlier = files[..<index]
            if earlier.contains(where: { $0.path == file.path }) { return false }
            if let parent = file.parent,
                !earlier.contains(where: { $0.path == parent && $0.kind == .directory })
            {
                return false
            }
            switch file.kind {
            case .regular(let content):
                bytes += content.count
                guard content.count <= InputLimits.fileBytes else { return false }
            case .directory, .fifo, .socket, .device: break
            case .sparse, .repeated, .symbolicLink, .hardLink: return false
            }
        }
        return bytes <= InputLimits.treeBytes
    }

    private static func limit(_ file: inout TestCase.File, remaining: Int) {
        file.mode &= 0o7777
        let allowed = min(InputLimits.fileBytes, max(remaining, 0))
        switch file.kind {
        case .regular(let bytes):
            if bytes.count > allowed { file.kind = .regular(Bytes(bytes[..<allowed])) }
        case .sparse(let hole, let bytes):
            file.kind = .sparse(
                hole: min(hole, InputLimits.holeBytes), Bytes(bytes.prefix(allowed)))
        case .symbolicLink(let target):
            // The kernel takes targets of 1 to 4,095 bytes without NUL.
            let usable = target.prefix { $0 != 0 }.prefix(4_095)
            file.kind = .symbolicLink(target: usable.isEmpty ? [0x2e] : Bytes(usable))
        case .repeated(let repetition):
            file.kind = .repeated(InputLimits.limited(repetition))
        case .directory, .hardLink, .fifo, .socket, .device: break
        }
    }
}
