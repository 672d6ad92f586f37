internal import CElf
internal import Platform

/// Finds libraries by name as the dynamic loader does (ld.so(8)).
struct LibrarySearch: Sendable {
    /// The file of a name, and those that the loader takes in its place on some processors.
    struct Found: Equatable {
        var path: String
        var variants: [String] = []
    }

    let tree: FileTree
    private let cache: [String: Found]
    /// Where to look last: the folders of the loader's configuration, where there is no cache that
    /// was made from it, and those that it looks into in any case.
    private let configured: [String]

    /// Of Debian, of systems that keep 64-bit libraries apart, and of those that do not; musl
    /// looks into the last too.
    private static let defaultFolders = [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
        "/usr/lib", "/usr/local/lib",
    ]

    /// Below every folder: for levels of the x86-64 instruction set, and what glibc before 2.37
    /// looks into.
    private static let variantFolders = [
        "glibc-hwcaps/x86-64-v4", "glibc-hwcaps/x86-64-v3", "glibc-hwcaps/x86-64-v2",
        "haswell/avx512_1", "haswell/x86_64", "haswell", "avx512_1", "x86_64", "tls",
    ]

    /// The path of the program's loader where that is musl's, which is the C library itself.
    private let musl: String?

    /// The names that musl's loader takes for itself (ldso/dynlink.c).
    private static let muslNames: Set<String> = [
        "libc.so", "libpthread.so", "librt.so", "libm.so", "libdl.so", "libutil.so", "libxnet.so",
    ]

    /// - Parameter interpreter: the loader that the program names.
    init(_ tree: FileTree, interpreter: String?) {
        self.tree = tree
        guard let interpreter, interpreter.contains("/ld-musl-") else {
            musl = nil
            cache = Self.readCache(tree)
            configured =
                (cache.isEmpty ? LoaderConfiguration.folders(tree, file: "/etc/ld.so.conf") : [])
                + Self.defaultFolders
            return
        }
        musl = tree.resolve(interpreter)
        cache = [:]
        let folders = tree.lines("/etc/ld-musl-x86_64.path")
            .flatMap { $0.split(whereSeparator: { $0 == ":" || $0.isWhitespace }) }
            .map(String.init)
        configured = folders.isEmpty ? ["/lib", "/usr/local/lib", "/usr/lib"] : folders
    }

    /// The file of a library.
    ///
    /// - Parameter requesters: the file that needs it, then the one that needs that, and so on.
    func find(_ name: String, requesters: [ElfFile]) -> Found? {
        if name.contains("/") {
            let paths = requesters.first.map { expand(name, $0) } ?? [name]
            return paths.lazy.filter { $0.hasPrefix("/") }.compactMap { tree.resolve($0) }.first
                .map { Found(path: $0) }
        }
        if let musl, Self.muslNames.contains(name) || musl.hasSuffix("/" + name) {
            return Found(path: musl)
        }
        var variants: [String] = []
        if let first = requesters.first {
            var folders: [String] = []
            if first.contents.dynamic[DT_RUNPATH] == nil {
                for requester in requesters {
                    folders += requester.inheritedRunPath.flatMap { expand($0, requester) }
                }
            }
            folders += first.runPath.flatMap { expand($0, first) }
            if let path = look(for: name, in: folders, &variants) {
                return Found(path: path, variants: variants)
            }
        }
        if let cached = cache[name] {
            variants += cached.variants.compactMap { tree.resolve($0) }
            if let path = tree.resolve(cached.path) {
                return Found(path: path, variants: variants.filter { $0 != path })
            }
        }
        if let path = look(for: name, in: configured, &variants) {
            return Found(path: path, variants: variants)
        }
        guard let path = variants.first else { return nil }
        return Found(path: path, variants: Array(variants.dropFirst()))
    }

    /// The first file of a name in the folders; those in folders for some processors that come
    /// before it become variants.
    private func look(
        for name: String, in folders: [String], _ variants: inout [String]
    ) -> String? {
        for folder in folders where tree.resolve(folder) != nil {
            variants += Self.variantFolders.compactMap { loadable(folder + "/\($0)/" + name) }
            if let path = loadable(folder + "/" + name) { return path }
        }
        return nil
    }

