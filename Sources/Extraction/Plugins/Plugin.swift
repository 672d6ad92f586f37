/// A way in which programs load code that no file names as needed.
///
/// What it adds depends on the configuration of the machine, so each is an assumption that the
/// result states.
protocol Plugin {
    /// As in ``StaticSet/Assumption/name``.
    var name: String { get }

    /// The exported functions whose modules do the loading: what those open and look up by names
    /// that are not constant is what the plugin adds.
    var loaders: [String] { get }
    /// Whether what it adds depends on nothing but whether live code loads anything this way, so
    /// that doing it again adds nothing.
    var addsOnce: Bool { get }

    /// Makes the code live that live code would load; returns what it took for granted, nil when
    /// live code loads nothing this way.
    func extend(_ reachability: inout Reachability) -> String?
}

extension Plugin {
    var loaders: [String] { [] }
    var addsOnce: Bool { false }

    /// A sentence of what was loaded.
    func list(_ what: String, _ names: some Sequence<String>) -> String {
        let names = Array(names)
        return what + ": " + (names.isEmpty ? "none" : names.joined(separator: " "))
    }
}

/// The ways that are looked into, in this order, until none adds code.
enum PluginCatalogue {
    /// - Parameters:
    ///   - libraries: paths that the caller gives.
    ///   - observed: paths of files that runs of the program mapped.
    static func plugins(libraries: [String], observed: Set<String> = []) -> [any Plugin] {
        [
            NamedLibraries(), NameService(), CharacterConversion(), AuthenticationModules(),
            CryptographyModules(), KerberosModules(), SecurityMechanisms(), TokenModules(),
            SaslMechanisms(), InputOutputModules(), ServerModules(), ConfiguredModules(),
            GivenLibraries(paths: libraries), ObservedLibraries(paths: observed),
        ]
    }
}

extension Reachability {
    /// Whether live code refers to a text that begins so.
    func refers(toTextWithPrefix prefix: String) -> Bool {
        strings.values.contains { $0.keys.contains { $0.hasPrefix(prefix) } }
    }

    /// The texts that live code refers to and that pass a test, sorted.
    func texts(where isWanted: (String) -> Bool) -> [String] {
        Set(strings.values.flatMap { $0.keys.filter(isWanted) }).sorted()
    }

    /// The folders of plugins that are there: those whose path stands in live code and ends with
    /// a name, and those of that name where systems keep libraries; each once.
    func pluginFolders(_ name: String) -> [String] {
        let ending = texts {
            $0.utf8.first == UInt8(ascii: "/")
                && ($0.hasSuffix("/\(name)") || $0.hasSuffix("/\(name)/"))
        }
        let named = ending.filter { !$0.hasSuffix("/") } + ending.filter { $0.hasSuffix("/") }
        let tree = program.search.tree
        var seen: Set<String> = []
        return (named + program.search.libraryFolders(name)).filter { folder in
            tree.resolve(folder).map { seen.insert($0).inserted } ?? false
        }
    }

    /// The files of a folder whose names pass a test, of several names for one file the first.
    func files(in folder: String, where isWanted: (String) -> Bool) -> [String] {
        let tree = program.search.tree
        var seen: Set<String> = []
        return tree.names(in: folder).filter(isWanted).map { folder + "/" + $0 }.filter { path in
            tree.resolve(path).map { seen.insert($0).inserted } ?? false
        }
    }

    /// Loads a library that is found by name or path, with its constructors and those exported
    /// functions that pass a test; when none does, all or, if it is asked for them only, none.
    ///
    /// A library that was loaded before gets the functions that pass the test now. Returns whether
    /// the library is there.
    mutating func load(
        _ library: String, requester: Int, label: String, only: Bool = false,
        exports isWanted: (String) -> Bool
    ) -> Bool {
        if let index = program.load(library, requester: requester) {
            addLoadingRoots(from: index, label: label)
        }
        guard let index = program.lateLibrary(named: library) else { return false }
        let table = program.modules[index].file.contents.symbols
        let exported = table.symbols.indices.filter {
            table.symbols[$0].isDefined && table.symbols[$0].isExported
        }
        let wanted = exported.filter { isWanted(table.symbols[$0].name) }
        for symbol in wanted.isEmpty && !only ? exported : wanted {
            add(.symbol(Program.Definition(module: index, symbol: symbol)), label: label)
        }
        return true
    }

    /// The module that exports a function, the program itself when none does.
    func module(exporting name: String) -> Int {
        program.lookUp(name, scope: program.modules.indices)?.module ?? 0
    }
}
