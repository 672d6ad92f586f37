internal import Platform
internal import Syscalls

/// The files that make up a running program, in load order, and how names in them are bound.
struct Program {
    /// A file with what its code refers to.
    final class Module: Sendable {
        let file: ElfFile
        let summary: Summary
        let targets: ReferenceTargets
        /// Indices of the modules that its symbols are looked up in, in order.
        let scope: [Int]

        init(file: ElfFile, summary: Summary, targets: ReferenceTargets, scope: [Int]) {
            self.file = file
            self.summary = summary
            self.targets = targets
            self.scope = scope
        }
    }

    /// A symbol of a module.
    struct Definition: Hashable {
        let module: Int
        let symbol: Int
    }

    let search: LibrarySearch
    private let store: ModuleStore
    private(set) var modules: [Module] = []
    /// The index of the dynamic loader, nil for a static program.
    private(set) var loader: Int?
    /// Libraries that are needed and not there.
    private(set) var missing: [StaticSet.Unresolved] = []
    /// How many modules are there from the start; their symbols are visible to all.
    private var globalCount = 0
    /// By module and symbol.
    private var bindings = NodeTable<Definition?>()
    private var indexByPath: [String: Int] = [:]
    private var indexByName: [String: Int] = [:]
    /// The modules that the loader may take in place of one, depending on the processor.
    private var variants: [Int: [Int]] = [:]

    /// Reads a program and everything that it needs to start.
    ///
    /// - Parameter store: what was read for other programs of the same tree.
    init(
        _ path: String, tree: FileTree, store: ModuleStore = ModuleStore()
    ) throws(ExtractionError) {
        self.store = store
        let file = try store.file(path, of: tree)
        search = LibrarySearch(tree, interpreter: file.contents.interpreter)
        var files = [file]
        indexByPath[path] = 0
        var interpreterPath: String?
        if let interpreter = file.contents.interpreter {
            interpreterPath = tree.resolve(interpreter)
            if interpreterPath == nil {
                missing.append(Self.missing(interpreter, neededBy: file))
            }
            if !interpreter.contains("ld-musl") { try preload(&files) }
        }
        try collect(&files, from: 0)
        if let interpreterPath {
            // It is in the list already when a library needs it.
            if let index = indexByPath[interpreterPath] {
                loader = index
            } else {
                loader = files.count
                indexByPath[interpreterPath] = files.count
                files.append(try store.file(interpreterPath, of: tree))
            }
        }
        globalCount = files.count
        if let error = append(files, scope: Array(files.indices)) { throw error }
    }

    /// Adds a library that is loaded while the program runs, with what it needs in turn.
    ///
    /// Returns its index; nil when it was not found, is damaged, or is there already.
    mutating func load(_ name: String, requester: Int) -> Int? {
        guard indexByName[name] == nil,
            let found = search.find(
                name, requesters: [modules[requester].file, modules[0].file])
        else { return nil }
        if let known = indexByPath[found.path] {
            indexByName[name] = known
            return nil
        }
        guard let file = try? store.file(found.path, of: search.tree) else { return nil }
        let path = found.path
        let index = modules.count
        indexByPath[path] = index
        indexByName[name] = index
        noteName(of: file, index)
        var files = [file]
        do {
            try append(found.variants, of: index, to: &files, at: index)
            try collect(&files, from: index)
        } catch {
            missing.append(
                StaticSet.Unresolved(
                    kind: "library", site: CallSite(module: path, offset: 0), detail: "\(error)"))
        }
        let error = append(
            files, scope: Array(0..<globalCount) + Array(index..<index + files.count))
        if let error {
            missing.append(
                StaticSet.Unresolved(
                    kind: "library", site: CallSite(module: error.path, offset: 0),
                    detail: "\(error)"))
        }
        return index
    }

    /// What is known about the values in its functions.
    var flows: ValueFlows { store.flows }

    /// What is worked out about the program ahead of time.
    var aheadOfTime: AheadOfTimeWork { store.work }

    /// What the converters in a folder are, or will be soon.
    func converters(in folder: String) -> AheadOfTime<CharacterConversion.Folder> {
        store.converters(in: folder, of: search.tree)
    }

    /// The library that was loaded under a name while the program runs; nil for one that is there
    /// from the start.
    func lateLibrary(named name: String) -> Int? {
        guard let index = indexByName[name], index >= globalCount else { return nil }
        return index
    }

    /// Adds what the files need, breadth first, as the loader orders them.
    ///
    /// - Parameter base: the module index of the first file.
    private mutating func collect(
        _ files: inout [ElfFile], from base: Int
    ) throws(ExtractionError) {
        var requesters: [[Int]] = files.map { _ in [] }
        var position = 0
        while position < files.count {
            let file = files[position]
            let chain = [position] + requesters[position]
            for name in file.neededLibraries where indexByName[name] == nil {
                let found =
                    search.find(name, requesters: chain.map { files[$0] })
                    ?? search.findBeside(file, name)
                guard let found else {
                    missing.append(Self.missing(name, neededBy: file))
                    continue
                }
                if let known = indexByPath[found.path] {
                    indexByName[name] = known
                    continue
                }
                let library = try store.file(found.path, of: search.tree)
                let index = base + files.count
                indexByPath[found.path] = index
                indexByName[name] = index
                noteName(of: library, index)
                files.append(library)
                try append(found.variants, of: index, to: &files, at: base)
                requesters += Array(repeating: chain, count: files.count - requesters.count)
            }
            position += 1
        }
    }

