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
        let configured = Self.services(reachability.program.search.tree.lines(path))
        let usesDefaults = configured.isEmpty || configured.contains("compat")
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

    /// The services of all databases, each once, in the order in which they appear.
    static func services(_ lines: [String]) -> [String] {
        var result: [String] = []
        for line in lines {
            let text = line.prefix { $0 != "#" }
            guard let colon = text.firstIndex(of: ":") else { continue }
            var isAction = false
            for word in text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace) {
                if word.hasPrefix("[") { isAction = true }
                if !isAction, !result.contains(String(word)) { result.append(String(word)) }
                if word.hasSuffix("]") { isAction = false }
            }
        }
        return result
    }
}
