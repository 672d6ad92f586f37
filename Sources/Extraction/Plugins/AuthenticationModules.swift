/// Pluggable authentication: `pam_start` loads the modules of a service's stack (pam.d(5)).
///
/// The stack is that of the service that the program names, where the name is constant at every
/// call, and otherwise of any service; that of `other` is loaded always.
struct AuthenticationModules: Plugin {
    let name = "pam"
    let loaders = ["pam_start"]

    /// A module, and what it is asked to do.
    struct Entry: Hashable {
        enum Kind: String, Hashable {
            case auth, account, password, session
        }

        let kind: Kind
        let module: String
    }

    /// Which function of a module runs for a function of the library, for entries of a kind.
    private static let functions: [(library: String, module: String, kind: Entry.Kind)] = [
        ("pam_authenticate", "pam_sm_authenticate", .auth),
        ("pam_setcred", "pam_sm_setcred", .auth),
        ("pam_acct_mgmt", "pam_sm_acct_mgmt", .account),
        ("pam_open_session", "pam_sm_open_session", .session),
        ("pam_close_session", "pam_sm_close_session", .session),
        ("pam_chauthtok", "pam_sm_chauthtok", .password),
    ]

    func extend(_ reachability: inout Reachability) -> String? {
        guard reachability.isLive(function: "pam_start") else { return nil }
        let stacks = Stacks(reachability.program.search.tree)
        let named = [("pam_start", 0), ("pam_start_confdir", 0)].map {
            reachability.texts(passedTo: $0.0, argument: $0.1)
        }
        var services = stacks.services
        var whose = "all services in /etc/pam.d"
        if let first = named[0], let second = named[1], !first.union(second).isEmpty {
            let wanted = first.union(second).union(["other"])
            services = services.filter(wanted.contains)
            whose = "the services " + services.joined(separator: " ")
        }
        let entries = services.reduce(into: Set<Entry>()) { $0.formUnion(stacks.entries(of: $1)) }
        let folders = reachability.pluginFolders("security")
        let requester = reachability.module(exporting: "pam_start")
        let live = Self.functions.filter { reachability.isLive(function: $0.library) }
        for module in Set(entries.map(\.module)).sorted() {
            let kinds = Set(entries.filter { $0.module == module }.map(\.kind))
            let wanted = Set(live.filter { kinds.contains($0.kind) }.map(\.module))
            let paths = module.hasPrefix("/") ? [module] : folders.map { $0 + "/" + module }
            for path in paths {
                _ = reachability.load(
                    path, requester: requester, label: "module \(module)", only: true,
                    exports: wanted.contains)
            }
        }
        return list("modules of \(whose)", Set(entries.map(\.module)).sorted())
    }

    /// The configuration of the library.
    struct Stacks {
        private let tree: FileTree

        private static let folders = ["/etc/pam.d", "/usr/lib/pam.d"]
        private static let includeDepth = 16

        init(_ tree: FileTree) { self.tree = tree }

        /// Without a folder, one file holds every stack, a service's name before each line.
        private var isOneFile: Bool { Self.folders.allSatisfy { tree.resolve($0) == nil } }

        var services: [String] {
            guard !isOneFile else {
                return Set(Self.joined(tree.lines("/etc/pam.conf")).compactMap { $0.first })
                    .sorted()
            }
            return Set(Self.folders.flatMap { tree.names(in: $0) }).sorted()
        }

        /// The entries of a service, those of the stacks that it includes among them.
        func entries(of service: String, depth: Int = 0) -> Set<Entry> {
            guard depth < Self.includeDepth else { return [] }
            return lines(of: service).reduce(into: []) { result, words in
                switch Self.parse(words) {
                case .include(let other):
                    result.formUnion(entries(of: other, depth: depth + 1))
                case .includeKind(let other, let kind):
                    result.formUnion(
                        entries(of: other, depth: depth + 1).filter { $0.kind == kind })
                case .entry(let entry): result.insert(entry)
                case nil: break
                }
            }
        }

        private func lines(of service: String) -> [[String]] {
            if isOneFile {
                return Self.joined(tree.lines("/etc/pam.conf"))
                    .filter { $0.first?.lowercased() == service.lowercased() }
                    .map { Array($0.dropFirst()) }
            }
            let path =
                service.hasPrefix("/")
                ? service
                : Self.folders.map { $0 + "/" + service }.first { tree.resolve($0) != nil }
            return path.map { Self.joined(tree.lines($0)) } ?? []
        }

        /// The words of each line, with lines that end in a backslash joined to the next.
        static func joined(_ lines: [String]) -> [[String]] {
            var result: [[String]] = []
            var rest: [String] = []
            for line in lines {
                let text = line.prefix { $0 != "#" }
                let continues = text.hasSuffix("\\")
                rest += (continues ? text.dropLast() : text).split(whereSeparator: \.isWhitespace)
                    .map(String.init)
                if continues { continue }
                if !rest.isEmpty { result.append(rest) }
                rest = []
            }
            return rest.isEmpty ? result : result + [rest]
        }

        enum Line: Equatable {
            case include(String)
            case includeKind(String, Entry.Kind)
            case entry(Entry)
        }

        /// What a line means: `@include service`, or a kind, a control that may be a list in
        /// brackets, and a module or, for some controls, a service.
        static func parse(_ words: [String]) -> Line? {
            guard let first = words.first else { return nil }
            if first == "@include" { return words.count > 1 ? .include(words[1]) : nil }
            let word = first.hasPrefix("-") ? String(first.dropFirst()) : first
            guard let kind = Entry.Kind(rawValue: word.lowercased()), words.count > 2 else {
                return nil
            }
            var position = 1
            if words[1].hasPrefix("[") {
                guard let end = words.dropFirst().firstIndex(where: { $0.hasSuffix("]") }) else {
                    return nil
                }
                position = end
            }
            guard position + 1 < words.count else { return nil }
            let target = words[position + 1]
            switch words[1].lowercased() {
            case "include", "substack": return .includeKind(target, kind)
            default:
                return .entry(
                    Entry(kind: kind, module: target.replacing("/$ISA", with: "")))
            }
        }
    }
}
