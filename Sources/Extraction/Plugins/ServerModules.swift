/// Dynamic modules of nginx: `load_module` lines of its configuration and of the files that it
/// includes.
struct ServerModules: Plugin {
    let name = "nginx"
    let loaders = ["ngx_cycle"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard let configuration = ServerConfiguration(reachability) else { return nil }
        let modules = configuration.values(of: "load_module")
        for module in modules {
            let paths =
                module.hasPrefix("/") ? [module] : configuration.prefixes.map { $0 + module }
            for path in paths {
                _ = reachability.load(path, requester: 0, label: "module \(module)") { _ in true }
            }
        }
        return list("modules that \(configuration.file) loads", modules)
    }
}

/// The configuration that nginx reads when no other is asked for.
struct ServerConfiguration {
    let file: String
    /// Folders that relative paths of modules begin in: each that live code names.
    let prefixes: [String]
    private let directives: [[String]]

    private static let includeDepth = 4

    /// Nil for a program that is not nginx.
    init?(_ reachability: Reachability) {
        let texts = (reachability.strings[0] ?? [:]).keys
        guard texts.contains("load_module"),
            let file = texts.filter({ $0.hasPrefix("/") && $0.hasSuffix("/nginx.conf") }).min()
        else { return nil }
        self.file = file
        prefixes = texts.filter { $0.hasPrefix("/") && $0.hasSuffix("/") && $0 != "/" }.sorted()
        directives = Self.directives(reachability.program.search.tree, file: file, base: file, 0)
    }

    /// The first arguments of every directive of a name.
    func values(of name: String) -> [String] {
        directives.filter { $0[0] == name && $0.count > 1 }.map { $0[1] }
    }

    private static func directives(
        _ tree: FileTree, file: String, base: String, _ depth: Int
    ) -> [[String]] {
        guard depth < includeDepth else { return [] }
        let text = tree.lines(file).map { $0.prefix { $0 != "#" } }.joined(separator: "\n")
        return text.split { ";{}".contains($0) }.flatMap { statement -> [[String]] in
            let words = statement.split(whereSeparator: \.isWhitespace).map(\.trimmingQuotes)
            guard words.first == "include", words.count > 1 else {
                return words.isEmpty ? [] : [words]
            }
            let folder = "/" + base.split(separator: "/").dropLast().joined(separator: "/")
            let path = words[1].hasPrefix("/") ? words[1] : folder + "/" + words[1]
            return tree.paths(matching: path)
                .flatMap { directives(tree, file: $0, base: base, depth + 1) }
        }
    }
}

extension Substring {
    fileprivate var trimmingQuotes: String {
        String(drop { $0 == "\"" || $0 == "'" }.prefix { $0 != "\"" && $0 != "'" })
    }
}
