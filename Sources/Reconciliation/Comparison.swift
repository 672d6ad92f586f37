internal import Syscalls
internal import Traces

/// One call's static entry beside its observations, and what follows.
struct Comparison {
    let syscall: SyscallNumber
    let entry: StaticSet.Entry?
    /// Those in which code of the program made the call.
    let observations: [Observation]
    /// Whether the call was seen only because the tracer started the program by it.
    let onlyStartedProgram: Bool
    let set: StaticSet
    let tries: UInt64?

    init(
        syscall: SyscallNumber, entry: StaticSet.Entry?, observations: [Observation],
        set: StaticSet, tries: UInt64?
    ) {
        self.tries = tries
        self.syscall = syscall
        self.entry = entry
        self.set = set
        // A loader executes nothing, so an execve before the entry point is the one that began it.
        let own = observations.filter { syscall != .execve || $0.phase != .load }
        onlyStartedProgram = own.isEmpty && !observations.isEmpty
        // The launch counts until the program is seen to execute something itself.
        self.observations = onlyStartedProgram ? observations : own
    }

    var row: ReconciliationTable.Row {
        let best = observations.min { $0.isBetterWitness(than: $1) }
        let first = observations.min {
            ($0.firstExecution, $0.firstSeconds) < ($1.firstExecution, $1.firstSeconds)
        }
        return ReconciliationTable.Row(
            syscall: syscall, verdict: verdict, kernelMade: KernelMadeCall(syscall),
            isStatic: entry != nil, isDynamic: !observations.isEmpty, tier: best?.tier,
            places: Set(
                observations.map { ReconciliationTable.Place(role: $0.role, phase: $0.phase) }
            ).sorted(),
            sites: sites.sorted(), witness: best?.witness, evidence: evidence,
            firstExecution: first?.firstExecution, firstSeconds: first?.firstSeconds,
            distance: observations.isEmpty ? entry?.distance : nil, gates: gates,
            tries: tries)
    }

    private var sites: Set<CallSite> { Set(observations.flatMap(\.sites)) }

    private var verdict: Verdict {
        guard !onlyStartedProgram else { return .kernelMade }
        guard let entry else {
            // Signal returns and restarts come from no instruction that asks for them.
            let isKernelMade = syscall == .restartSyscall || syscall == .rtSigreturn
            return isKernelMade ? .kernelMade : .missed
        }
        guard observations.isEmpty else {
            return sites.isDisjoint(with: entry.sites) ? .confirmedElsewhere : .confirmed
        }
        // Features are what inputs may ask for; a gate that is not known any more is no feature.
        guard gates.allSatisfy({ $0.kind == .feature }), gates.count == entry.gates.count else {
            return .gated
        }
        let isGuess = entry.chain.contains { $0.link == .addressTaken }
        return isGuess ? .unproven : .frontier
    }

    /// The gates that every path passes, as far as they are known.
    private var gates: [GateDescription] {
        (entry?.gates ?? []).compactMap { GateDescription.named($0) }
    }

    private var evidence: String {
        var sentences: [String] = []
        switch verdict {
        case .confirmed:
            let shared = sites.intersection(entry?.sites ?? []).sorted()
            sentences.append("Observed at \(Self.list(shared)), where the static set has it.")
        case .confirmedElsewhere:
            sentences.append(
                "Observed at \(Self.list(sites.sorted())); the static set has it at "
                    + "\(Self.list(entry?.sites ?? [])) only.")
        case .frontier, .unproven:
            sentences.append("Never observed; reached by \(chain).")
            sentences += gateSentences + [distance, effort].compactMap { $0 }
        case .gated:
            let names = (entry?.gates ?? []).joined(separator: ", ")
            sentences.append("Never observed; every path to it needs \(names).")
            sentences += gateSentences + [distance].compactMap { $0 }
        case .missed: sentences += missedSites
        case .kernelMade:
            if let entry, !entry.sites.isEmpty {
                sentences.append("An execve of its own is static-only so far; reached by \(chain).")
            }
        }
        if let label = KernelMadeCall(syscall), label != .firstExecve || onlyStartedProgram {
            sentences.append(label.sentence)
        }
        return sentences.joined(separator: " ")
    }

    private var gateSentences: [String] {
        gates.map { "\($0.name) (\($0.kind.rawValue)): \($0.condition)." }
    }

    private var distance: String? {
        switch entry?.distance {
        case nil: nil
        case 0?: "A function that ran makes it."
        case 1?: "One call leads to it from code that ran."
        case let calls?: "\(calls) calls lead to it from code that ran."
        }
    }

    private var effort: String? {
        tries.map { "\($0) \($0 == 1 ? "test case was" : "test cases were") made towards it." }
    }

    /// The static chain with the guesses in it marked.
    private var chain: String {
        let steps = (entry?.chain ?? []).map { step in
            switch step.link {
            case .addressTaken: "(address taken) \(step.function)"
            case .data: "(data) \(step.function)"
            case .lookup: "(looked up) \(step.function)"
            case .root, .call, .imported: step.function
            }
        }
        return steps.isEmpty ? "a path that was not recorded" : steps.joined(separator: " → ")
    }

    /// For each site of a missed call, why the extractor does not have it there.
    private var missedSites: [String] {
        let sites = sites.sorted()
        guard !sites.isEmpty else { return ["Observed; where from is not known."] }
        let shown = sites.prefix(3).map { "Observed at \($0): \(reason(for: $0))." }
        return sites.count > 3 ? shown + ["There are \(sites.count - 3) more sites."] : shown
    }

    private func reason(for site: CallSite) -> String {
        if site.module == "[vdso]" {
            return "the kernel's vDSO asks the kernel where the clock cannot be read directly"
        }
        if site.module == "[anonymous]" {
            return "the code was generated or copied while the program ran"
        }
        if let unresolved = set.unresolved.first(where: { $0.site == site }) {
            return "the extractor could not resolve it (\(unresolved.kind): \(unresolved.detail))"
        }
        guard set.modules.contains(site.module) else {
            return "the module was not analysed, as nothing said that it would be loaded"
        }
        let others = set.entries.filter { $0.sites.contains(site) }.map(\.number.name)
        guard others.isEmpty else {
            return "the extractor has \(others.joined(separator: ", ")) there"
        }
        return "the module was analysed, so the extractor is wrong about its reachability or number"
    }

    private static func list(_ sites: [CallSite]) -> String {
        guard !sites.isEmpty else { return "an unknown place" }
        let shown = sites.prefix(3).map(\.description).joined(separator: ", ")
        return sites.count > 3 ? "\(shown) and \(sites.count - 3) more" : shown
    }
}
