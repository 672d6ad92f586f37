/// Modules of programs that load what their configuration names, such as lighttpd, Apache and PHP.
///
/// They lie in a folder whose path stands in the program itself, or the configuration has their
/// whole path. Of a folder's modules those count that the configuration names, by path, by file
/// name, or without what ends that; all of them where it names none.
struct ConfiguredModules: Plugin {
    let name = "modules"

    /// What loads by a name that is no constant, and has no plugin of its own, is a program's or
    /// Apache's portable runtime.
    let loaders = ["apr_dso_load"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.isLive(function: "dlopen") else { return nil }
        let search = reachability.program.search
        let texts = (reachability.strings[0] ?? [:]).keys.filter { $0.hasPrefix("/") }.sorted()
        let folders = moduleFolders(texts, search)
        let configuration = ModuleConfiguration(
            texts, program: search.tree.inTree(reachability.program.modules[0].file.path),
            search.tree)
        let inFolders = folders.flatMap { configuration.chosen(of: $0) }
        let modules = Set(inFolders + configuration.paths).sorted()
        let loaded = modules.filter { path in
            reachability.load(path, requester: 0, label: "module \(path)") { _ in true }
        }
        guard !loaded.isEmpty || !folders.isEmpty else { return nil }
        return list("modules in folders that the program or its configuration names", loaded)
    }

    /// The libraries of each folder that the program names and in which the loader does not look
    /// by itself; those of links once.
    private func moduleFolders(_ texts: [String], _ search: LibrarySearch) -> [[String]] {
        let tree = search.tree
        let known = Set(search.folders.compactMap { tree.resolve($0) })
        var seen: Set<String> = []
        return texts.compactMap { text in
            let folder = text.hasSuffix("/") ? String(text.dropLast()) : text
            guard let real = tree.resolve(folder), !known.contains(real), real != tree.root + "/",
                seen.insert(real).inserted
            else { return nil }
            let files = tree.names(in: folder).filter { $0.hasSuffix(".so") }
            return files.isEmpty ? nil : files.map { folder + "/" + $0 }
        }
    }
}

/// The words of a program's configuration below `/etc`.
struct ModuleConfiguration {
    private let words: Set<String>

    private static let mostFiles = 300
    private static let deepest = 4
    /// - Parameters:
    ///   - texts: paths that stand in the program.
    ///   - program: its own path.
    init(_ texts: [String], program: String, _ tree: FileTree) {
        let name = program.split(separator: "/").last.map(String.init) ?? ""
        let places = ["/etc/" + name] + texts.filter { $0.hasPrefix("/etc/") }
        var seen: Set<String> = []
        var left = Self.mostFiles
        var words: Set<String> = []
        func read(_ path: String, _ depth: Int) {
            guard left > 0, depth <= Self.deepest, let real = tree.resolve(path),
                seen.insert(real).inserted
            else { return }
            if let names = tree.files.names(in: real) {
                for name in names { read(path + "/" + name, depth + 1) }
                return
            }
            left -= 1
            for line in tree.lines(path) where !line.hasPrefix("#") && !line.hasPrefix(";") {
                words.formUnion(Self.words(of: line))
            }
        }
        for place in places {
            read(place, 0)
            // Beside a file that the program names are those that it includes.
            let folder = place.split(separator: "/").dropLast().joined(separator: "/")
            if folder.contains("/"), tree.resolve(place) != nil { read("/" + folder, 1) }
        }
        self.words = words
    }

    /// The libraries that are named with their whole paths.
    var paths: [String] {
        words.filter { $0.hasPrefix("/") && $0.hasSuffix(".so") }.sorted()
    }

    /// Those of a folder's libraries that are named; all where none is.
    func chosen(of files: [String]) -> [String] {
        let named = files.filter { path in
            let file = path.split(separator: "/").last.map(String.init) ?? path
            return words.contains(path) || words.contains(file)
                || words.contains(String(file.dropLast(3)))
        }
        return named.isEmpty ? files : named
    }

    private static func words(of line: String) -> [String] {
        line.split { $0.isWhitespace || "\"'(),;=".contains($0) }.map(String.init)
    }
}