    /// Adds the libraries of `/etc/ld.so.preload`; the loader passes over those that it cannot
    /// load.
    private mutating func preload(_ files: inout [ElfFile]) throws(ExtractionError) {
        for name in LoaderConfiguration.preloaded(search.tree) {
            guard let found = search.find(name, requesters: [files[0]]),
                indexByPath[found.path] == nil,
                let library = try? store.file(found.path, of: search.tree)
            else { continue }
            indexByPath[found.path] = files.count
            indexByName[name] = files.count
            noteName(of: library, files.count)
            files.append(library)
            try append(found.variants, of: files.count - 1, to: &files, at: 0)
        }
    }

    /// Adds the files that may stand in for a module.
    private mutating func append(
        _ paths: [String], of module: Int, to files: inout [ElfFile], at base: Int
    ) throws(ExtractionError) {
        for path in paths where indexByPath[path] == nil {
            let index = base + files.count
            indexByPath[path] = index
            variants[module, default: []].append(index)
            files.append(try store.file(path, of: search.tree))
        }
    }

    private mutating func noteName(of file: ElfFile, _ index: Int) {
        if let name = file.sharedObjectName, indexByName[name] == nil { indexByName[name] = index }
    }

    private static func missing(_ name: String, neededBy file: ElfFile) -> StaticSet.Unresolved {
        StaticSet.Unresolved(
            kind: "library", site: CallSite(module: file.path, offset: 0),
            detail:
                "needs \(name), which is in none of the folders that the loader looks into; its "
                + "calls are not counted")
    }

    /// Decodes the files on all processors, the largest first. Those that cannot be are there
    /// without code; returns why, for the first of them.
    private mutating func append(_ files: [ElfFile], scope: [Int]) -> ExtractionError? {
        let order = files.indices.sorted {
            (files[$1].contents.segments.map(\.fileSize).max() ?? 0, $0)
                < (files[$0].contents.segments.map(\.fileSize).max() ?? 0, $1)
        }
        let store = store
        let summaries = Parallel.map(order.count) { turn in
            Result { () throws(ExtractionError) in try store.summary(of: files[order[turn]]) }
        }
        let results = zip(order, summaries).sorted { $0.0 < $1.0 }.map(\.1)
        var error: ExtractionError?
        for (file, summary) in zip(files, results) {
            let decoded: Summary
            switch summary {
            case .success(let value): decoded = value
            case .failure(let failure):
                error = error ?? failure
                decoded = Summary()
            }
            modules.append(
                Module(
                    file: file, summary: decoded, targets: store.targets(of: file, decoded),
                    scope: scope))
        }
        return error
    }
}

// MARK: - Symbols

extension Program {
    func symbol(_ definition: Definition) -> Symbol {
        modules[definition.module].file.contents.symbols.symbols[definition.symbol]
    }

    /// What the loader binds a symbol of a module to; nil for one that nothing defines.
    mutating func binding(of symbol: Int, in module: Int) -> Definition? {
        let symbols = modules[module].file.contents.symbols.symbols
        guard symbol < symbols.count, symbol > 0 else { return nil }
        let key = Reachability.Node(module: module, index: symbol)
        if let known = bindings[key] { return known }
        let wanted = symbols[symbol]
        var result: Definition?
        if wanted.isDefined, !wanted.isExported {
            result = Definition(module: module, symbol: symbol)
        } else {
            result = lookUp(wanted.name, version: wanted.version, scope: modules[module].scope)
        }
        bindings[key] = .some(result)
        return result
    }

    /// The first definition of a name in the modules of a scope that has the version, or no
    /// version at all.
    func lookUp(_ name: String, version: String? = nil, scope: some Sequence<Int>) -> Definition? {
        for module in scope {
            let table = modules[module].file.contents.symbols
            guard let candidates = table.exported[name] else { continue }
            let match = candidates.first { index in
                let candidate = table.symbols[index]
                guard let version else { return candidate.isDefaultVersion }
                return candidate.version == version || candidate.version == nil
            }
            if let match { return Definition(module: module, symbol: match) }
            if version == nil, let first = candidates.first {
                return Definition(module: module, symbol: first)
            }
        }
        return nil
    }

    /// The functions that modules export under any of the names.
    func exported(_ names: [String]) -> Set<Reachability.Node> {
        var result: Set<Reachability.Node> = []
        for (index, module) in modules.enumerated() {
            let table = module.file.contents.symbols
            for symbol in names.flatMap({ table.exported[$0] ?? [] }) {
                guard
                    let function = module.summary.function(
                        containing: table.symbols[symbol].value)
                else { continue }
                result.insert(Reachability.Node(module: index, index: function))
            }
        }
        return result
    }

    /// The same symbol in the files that may stand in for a definition's module.
    func variants(of definition: Definition) -> [Definition] {
        guard let others = variants[definition.module] else { return [] }
        let wanted = symbol(definition)
        return others.compactMap { lookUp(wanted.name, version: wanted.version, scope: [$0]) }
    }

    /// The definition that a program's copy of a variable is filled from.
    func copySource(of symbol: Int, in module: Int) -> Definition? {
        let symbols = modules[module].file.contents.symbols.symbols
        guard symbol < symbols.count else { return nil }
        return lookUp(
            symbols[symbol].name, version: symbols[symbol].version,
            scope: modules[module].scope.filter { $0 != module })
    }
}
