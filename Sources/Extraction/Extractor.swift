internal import Platform
package import Syscalls

/// Finds the system calls that a program can make, without running it.
package enum Extractor {
    /// The set of an ELF program for x86-64 and of every library that it loads.
    ///
    /// The path may lead through links; with a sysroot it is a path of that tree, with or without
    /// the sysroot before it. Two calls with
    /// the same files give equal results. A script is refused: its interpreter is the program.
    package static func extract(
        _ binary: String, options: ExtractionOptions = ExtractionOptions()
    ) throws(ExtractionError) -> StaticSet {
        let cache = options.cacheFolder.flatMap { CacheStore(folder: $0) }
        let (path, tree) = try locate(binary, options, cache)
        let results = cache.flatMap {
            ResultCache($0, of: path, root: tree.root, options)
        }
        if let known = results?.find() { return known }
        let set = try extract(
            path, of: tree, ModuleStore(cache.map(SummaryCache.init)), options)
        results?.keep(set, tree.files)
        return set
    }

    /// The path of a program's file in the tree that it is of.
    private static func locate(
        _ binary: String, _ options: ExtractionOptions, _ cache: CacheStore?
    ) throws(ExtractionError) -> (path: String, tree: FileTree) {
        let tree = FileTree(sysroot: options.sysroot, hash: cache?.hash)
        guard let path = tree.resolve(tree.inside(FileTree.absolute(binary))) else {
            throw ExtractionError(
                code: .unreadable, path: binary, reason: "there is no such file; check the path")
        }
        return (path, tree)
    }

    /// The set of the program at a path of ``FileTree/resolve(_:)``.
    private static func extract(
        _ path: String, of tree: FileTree, _ store: ModuleStore, _ options: ExtractionOptions
    ) throws(ExtractionError) -> StaticSet {
        let results = ProgramResults(tree, store, options)
        defer {
            store.work.end()
            results.forget()
        }
        var analysis = Analysis(try Program(path, tree: tree, store: store), options: options)
        analysis.run { reachability, numbers in
            results.expect(ProgramCalls(reachability, numbers).sites.keys, depth: 1)
        }
        let sites = analysis.programCalls.sites
        let programs = store.work.begin {
            ProgramSets.collect(sites, of: path, results, options)
        }
        analysis.explain()
        let (runs, inputs) = programs.value
        return analysis.result(
            binary: path, programs: runs,
            inputs: Set(tree.inputs + inputs).sorted {
                ($0.path, $0.hash ?? "") < ($1.path, $1.hash ?? "")
            })
    }

    /// How many calls lead to each system call from the functions of those of a program's files
    /// that `isCounted` accepts by path, at most so many functions for each call.
    ///
    /// What it depends on beside the files is the same as for
    /// ``extract(_:options:)``; it is computed each time.
    package static func distances(
        in binary: String, options: ExtractionOptions, atMost limit: Int,
        from isCounted: (String) -> Bool
    ) throws(ExtractionError) -> CallDistances {
        let cache = options.cacheFolder.flatMap { CacheStore(folder: $0) }
        let (path, tree) = try locate(binary, options, cache)
        let store = ModuleStore(cache.map(SummaryCache.init))
        defer { store.work.end() }
        var analysis = Analysis(try Program(path, tree: tree, store: store), options: options)
        analysis.run()
        return analysis.distances(atMost: limit, from: isCounted)
    }

    /// The names of the assumptions that can be left out, see
    /// ``ExtractionOptions/withoutAssumptions``.
    package static var assumptionNames: [String] {
        (PluginCatalogue.plugins(libraries: []).map(\.name) + [Analysis.dormant]).sorted()
    }
}
