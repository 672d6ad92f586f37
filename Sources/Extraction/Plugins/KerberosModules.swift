/// Modules of the Kerberos library: those in its own folders that live code asks for, and those
/// that the `[plugins]` section of its configuration adds (krb5.conf(5)).
struct KerberosModules: Plugin {
    let name = "krb5"
    let loaders = ["krb5int_open_plugin"]

    private static let configuration = "/etc/krb5.conf"
    private static let includeDepth = 4

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.isLive(function: "krb5int_open_plugin") else { return nil }
        let tree = reachability.program.search.tree
        let requester = reachability.module(exporting: "krb5int_open_plugin")
        var paths: Set<String> = []
        // A folder that stands in the code is read whole.
        for folder in reachability.texts(where: {
            $0.hasPrefix("/") && $0.contains("/krb5/plugins/")
        }) {
            paths.formUnion(reachability.files(in: folder) { $0.hasSuffix(".so") })
        }
        // Of one below it, the modules count whose names stand in the code.
        let texts = Set(reachability.strings.values.flatMap(\.keys))
        let bases = reachability.pluginFolders("krb5/plugins")
        for base in bases {
            for folder in tree.names(in: base) where texts.contains(folder) {
                paths.formUnion(
                    reachability.files(in: base + "/" + folder) {
                        $0.hasSuffix(".so") && texts.contains(String($0.dropLast(3)))
                    })
            }
        }
        for module in Self.modules(tree, file: Self.configuration) {
            if module.hasPrefix("/") {
                paths.insert(module)
            } else {
                paths.formUnion(bases.map { $0 + "/" + module })
            }
        }
        let loaded = paths.sorted().filter { path in
            reachability.load(path, requester: requester, label: "Kerberos module \(path)") { _ in
                true
            }
        }
        return list("modules of the Kerberos library", loaded)
    }

    /// The paths in `module = name:path` lines of the section.
    static func modules(_ tree: FileTree, file: String, depth: Int = 0) -> [String] {
        guard depth < includeDepth else { return [] }
        var isPlugins = false
        return tree.lines(file).flatMap { line -> [String] in
            let text = line.prefix { $0 != "#" && $0 != ";" }.trimmed
            let words = text.split(whereSeparator: \.isWhitespace)
            if text.hasPrefix("[") {
                isPlugins = text.hasPrefix("[plugins]")
            } else if words.first == "include", words.count == 2 {
                return modules(tree, file: String(words[1]), depth: depth + 1)
            } else if words.first == "includedir", words.count == 2 {
                return tree.names(in: String(words[1])).flatMap {
                    modules(tree, file: words[1] + "/" + $0, depth: depth + 1)
                }
            } else if isPlugins, let range = text.ranges(of: "module").first {
                let value = text[range.upperBound...].drop { $0 == "=" || $0.isWhitespace }
                guard let colon = value.firstIndex(of: ":") else { return [] }
                return [value[value.index(after: colon)...].prefix { $0 != "}" }.trimmed]
            }
            return []
        }
    }
}

/// Mechanisms of the GSS-API that its configuration adds: lines of a name, an identifier and a
/// library.
struct SecurityMechanisms: Plugin {
    let name = "gss"

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.refers(toTextWithPrefix: "/etc/gss/mech") else { return nil }
        let tree = reachability.program.search.tree
        let files =
            tree.paths(matching: "/etc/gss/mech.d/*.conf")
            + (tree.resolve("/etc/gss/mech") == nil ? [] : ["/etc/gss/mech"])
        let requester = reachability.module(exporting: "gss_init_sec_context")
        let folders = reachability.pluginFolders("gss")
        let libraries = files.flatMap { tree.lines($0) }.compactMap { line -> String? in
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            return words.count > 2 ? String(words[2]) : nil
        }
        for library in libraries {
            let paths = library.hasPrefix("/") ? [library] : folders.map { $0 + "/" + library }
            for path in paths {
                _ = reachability.load(
                    path, requester: requester, label: "mechanism \(library)"
                ) { $0.hasPrefix("gss") }
            }
        }
        return list("mechanisms that /etc/gss/mech.d adds", libraries)
    }
}
