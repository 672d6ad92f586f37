/// OpenSSL providers and engines that its configuration activates (config(5ssl)), or that live
/// code loads by name.
struct CryptographyModules: Plugin {
    let name = "openssl"
    let loaders = ["OPENSSL_init_crypto"]

    /// Of Debian, of other systems, and of Fedora; all but the one that a build has are links or
    /// not there.
    private static let configurations = [
        "/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf",
    ]
    private static let entryPoints: Set<String> = ["OSSL_provider_init", "bind_engine", "v_check"]
    /// Functions that load a module by name, and which argument that is.
    private static let providerFunctions = [
        ("OSSL_PROVIDER_load", 1), ("OSSL_PROVIDER_try_load", 1), ("OSSL_PROVIDER_load_ex", 1),
        ("OSSL_PROVIDER_try_load_ex", 1),
    ]
    private static let engineFunctions = [("ENGINE_by_id", 0)]

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.isLive(function: "OPENSSL_init_crypto") else { return nil }
        let tree = reachability.program.search.tree
        var seen: Set<String> = []
        let files = Self.configurations.filter { path in
            tree.resolve(path).map { seen.insert($0).inserted } ?? false
        }
        let configured = files.reduce(into: CryptographyConfiguration()) { $0.read($1, tree) }
        let wanted: [(names: Set<String>?, folders: [String])] = [
            (
                Self.names(Self.providerFunctions, reachability, configured.providers),
                reachability.pluginFolders("ossl-modules")
            ),
            (
                Self.engineNames(reachability, configured.engines),
                ["engines-3", "engines-1.1"].flatMap { reachability.pluginFolders($0) }
            ),
        ]
        var loaded: Set<String> = []
        for (names, folders) in wanted {
            let isWanted = { (file: String) in
                file.hasSuffix(".so") && names?.contains(String(file.dropLast(3))) ?? true
            }
            for folder in folders {
                for path in reachability.files(in: folder, where: isWanted) {
                    Self.load(path, &reachability, &loaded)
                }
            }
        }
        for path in configured.paths.sorted() { Self.load(path, &reachability, &loaded) }
        return list(
            "modules that \(files.joined(separator: " ")) activates or live code names",
            loaded.sorted())
    }

    private static func load(
        _ path: String, _ reachability: inout Reachability, _ loaded: inout Set<String>
    ) {
        let requester = reachability.module(exporting: "OPENSSL_init_crypto")
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let isThere = reachability.load(
            path, requester: requester, label: "OpenSSL module \(name)",
            exports: entryPoints.contains)
        if isThere { loaded.insert(name) }
    }

    /// The names that functions are called with and those that are configured; nil for any.
    private static func names(
        _ functions: [(String, Int)], _ reachability: Reachability, _ configured: Set<String>
    ) -> Set<String>? {
        functions.reduce(configured) { names, function in
            guard let names,
                let passed = reachability.texts(passedTo: function.0, argument: function.1)
            else { return nil }
            return names.union(passed)
        }
    }

    /// nginx takes the name of an engine from its configuration only.
    private static func engineNames(
        _ reachability: Reachability, _ configured: Set<String>
    ) -> Set<String>? {
        guard let server = ServerConfiguration(reachability) else {
            return names(engineFunctions, reachability, configured)
        }
        return configured.union(server.values(of: "ssl_engine"))
    }
}

/// The part of OpenSSL's configuration that names code.
struct CryptographyConfiguration {
    /// Names of modules in OpenSSL's own folders.
    private(set) var providers: Set<String> = []
    private(set) var engines: Set<String> = []
    /// Modules that are named by path.
    private(set) var paths: Set<String> = []

    private typealias Section = [(key: String, value: String)]

    private static let includeDepth = 4

    /// Reads a file and those that it includes.
    mutating func read(_ file: String, _ tree: FileTree) {
        var sections: [String: Section] = [:]
        var current = "default"
        Self.collect(file, tree, depth: 0, &current, &sections)
        func section(_ name: String?) -> Section { name.flatMap { sections[$0] } ?? [] }
        func value(_ key: String, _ section: Section) -> String? {
            section.last { $0.key == key }?.value
        }
        // Applications may have a section of their own beside the common one.
        for row in section("default") where sections[row.value] != nil {
            let modules = section(row.value)
            for provider in section(value("providers", modules)) {
                let settings = section(provider.value)
                guard value("activate", settings) != nil else { continue }
                note(value("module", settings) ?? provider.key, in: \.providers)
            }
            for engine in section(value("engines", modules)) {
                let settings = section(engine.value)
                note(
                    value("dynamic_path", settings) ?? value("engine_id", settings) ?? engine.key,
                    in: \.engines)
            }
        }
    }

    private mutating func note(_ name: String, in names: WritableKeyPath<Self, Set<String>>) {
        if name.hasPrefix("/") {
            paths.insert(name)
        } else {
            self[keyPath: names].insert(name.hasSuffix(".so") ? String(name.dropLast(3)) : name)
        }
    }

    private static func collect(
        _ file: String, _ tree: FileTree, depth: Int, _ current: inout String,
        _ sections: inout [String: Section]
    ) {
        guard depth < includeDepth else { return }
        for line in tree.lines(file) {
            let text = line.prefix { $0 != "#" }.trimmed
            if text.hasPrefix("[") {
                current = text.dropFirst().prefix { $0 != "]" }.trimmed
            } else if text.hasPrefix(".include") {
                let target = text.dropFirst(8).drop { $0 == "=" || $0.isWhitespace }.trimmed
                guard target.hasPrefix("/") else { continue }
                let inside = tree.names(in: target)
                    .filter { $0.hasSuffix(".cnf") || $0.hasSuffix(".conf") }
                for path in inside.isEmpty ? [target] : inside.map({ target + "/" + $0 }) {
                    collect(path, tree, depth: depth + 1, &current, &sections)
                }
            } else if let sign = text.firstIndex(of: "=") {
                let key = text[..<sign].trimmed
                let value = text[text.index(after: sign)...].trimmed.filter { $0 != "\"" }
                sections[current, default: []].append((key, value))
            }
        }
    }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}
