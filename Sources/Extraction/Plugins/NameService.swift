/// The name service switch: `getpwnam` and its like load what `/etc/nsswitch.conf` names.
struct NameService: Plugin {
    let name = "nss"

    /// A function of each service that is part of glibc since 2.34; before, it was a library.
    private static let builtIn = [
        "files": "_nss_files_getpwnam_r", "dns": "_nss_dns_gethostbyname3_r",
    ]
    /// What a database is looked up in when the file does not name it: `compat` and, behind it,
    /// `nis` in older glibc.
    private static let defaults = ["files", "dns", "compat", "nis"]

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.refers(toTextWithPrefix: "libnss_") else { return nil }
        let path = "/etc/nsswitch.conf"
        let lines = reachability.program.search.tree.lines(path)
        let databases = NameDatabases.asked(by: reachability)
        let configured = Self.services(lines, of: databases)
        let usesDefaults =
            configured.contains("compat") || Self.lacksDatabase(lines, of: databases)
        let services =
            configured + (usesDefaults ? Self.defaults.filter { !configured.contains($0) } : [])
        let requester = reachability.module(exporting: "getpwnam_r")
        // A service is asked for functions by the names behind the common prefix.
        let wanted = Set(reachability.strings.values.flatMap(\.keys))
        // A program that asks for hosts alone asks the services for nothing else.
        let isKnown = Self.functionNames(reachability.program).contains(where: wanted.contains)
        var loaded: [String] = []
        for service in services where !Self.isBuiltIn(service, reachability.program) {
            let isLoaded = reachability.load(
                "libnss_\(service).so.2", requester: requester, label: "name service \(service)",
                only: isKnown
            ) { wanted.contains(String($0.dropFirst("_nss_\(service)_".count))) }
            if isLoaded { loaded.append(service) }
        }
        return "services of \(path) that are installed: "
            + (loaded.isEmpty ? "only those of the C library" : loaded.joined(separator: " "))
    }

    /// The names by which functions of the services that are part of the C library are asked for.
    private static func functionNames(_ program: Program) -> [String] {
        guard let library = program.cLibrary else { return [] }
        return program.modules[library].file.contents.symbols.exported.keys.compactMap { name in
            let parts = name.split(separator: "_", maxSplits: 2)
            return name.hasPrefix("_nss_") && parts.count == 3 ? String(parts[2]) : nil
        }
    }

    private static func isBuiltIn(_ service: String, _ program: Program) -> Bool {
        guard let function = builtIn[service] else { return false }
        return program.lookUp(function, scope: program.modules[0].scope) != nil
    }

    /// The services of some databases, or of all, each once, in the order in which they appear.
    static func services(_ lines: [String], of databases: Set<String>? = nil) -> [String] {
        var result: [String] = []
        for case let (database, services) in lines.compactMap(entry)
        where databases?.contains(database) ?? true {
            for service in services where !result.contains(service) { result.append(service) }
        }
        return result
    }

    /// Whether the lines leave out a database that is asked; those of `group` stand in for those
    /// of `initgroups`.
    private static func lacksDatabase(_ lines: [String], of databases: Set<String>?) -> Bool {
        let named = Set(lines.compactMap { entry($0)?.database })
        guard let databases else { return named.isEmpty }
        return !databases.subtracting(["initgroups"]).isSubset(of: named)
    }

    /// What a line says; actions in brackets may stand between services without any space.
    private static func entry(_ line: String) -> (database: String, services: [String])? {
        let text = line.prefix { $0 != "#" }.drop(while: \.isWhitespace)
        let database = text.prefix { $0 != ":" && !$0.isWhitespace }
        let isSeparator: (Character) -> Bool = { $0 == ":" || $0.isWhitespace }
        let parts = text.dropFirst(database.count)
            .split(separator: "[", omittingEmptySubsequences: false)
        guard !database.isEmpty, let first = parts.first, !first.isEmpty || parts.count > 1 else {
            return nil
        }
        let names = [first] + parts.dropFirst().map { $0.drop { $0 != "]" }.dropFirst() }
        return (
            String(database),
            names.flatMap { $0.split(whereSeparator: isSeparator).map(String.init) }
        )
    }
}
