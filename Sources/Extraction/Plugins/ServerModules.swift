/// Dynamic modules of nginx: `load_module` lines of its configuration and of the files that it
/// includes.
struct ServerModules: Plugin {
    let name = "nginx"

    private static let configuration = "/etc/nginx/nginx.conf"
    private static let prefix = "/usr/share/nginx/"

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.strings[0]?["load_module"] != nil else { return nil }
        let tree = reachability.program.search.tree
        var loaded: [String] = []
        for module in Self.modules(tree, file: Self.configuration, depth: 0) {
            let path = module.hasPrefix("/") ? module : Self.prefix + module
            _ = reachability.load(path, requester: 0, label: "module \(module)") { _ in true }
            loaded.append(module)
        }
        return "modules that \(Self.configuration) loads: "
            + (loaded.isEmpty ? "none" : loaded.joined(separator: " "))
    }

    private static func modules(_ tree: FileTree, file: String, depth: Int) -> [String] {
        guard depth < 4 else { return [] }
        return tree.lines(file).flatMap { line -> [String] in
            let words = line.prefix { $0 != "#" && $0 != ";" }.split(whereSeparator: \.isWhitespace)
            guard words.count == 2 else { return [] }
            if words[0] == "load_module" { return [words[1].trimmingQuotes] }
            guard words[0] == "include" else { return [] }
            let path = words[1].hasPrefix("/") ? String(words[1]) : "/etc/nginx/" + words[1]
            let parts = path.split(separator: "/").map(String.init)
            guard let pattern = parts.last, pattern.hasPrefix("*") else {
                return modules(tree, file: path, depth: depth + 1)
            }
            let folder = "/" + parts.dropLast().joined(separator: "/")
            return tree.names(in: folder).filter { $0.hasSuffix(pattern.dropFirst()) }
                .flatMap { modules(tree, file: folder + "/" + $0, depth: depth + 1) }
        }
    }
}

extension Substring {
    fileprivate var trimmingQuotes: String {
        String(drop { $0 == "\"" || $0 == "'" }.prefix { $0 != "\"" && $0 != "'" })
    }
}
