internal import Platform
internal import Syscalls

/// One extraction: the steps from roots to the set.
struct Analysis {
    private var reachability: Reachability
    private var numbers: NumberResolution
    private let options: ExtractionOptions
    private var assumptions: [StaticSet.Assumption] = []
    private var gates: [SyscallNumber: [String]] = [:]
    /// The programs that live code runs.
    private(set) var programCalls: ProgramCalls
    /// Modules whose loading of libraries an assumption accounts for.
    private var explained: Set<Int> = []

    /// The assumption that what live code does not ask the C library for does not happen.
    static let dormant = "dormant"
    private var distances: [UInt32: Int] = [:]
    private var approaches: [UInt32: StaticSet.Approach] = [:]
    private var ways: [SyscallNumber: [StaticSet.Way]] = [:]

    init(_ program: Program, options: ExtractionOptions) {
        self.options = options
        let conditions =
            options.withoutAssumptions.contains(Self.dormant) ? Conditions() : Conditions(program)
        reachability = Reachability(program, conditions: conditions)
        numbers = NumberResolution(reachability)
        programCalls = ProgramCalls(reachability, numbers)
    }

    /// - Parameter foresee: called on another thread with what is live before any library was
    ///   loaded later on, which is most of what will be.
    mutating func run(
        foresee: (@Sendable (Reachability, NumberResolution) -> Void)? = nil
    ) {
        if !options.withoutAssumptions.contains(CharacterConversion.assumption) {
            CharacterConversion.prepare(reachability.program)
        }
        switch options.convention {
        case .wholeProcess:
            reachability.addMainRoots()
            reachability.addStartRoots()
        case .afterMain:
            var loading = reachability
            loading.addLoadingRoots()
            loading.settle()
            reachability = Reachability(loading.program, conditions: loading.conditions)
            reachability.addMainRoots()
            reachability.addPointerRoots(loading)
        }
        reachability.settle()
        numbers = NumberResolution(reachability)
        if let foresee {
            let (reachability, numbers) = (reachability, numbers)
            _ = reachability.program.aheadOfTime.begin { foresee(reachability, numbers) }
        }
        let plugins = PluginCatalogue.plugins(
            libraries: options.libraries, observed: options.evidence.libraries)
        var isSettled = false
        while !isSettled {
            let before = reachability.order.count
            for plugin in plugins where !options.withoutAssumptions.contains(plugin.name) {
                apply(plugin)
            }
            isSettled = reachability.order.count == before
        }
        // Functions that were live before may have become the targets of pointers.
        numbers = NumberResolution(reachability)
        programCalls = ProgramCalls(reachability, numbers)
    }

    /// Finds what a set has besides its calls: what they depend on, how far they are away, the ways
    /// to them, and the sites of the kernel's own object.
    mutating func explain() {
        addObservedNumbers()
        assumeDormant()
        gates = Gate.gates(of: numbers, reachability)
        if !options.evidence.isEmpty {
            let executed = reachability.functions(seenIn: options.evidence)
                .sorted { ($0.module, $0.index) < ($1.module, $1.index) }
            approach(in: reachability.from(executed, label: "code that ran"))
        }
        if options.findsWays { findWays() }
        if let object = reachability.program.search.tree.files.kernelObject() {
            numbers.addKernelSites(object)
        }
    }

    /// - Parameter executed: what is live from functions that ran.
    private mutating func approach(in executed: Reachability) {
        let ways = numbers.nearestWays(in: executed)
        distances = ways.mapValues { $0.count - 1 }
        let seen = Set(options.evidence.numbers.values.joined().map(\.rawValue))
        for (number, nodes) in ways where !seen.contains(number) {
            approaches[number] = Reachability.approach(
                along: nodes, to: numbers.numbers[number]?.sites ?? [], in: executed)
        }
    }

    func distances(atMost limit: Int, from isCounted: (String) -> Bool) -> CallDistances {
        let modules = reachability.program.modules
        let counted = modules.indices.filter { isCounted(modules[$0].file.path) }
        return numbers.distances(from: Set(counted), atMost: limit, in: reachability)
    }

    private mutating func assumeDormant() {
        let unmet = reachability.unmet
        guard !unmet.isEmpty else { return }
        var awake = reachability
        awake.meet(unmet)
        awake.settle()
        let removed = NumberResolution(awake).syscalls.subtracting(numbers.syscalls)
        let features = unmet.compactMap { condition in
            if case .feature(let feature) = condition { feature.name } else { nil }
        }
        let names = unmet.count - features.count
        assumptions.append(
            StaticSet.Assumption(
                name: Self.dormant,
                detail: "no live code asks for " + features.joined(separator: ", ")
                    + (names == 0 ? "" : " or looks up \(names) functions of name services"),
                added: SyscallSet(), removed: removed))
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
        guard !plugin.addsOnce || !assumptions.contains(where: { $0.name == plugin.name })
        else { return }
        let count = reachability.order.count
        guard let detail = plugin.extend(&reachability) else { return }
        for loader in plugin.loaders {
            if let found = reachability.program.lookUp(
                loader, scope: reachability.program.modules.indices)
            {
                explained.insert(found.module)
            }
        }
        reachability.settle()
        var added = SyscallSet()
        if reachability.order.count != count {
            let before = numbers.syscalls
            numbers = NumberResolution(reachability)
            added = numbers.syscalls.subtracting(before)
        }
        if let index = assumptions.firstIndex(where: { $0.name == plugin.name }) {
            assumptions[index] = StaticSet.Assumption(
                name: plugin.name, detail: detail, added: added.union(assumptions[index].added))
        } else {
            assumptions.append(
                StaticSet.Assumption(name: plugin.name, detail: detail, added: added))
        }
    }

    var syscalls: SyscallSet { numbers.syscalls.union([.execve]) }

    func result(
        binary: String, programs: [StaticSet.ProgramRun], inputs: [StaticSet.Input]
    ) -> StaticSet {
        var entries = numbers.numbers.map { raw, evidence in
            let number = SyscallNumber(rawValue: raw)
            return StaticSet.Entry(
                number: number, sites: evidence.sites.sorted(),
                chain: reachability.chain(evidence.path), gates: gates[number] ?? [],
                distance: distances[raw], approach: approaches[raw],
                ways: options.findsWays ? ways[number] ?? [] : nil)
        }
        if options.convention == .wholeProcess,
            numbers.numbers[SyscallNumber.execve.rawValue] == nil
        {
            // The kernel counts the call that starts the program as the program's first.
            let step = StaticSet.Step(module: binary, function: "kernel entry", link: .root)
            entries.append(StaticSet.Entry(number: .execve, sites: [], chain: [step]))
        }
        let unresolved =
            numbers.unresolved + reachability.program.missing + programCalls.unresolved
            + LibraryCalls(reachability, explained: explained).unresolved + openNumberSpaces
            + reachability.program.modules.flatMap(\.file.caveats)
        return StaticSet(
            binary: binary, convention: options.convention,
            entries: entries.sorted { $0.number < $1.number },
            modules: reachability.program.modules.map(\.file.path),
            unresolved: Set(unresolved).sorted {
                ($0.site, $0.kind, $0.detail) < ($1.site, $1.kind, $1.detail)
            },
            assumptions: assumptions, programs: programs, inputs: inputs)
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
