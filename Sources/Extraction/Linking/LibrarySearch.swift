internal import Platform

/// Finds libraries by name as the dynamic loader does (ld.so(8)).
struct LibrarySearch: Sendable {
    let tree: FileTree
    private let cache: [String: String]

    private static let defaultFolders = [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
        "/usr/lib",
    ]

    init(_ tree: FileTree) {
        self.tree = tree
        cache = Self.readCache(tree)
    }

    /// The path here of a library.
    ///
    /// - Parameter requesters: the file that needs it, then the one that needs that, and so on.
    func find(_ name: String, requesters: [ElfFile]) -> String? {
        if name.contains("/") { return tree.resolve(name) }
        var folders: [String] = []
        if let first = requesters.first, first.runPath.isEmpty {
            for requester in requesters {
                folders += requester.inheritedRunPath.map { expand($0, requester) }
            }
        }
        if let first = requesters.first { folders += first.runPath.map { expand($0, first) } }
        for folder in folders {
            if let path = tree.resolve(folder + "/" + name) { return path }
        }
        if let cached = cache[name], let path = tree.resolve(cached) { return path }
        for folder in Self.defaultFolders {
            if let path = tree.resolve(folder + "/" + name) { return path }
        }
        return nil
    }

    private func expand(_ folder: String, _ file: ElfFile) -> String {
        let inTree = file.path.dropFirst(tree.root.count)
        let origin = inTree.split(separator: "/").dropLast().joined(separator: "/")
        return folder.replacing("${ORIGIN}", with: "/" + origin)
            .replacing("$ORIGIN", with: "/" + origin)
            .replacing("${LIB}", with: "lib/x86_64-linux-gnu")
            .replacing("$LIB", with: "lib/x86_64-linux-gnu")
            .replacing("${PLATFORM}", with: "x86_64").replacing("$PLATFORM", with: "x86_64")
    }

    /// Reads `/etc/ld.so.cache`: the format of glibc 2.2 and later, alone or behind the older
    /// one. Only rows for x86-64 that demand no special processor count.
    private static func readCache(_ tree: FileTree) -> [String: String] {
        guard let path = tree.resolve("/etc/ld.so.cache"),
            let file = try? MappedFile.open(path)
        else { return [:] }
        return file.withBytes { bytes in
            let magic = "glibc-ld.so.cache1.1"
            var start = 0
            if bytes.string(at: 0)?.hasPrefix("ld.so-1.7.0") == true,
                let count: UInt32 = bytes.integer(at: 12)
            {
                start = (16 + Int(count) * 12 + 7) & ~7
            }
            guard bytes.hasText(magic, at: start),
                let count: UInt32 = bytes.integer(at: start + 20)
            else { return [:] }
            var result: [String: String] = [:]
            for row in 0..<Int(count) {
                let offset = start + 48 + row * 24
                guard let flags: Int32 = bytes.integer(at: offset),
                    let key: UInt32 = bytes.integer(at: offset + 4),
                    let value: UInt32 = bytes.integer(at: offset + 8),
                    let capabilities: UInt64 = bytes.integer(at: offset + 16)
                else { break }
                // 3 is a library of ELF glibc, 0x300 is x86-64.
                guard flags == 0x0303, capabilities == 0,
                    let name = bytes.string(at: start + Int(key)),
                    let path = bytes.string(at: start + Int(value)), result[name] == nil
                else { continue }
                result[name] = path
            }
            return result
        }
    }
}

extension RawSpan {
    fileprivate func hasText(_ text: String, at offset: Int) -> Bool {
        for (index, byte) in text.utf8.enumerated() {
            guard integer(at: offset + index, as: UInt8.self) == byte else { return false }
        }
        return true
    }
}
