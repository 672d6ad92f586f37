internal import Glibc
internal import Mutation
internal import Platform
internal import TestCases

/// A folder of this machine from which files are copied into test cases, and nothing above it.
struct HostFolder: Sendable {
    /// Absolute, without links.
    private let root: String

    /// Nil where no folder is.
    init?(_ path: String) {
        var status = stat()
        guard let resolved = SmallFile.resolve(path), unsafe stat(resolved, &status) == 0,
            status.st_mode & S_IFMT == S_IFDIR
        else { return nil }
        root = resolved
    }

    /// The bytes of the regular file of that name; nil where there is none, or a larger one than a
    /// test case holds.
    func content(of name: Bytes) -> Bytes? {
        guard let path = inside(name) else { return nil }
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= InputLimits.fileBytes
        else { return nil }
        return try? SmallFile.read(path, limit: InputLimits.fileBytes + 1)
    }

    /// What the words name in the folder, with folders above and contents below, in the order in
    /// which a tree is built.
    func files(namedBy words: [Bytes]) -> [TestCase.File] {
        var files: [TestCase.File] = []
        var known: Set<Bytes> = []
        for word in words.prefix(InputLimits.arguments) {
            // A name may also stand behind the equals sign of an option.
            let value = word.firstIndex(of: UInt8(ascii: "=")).map { Bytes(word[($0 + 1)...]) }
            for name in [word, value].compactMap(\.self) {
                guard let path = Self.plain(name), inside(path) != nil else { continue }
                for position in path.indices where path[position] == 0x2f {
                    add(Bytes(path[..<position]), to: &files, &known)
                }
                addTree(path, to: &files, &known, depth: 0)
            }
        }
        return files
    }

    private func addTree(
        _ path: Bytes, to files: inout [TestCase.File], _ known: inout Set<Bytes>, depth: Int
    ) {
        guard files.count <= InputLimits.files, depth < 8 else { return }
        add(path, to: &files, &known)
        guard files.last?.kind == .directory, files.last?.path == path, let folder = inside(path)
        else { return }
        let names = HostFolder.names(in: folder, limit: InputLimits.files * 2).sorted {
            $0.lexicographicallyPrecedes($1)
        }
        for name in names {
            addTree(path + [0x2f] + name, to: &files, &known, depth: depth + 1)
        }
    }

    private func add(
        _ path: Bytes, to files: inout [TestCase.File], _ known: inout Set<Bytes>
    ) {
        guard files.count <= InputLimits.files, TestCase.File.isPath(path),
            let place = inside(path), known.insert(path).inserted
        else { return }
        var status = stat()
        guard unsafe stat(place, &status) == 0 else { return }
        let mode = UInt16(status.st_mode & 0o777)
        if status.st_mode & S_IFMT == S_IFDIR {
            files.append(TestCase.File(path: path, kind: .directory, mode: mode | 0o700))
        } else if let content = content(of: path) {
            files.append(TestCase.File(path: path, kind: .regular(content), mode: mode))
        }
    }

    /// Without `./` in front and slashes at the end.
    private static func plain(_ name: Bytes) -> Bytes? {
        var path = name[...]
        while path.starts(with: "./".utf8) { path = path.dropFirst(2) }
        while path.last == 0x2f { path = path.dropLast() }
        return TestCase.File.isPath(Bytes(path)) ? Bytes(path) : nil
    }

    /// Where the name leads, if that is in the folder.
    private func inside(_ name: Bytes) -> String? {
        // Names that are no UTF-8 would be another file's as text.
        guard let path = Self.plain(name), let text = String(validating: path, as: UTF8.self),
            let resolved = SmallFile.resolve(root + "/" + text),
            resolved == root || resolved.hasPrefix(root + "/")
        else { return nil }
        return resolved
    }

    /// The names in a folder, in no order, at most so many.
    static func names(in folder: String, limit: Int) -> [Bytes] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var names: [Bytes] = []
        while names.count < limit, let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { field in
                unsafe Bytes(field.prefix { $0 != 0 })
            }
            if name != [0x2e], name != [0x2e, 0x2e] { names.append(name) }
        }
        return names
    }
}