    /// The file at a path; the loader passes over those for another machine.
    private func loadable(_ path: String) -> String? {
        guard let real = tree.resolve(path), let start = tree.files.start(of: real) else {
            return nil
        }
        let isELF = start.starts(with: [0x7f, 0x45, 0x4c, 0x46])
        let isOurs = start.count > 19 && start[4] == 2 && start[18] == 62 && start[19] == 0
        return isELF && !isOurs ? nil : real
    }

    /// The file of a library that the loader finds nowhere: the program has then opened it by its
    /// path before whoever needs it, as Java's launcher does. Such libraries lie in a folder of
    /// their own, or next to it.
    func findBeside(_ file: ElfFile, _ name: String) -> Found? {
        let parts = tree.inTree(file.path).split(separator: "/").dropLast()
        let folder = "/" + parts.joined(separator: "/")
        guard !folders.contains(where: { tree.resolve($0) == tree.resolve(folder) }) else {
            return nil
        }
        let inner = tree.names(in: folder).map { folder + "/" + $0 }
        let above = "/" + parts.dropLast().joined(separator: "/")
        return (inner + [above]).lazy.compactMap { loadable($0 + "/" + name) }.first
            .map { Found(path: $0) }
    }

    /// Where the loader looks by itself.
    var folders: [String] { configured + Self.defaultFolders }

    /// The folders in which systems keep libraries, with a folder in each appended: those that
    /// are there, each once.
    func libraryFolders(_ name: String) -> [String] {
        var seen: Set<String> = []
        return Self.defaultFolders.map { $0 + "/" + name }.filter { folder in
            tree.resolve(folder).map { seen.insert($0).inserted } ?? false
        }
    }

    /// What a search path or name means for a file: one text for each value that the loader of
    /// some distribution or on some processor gives a token.
    private func expand(_ text: String, _ file: ElfFile) -> [String] {
        let folder = tree.inTree(file.path).split(separator: "/").dropLast()
        let values = [
            ("ORIGIN", ["/" + folder.joined(separator: "/")]),
            ("LIB", ["lib/x86_64-linux-gnu", "lib64", "lib"]),
            ("PLATFORM", ["haswell", "xeon_phi", "x86_64"]),
        ]
        return values.reduce([text]) { texts, token in
            texts.flatMap { text -> [String] in
                guard text.contains("$") else { return [text] }
                let places = token.1.map {
                    text.replacing("${\(token.0)}", with: $0).replacing("$\(token.0)", with: $0)
                }
                return places.allSatisfy { $0 == text } ? [text] : places
            }
        }
    }

    /// Reads `/etc/ld.so.cache`: the format of glibc 2.2 and later, alone or behind the older
    /// one. Of the rows for x86-64, those that demand a special processor give variants.
    private static func readCache(_ tree: FileTree) -> [String: Found] {
        guard let path = tree.resolve("/etc/ld.so.cache"),
            let file = try? tree.files.open(path)
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
            var paths: [String: String] = [:]
            var variants: [String: [String]] = [:]
            for row in 0..<Int(count) {
                let offset = start + 48 + row * 24
                guard let flags: Int32 = bytes.integer(at: offset),
                    let key: UInt32 = bytes.integer(at: offset + 4),
                    let value: UInt32 = bytes.integer(at: offset + 8),
                    let capabilities: UInt64 = bytes.integer(at: offset + 16)
                else { break }
                // 3 is a library of ELF glibc, 0x300 is x86-64.
                guard flags == 0x0303, let name = bytes.string(at: start + Int(key)),
                    let path = bytes.string(at: start + Int(value))
                else { continue }
                if capabilities != 0 {
                    variants[name, default: []].append(path)
                } else if paths[name] == nil {
                    paths[name] = path
                }
            }
            for (name, found) in variants where paths[name] == nil { paths[name] = found[0] }
            return paths.reduce(into: [:]) { result, row in
                let others = (variants[row.key] ?? []).filter { $0 != row.value }
                result[row.key] = Found(path: row.value, variants: others)
            }
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
