/// PKCS #11 modules that p11-kit's configuration registers (pkcs11.conf(5)).
struct TokenModules: Plugin {
    let name = "p11-kit"
    let loaders = ["p11_kit_modules_load"]

    private static let configurations = ["/etc/pkcs11/modules", "/usr/share/p11-kit/modules"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard !reachability.texts(where: Self.configurations.contains).isEmpty else { return nil }
        let tree = reachability.program.search.tree
        let requester = reachability.module(exporting: "p11_kit_modules_load")
        let folders = reachability.pluginFolders("pkcs11")
        let modules = Self.configurations.flatMap { folder in
            tree.names(in: folder).filter { $0.hasSuffix(".module") }
                .flatMap { Self.modules(tree.lines(folder + "/" + $0)) }
        }
        for module in modules {
            let paths = module.hasPrefix("/") ? [module] : folders.map { $0 + "/" + module }
            for path in paths {
                _ = reachability.load(path, requester: requester, label: "token \(module)") {
                    $0.hasPrefix("C_")
                }
            }
        }
        return list("modules that p11-kit's configuration registers", modules)
    }

    /// The values of `module:` lines.
    static func modules(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            let text = line.prefix { $0 != "#" }
            guard let colon = text.firstIndex(of: ":"), text[..<colon].trimmed == "module" else {
                return nil
            }
            return text[text.index(after: colon)...].trimmed
        }
    }
}

/// Mechanisms of Cyrus SASL: every library in its folders.
struct SaslMechanisms: Plugin {
    let name = "sasl"
    let loaders = ["sasl_client_init", "sasl_server_init"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard loaders.contains(where: { reachability.isLive(function: $0) }) else { return nil }
        let requester = reachability.module(exporting: "sasl_client_init")
        // Some builds list several folders in one text.
        let listed = reachability.texts { $0.contains("/sasl2") }
            .flatMap { $0.split(separator: ":").map(String.init) }
        let folders = Set(listed + reachability.pluginFolders("sasl2")).sorted()
        let wanted = Set(reachability.texts { $0.hasSuffix("_init") })
        var loaded: [String] = []
        for path in folders.flatMap({ reachability.files(in: $0) { $0.contains(".so") } }) {
            let isThere = reachability.load(
                path, requester: requester, label: "mechanism \(path)", exports: wanted.contains)
            if isThere { loaded.append(path) }
        }
        return list("mechanisms in the folders of SASL", Set(loaded).sorted())
    }
}

/// Modules of GIO: every library in its folders.
struct InputOutputModules: Plugin {
    let name = "gio"
    let loaders = ["g_io_modules_scan_all_in_directory_with_scope"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard !reachability.texts(where: { $0.hasSuffix("/gio/modules") }).isEmpty else {
            return nil
        }
        let requester = reachability.module(exporting: loaders[0])
        let paths = reachability.pluginFolders("gio/modules")
            .flatMap { reachability.files(in: $0) { $0.hasSuffix(".so") } }
        let loaded = paths.filter { path in
            reachability.load(path, requester: requester, label: "module \(path)") {
                $0.hasPrefix("g_io_")
            }
        }
        return list("modules in the folders of GIO", loaded)
    }
}
