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
        var analysis = Analysis(try Program(path, tree: tree), options: options)
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
    private let options: ExtractionOptions
    private var assumptions: [StaticSet.Assumption] = []
    private var gates: [SyscallNumber: [String]] = [:]
    private var distances: [UInt32: Int] = [:]
    private var ways: [SyscallNumber: [StaticSet.Way]] = [:]

    init(_ program: Program, options: ExtractionOptions) {
        self.options = options
        reachability = Reachability(program)
        numbers = NumberResolution(reachability)
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
        numbers = NumberResolution(reachability)
        let plugins: [any Plugin] =
            [
                NamedLibraries(), NameService(), CharacterConversion(), AuthenticationModules(),
                CryptographyModules(), ServerModules(),
                GivenLibraries(paths: options.libraries),
                ObservedLibraries(paths: options.evidence.libraries),
            ]
        var isSettled = false
        while !isSettled {
            let before = reachability.order.count
            for plugin in plugins where !options.withoutAssumptions.contains(plugin.name) {
                apply(plugin)
            }
            isSettled = reachability.order.count == before
        }
        addObservedNumbers()
        gates = Gate.gates(of: numbers, reachability)
        if !options.evidence.isEmpty {
            let executed = reachability.functions(seenIn: options.evidence)
                .sorted { ($0.module, $0.index) < ($1.module, $1.index) }
            distances = numbers.distances(
                in: reachability.from(executed, label: "code that ran"))
        }
        if options.findsWays { findWays() }
        numbers.reportOutsiders()
        if let object = ElfFile.kernelObject() { numbers.addKernelSites(object) }
    }

    /// Takes over numbers that were seen where the analysis could not tell them.
    private mutating func addObservedNumbers() {
        let name = ObservedLibraries.assumption
        guard !options.withoutAssumptions.contains(name) else { return }
        let before = numbers.syscalls
        let added = numbers.add(observed: options.evidence.numbers)
        guard !added.isEmpty else { return }
        let detail = added.sorted { $0.key < $1.key }.map { site, calls in
            calls.map(\.name).sorted().joined(separator: ", ") + " at \(site)"
        }
        note(
            name,
            "numbers seen in runs, which the code does not tell: "
                + detail.joined(separator: "; "),
            adding: numbers.syscalls.subtracting(before))
    }

    private mutating func note(_ name: String, _ detail: String, adding added: SyscallSet) {
        guard let index = assumptions.firstIndex(where: { $0.name == name }) else {
            assumptions.append(
                StaticSet.Assumption(name: name, detail: detail, added: added))
            return
        }
        let known = assumptions[index]
        assumptions[index] = StaticSet.Assumption(
            name: name, detail: known.detail + "; " + detail, added: added.union(known.added))
    }

    private mutating func findWays() {
        for (stage, live) in reachability.stages() {
            for (raw, evidence) in NumberResolution(live).numbers {
                ways[SyscallNumber(rawValue: raw), default: []].append(
                    StaticSet.Way(stage: stage, chain: live.chain(evidence.path)))
            }
        }
    }

    /// Lets a plugin add code; what the set gains by it becomes an assumption.
    private mutating func apply(_ plugin: any Plugin) {
        guard let detail = plugin.extend(&reachability) else { return }
        let before = numbers.syscalls
        reachability.settle()
        numbers = NumberResolution(reachability)
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
                chain: reachability.chain(evidence.path), gates: gates[number] ?? [],
                distance: distances[raw], ways: options.findsWays ? ways[number] ?? [] : nil)
        }
        if options.convention == .wholeProcess,
            numbers.numbers[SyscallNumber.execve.rawValue] == nil
        {
            // The kernel counts the call that starts the program as the program's first.
            let step = StaticSet.Step(module: binary, function: "kernel entry", link: .root)
            entries.append(StaticSet.Entry(number: .execve, sites: [], chain: [step]))
        }
        let unresolved =
            numbers.unresolved + reachability.program.missing + openNumberSpaces
            + reachability.program.modules.flatMap(\.file.caveats)
        return StaticSet(
            binary: binary, convention: options.convention,
            entries: entries.sorted { $0.number < $1.number },
            modules: reachability.program.modules.map(\.file.path),
            unresolved: Set(unresolved).sorted {
                ($0.site, $0.kind, $0.detail) < ($1.site, $1.kind, $1.detail)
            },
            assumptions: assumptions)
    }

    /// Calls through the x32 table, which a policy for the 64-bit one does not name.
    private var openNumberSpaces: [StaticSet.Unresolved] {
        numbers.numbers.filter { SyscallNumber(rawValue: $0.key).isX32 }.flatMap { raw, evidence in
            evidence.sites.map {
                StaticSet.Unresolved(
                    kind: "x32 system call", site: $0,
                    detail: "number \(raw & ~(1 << 30)) of the x32 table")
            }
        }
    }
}
