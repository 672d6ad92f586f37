internal import Glibc
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
        let tree = FileTree(sysroot: options.sysroot)
        guard let path = tree.resolve(tree.inside(absolute(binary))) else {
            throw ExtractionError(
                code: .unreadable, path: binary, reason: "there is no such file; check the path")
        }
        let cache = options.cacheFolder.flatMap { SummaryCache(folder: $0) }
        var analysis = Analysis(
            try Program(path, tree: tree, cache: cache), options: options)
        analysis.run()
        return analysis.result(binary: path)
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let folder = unsafe getcwd(nil, 0) else { return "/" + path }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder) + "/" + path
    }
}

/// One extraction: the steps from roots to the set.
private struct Analysis {
    private var reachability: Reachability
    private var numbers: NumberResolution
    private let flows = ValueFlows()
    private let options: ExtractionOptions
    private var assumptions: [StaticSet.Assumption] = []
    private var gates: [SyscallNumber: [String]] = [:]

    init(_ program: Program, options: ExtractionOptions) {
        self.options = options
        reachability = Reachability(program)
        numbers = NumberResolution(reachability, flows)
    }

    mutating func run() {
        switch options.convention {
        case .wholeProcess:
            reachability.addMainRoots()
            reachability.addStartRoots()
        case .afterMain:
            var loading = reachability
            loading.addLoadingRoots()
            loading.settle()
            reachability = Reachability(loading.program)
            reachability.addMainRoots()
            reachability.addPointerRoots(loading)
        }
        reachability.settle()
        numbers = NumberResolution(reachability, flows)
        let plugins: [any Plugin] =
            [
                NamedLibraries(), NameService(), CharacterConversion(), AuthenticationModules(),
                CryptographyModules(), ServerModules(),
                GivenLibraries(paths: options.libraries),
            ]
        var isSettled = false
        while !isSettled {
            let before = reachability.order.count
            for plugin in plugins where !options.withoutAssumptions.contains(plugin.name) {
                apply(plugin)
            }
            isSettled = reachability.order.count == before
        }
        gates = Gate.gates(of: numbers, reachability, flows)
        numbers.reportOutsiders()
        if let object = ElfFile.kernelObject() { numbers.addKernelSites(object) }
    }

    /// Lets a plugin add code; what the set gains by it becomes an assumption.
    private mutating func apply(_ plugin: any Plugin) {
        guard !plugin.addsOnce || !assumptions.contains(where: { $0.name == plugin.name }),
            let detail = plugin.extend(&reachability)
        else { return }
        let before = numbers.syscalls
        reachability.settle()
        numbers = NumberResolution(reachability, flows)
        let added = numbers.syscalls.subtracting(before)
        if let index = assumptions.firstIndex(where: { $0.name == plugin.name }) {
            assumptions[index] = StaticSet.Assumption(
                name: plugin.name, detail: detail, added: added.union(assumptions[index].added))
        } else {
            assumptions.append(
                StaticSet.Assumption(name: plugin.name, detail: detail, added: added))
        }
    }

    func result(binary: String) -> StaticSet {
        var entries = numbers.numbers.map { raw, evidence in
            let number = SyscallNumber(rawValue: raw)
            return StaticSet.Entry(
                number: number, sites: evidence.sites.sorted(),
                chain: reachability.chain(evidence.path), gates: gates[number] ?? [])
        }
        if options.convention == .wholeProcess,
            numbers.numbers[SyscallNumber.execve.rawValue] == nil
        {
            // The kernel counts the call that starts the program as the program's first.
            let step = StaticSet.Step(module: binary, function: "kernel entry", link: .root)
            entries.append(StaticSet.Entry(number: .execve, sites: [], chain: [step]))
        }
        let unresolved = numbers.unresolved + reachability.program.missing
        return StaticSet(
            binary: binary, convention: options.convention,
            entries: entries.sorted { $0.number < $1.number },
            modules: reachability.program.modules.map(\.file.path),
            unresolved: Set(unresolved).sorted {
                ($0.site, $0.kind, $0.detail) < ($1.site, $1.kind, $1.detail)
            },
            assumptions: assumptions)
    }
}
