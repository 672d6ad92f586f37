internal import Phasing
internal import Store
internal import Syscalls
internal import Traces

/// The phases that a campaign's kept traces amount to, and its evidence divided by them.
///
/// The search divides by fixed rules, so that what counts as novel does not change under way.
struct LearnedPhases {
    let model: PhaseModel
    let observations: [Observation]
    /// Calls that too few lives have left behind to say that they are over, each as if its role
    /// had made it in the last phase.
    let undecided: [Observation]

    /// A kept trace of a test case.
    struct Kept {
        let entry: CorpusEntry
        let trace: Trace
        /// Whether executing the test case shows it; false for that of a larger one.
        let isReplayed: Bool
    }

    /// Nil where there is nothing to learn from.
    ///
    /// - Parameter observations: what the search has seen. All of it is in the result: what no
    ///   kept trace shows is put into the last phase of its role, so that no filter lacks it.
    init?(_ kept: [Kept], observations: [Observation]) {
        var learner = PhaseLearner()
        // Provoked ends would be taken for the ordinary course.
        let ordinary = kept.filter { $0.entry.tier == .natural }
        for one in ordinary.isEmpty ? kept : ordinary { learner.add(one.trace) }
        guard let model = learner.model() else { return nil }
        self.model = model
        var evidence = EvidenceByPhase(model)
        for one in kept { evidence.add(one) }
        var lives = LivesByPhase(model)
        for one in ordinary.isEmpty ? kept : ordinary { lives.add(one.trace) }
        self.observations = lives.withUndecidedChoices(evidence.completed(with: observations))
        undecided = lives.undecided(among: self.observations)
    }
}

extension LearnedPhases {
    /// Observations without their arguments, each with all that kept traces show of its role.
    static func withChoices(of kept: [Kept], _ observations: [Observation]) -> [Observation] {
        var choices: [Role: [SyscallNumber: Set<[UInt64]>]] = [:]
        for one in kept {
            for event in one.trace.events
            where one.trace.threads.indices.contains(Int(event.thread))
                && !event.number.checkedArguments.isEmpty
            {
                let role = one.trace.threads[Int(event.thread)].role
                choices[role, default: [:]][event.number, default: []]
                    .insert(event.number.checkedValues(of: event.arguments))
            }
        }
        return observations.map { observation in
            var copy = observation
            copy.choices = choices[observation.role]?[observation.syscall].map {
                $0.sorted { $0.lexicographicallyPrecedes($1) }
            }
            return copy
        }
    }
}

/// Puts observations together from traces.
private struct EvidenceByPhase {
    private var recognizer: PhaseRecognizer
    private var segmentation = Segmentation(phases: [])
    private var found: [Observation.Subject: Observation] = [:]
    private var sizes: [String: Int] = [:]
    private let ranks: [Phase: Int]

    init(_ model: PhaseModel) {
        recognizer = PhaseRecognizer(model: model)
        ranks = Dictionary(
            model.phases.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: min)
    }

    mutating func add(_ kept: LearnedPhases.Kept) {
        let entry = kept.entry
        sizes[entry.id] = entry.size
        recognizer.segment(kept.trace, into: &segmentation)
        let shown = kept.trace.observations(
            segmentation: segmentation, tier: entry.tier, witness: entry.id,
            execution: entry.foundAtExecution, seconds: entry.foundAtSeconds,
            isStable: entry.isConfirmed && kept.isReplayed)
        for observation in shown {
            guard var known = found[observation.subject] else {
                found[observation.subject] = observation
                continue
            }
            let isSmaller = (sizes[known.witness] ?? .max) > entry.size
            let isBetter = observation.isStable == known.isStable ? isSmaller : observation.isStable
            known.merge(observation)
            if isBetter { known.witness = entry.id }
            found[observation.subject] = known
        }
    }

    /// The observations, with what only the search has counted or seen.
    func completed(with searched: [Observation]) -> [Observation] {
        struct Call: Hashable {
            let syscall: SyscallNumber
            let role: Role
            let tier: Tier

            init(_ observation: Observation) {
                syscall = observation.syscall
                role = observation.role
                tier = observation.tier
            }
        }
        var result = found
        let byCall = Dictionary(grouping: found.values, by: Call.init)
        for (call, counted) in Dictionary(grouping: searched, by: Call.init) {
            var total = counted[0]
            for other in counted.dropFirst() { total.merge(other) }
            guard let shown = byCall[call], let last = shown.max(by: isEarlier) else {
                let isLoading = counted.allSatisfy { $0.phase == .load }
                total.phase = isLoading ? .load : lastPhase(of: call.role)
                result[total.subject] = total
                continue
            }
            let sites = Set(shown.flatMap(\.sites))
            result[last.subject]?.sites =
                Set(last.sites + total.sites.filter { !sites.contains($0) }).sorted()
            // Executions are counted by the search's phases; they are the same in a single one.
            guard shown.count == 1 else { continue }
            result[last.subject]?.executions = counted.map(\.executions).max() ?? 1
        }
        return result.values.sorted {
            ($0.syscall, $0.role.name, ranks[$0.phase] ?? 0, $0.tier)
                < ($1.syscall, $1.role.name, ranks[$1.phase] ?? 0, $1.tier)
        }
    }

    private func isEarlier(_ left: Observation, than right: Observation) -> Bool {
        (ranks[left.phase] ?? 0) < (ranks[right.phase] ?? 0)
    }

    private func lastPhase(of role: Role) -> Phase {
        found.keys.filter { $0.role == role }.map(\.phase)
            .max { (ranks[$0] ?? 0) < (ranks[$1] ?? 0) } ?? .initialization
    }
}

/// Counts the processes that came to a phase and made a call before it only.
private struct LivesByPhase {
    private var recognizer: PhaseRecognizer
    private var segmentation = Segmentation(phases: [])
    private let model: PhaseModel
    /// By role.
    private var lives: [Role: Int] = [:]
    private var ended: [Ending: Int] = [:]

    private struct Ending: Hashable {
        let role: Role
        let phase: Int
        let call: Kind
    }

    /// A call, or a call with certain values of its checked arguments.
    private struct Kind: Hashable {
        let syscall: SyscallNumber
        var choice: [UInt64]?
    }

    init(_ model: PhaseModel) {
        self.model = model
        recognizer = PhaseRecognizer(model: model)
    }

    mutating func add(_ trace: Trace) {
        recognizer.segment(trace, into: &segmentation)
        // The last phase in which each thread made each call.
        var last = [[Kind: Int]](repeating: [:], count: trace.threads.count)
        for (event, phase) in zip(trace.events, segmentation.indexes)
        where last.indices.contains(Int(event.thread)) {
            last[Int(event.thread)][Kind(syscall: event.number)] = Int(phase)
            guard !event.number.checkedArguments.isEmpty else { continue }
            let choice = event.number.checkedValues(of: event.arguments)
            last[Int(event.thread)][Kind(syscall: event.number, choice: choice)] = Int(phase)
        }
        for (thread, calls) in zip(trace.threads, last) where !calls.isEmpty {
            guard thread.role.isTarget, thread.threadID == thread.processID else { continue }
            lives[thread.role, default: 0] += 1
            let reached = calls.values.max() ?? 0
            for (call, phase) in calls where phase < reached {
                for later in (phase + 1)...reached {
                    ended[Ending(role: thread.role, phase: later, call: call), default: 0] += 1
                }
            }
        }
    }

    /// The last phase up to which too few lives have shown that a call is over.
    private func openPhase(of call: Kind, role: Role, behind rank: Int, enough: Int) -> Int? {
        let end = model.phases.count - 1
        guard rank < end else { return nil }
        return ((rank + 1)...end).last { phase in
            (ended[Ending(role: role, phase: phase, call: call)] ?? 0) < enough
        }
    }

    /// The observations, where each of a later phase also has the arguments of earlier ones that
    /// too few lives have left behind to say that they are over.
    func withUndecidedChoices(_ observations: [Observation]) -> [Observation] {
        struct Group: Hashable {
            let syscall: SyscallNumber
            let role: Role
            let tier: Tier
        }
        var result = observations
        let places = observations.indices.filter {
            observations[$0].choices != nil
                && (observations[$0].role == .root || observations[$0].role == .worker)
        }
        let groups = Dictionary(grouping: places) { place in
            let observation = observations[place]
            return Group(
                syscall: observation.syscall, role: observation.role, tier: observation.tier)
        }
        for (group, unsorted) in groups {
            let ranked = unsorted.map {
                (place: $0, rank: model.phases.firstIndex(of: observations[$0].phase) ?? 0)
            }.sorted { $0.rank < $1.rank }
            let enough = PhaseLearner.livesThatDecide(among: lives[group.role] ?? 0)
            guard let last = ranked.last, ranked.count > 1 else { continue }
            var lastRanks: [[UInt64]: Int] = [:]
            for (place, rank) in ranked {
                for choice in observations[place].choices ?? [] { lastRanks[choice] = rank }
            }
            for (choice, rank) in lastRanks where rank < last.rank {
                let call = Kind(syscall: group.syscall, choice: choice)
                guard let open = openPhase(of: call, role: group.role, behind: rank, enough: enough)
                else { continue }
                let place = ranked.first { $0.rank >= open }?.place ?? last.place
                result[place].choices = Observation.union(result[place].choices, [choice])
            }
        }
        return result
    }

    /// For each call of a role that is not seen in the last phase: the observation again, there,
    /// unless enough lives have shown that it is over.
    func undecided(among observations: [Observation]) -> [Observation] {
        let end = model.phases.count - 1
        guard end > 1 else { return [] }
        var result: [Observation] = []
        for observation in observations
        where observation.role == .root || observation.role == .worker {
            let rank = model.phases.firstIndex(of: observation.phase) ?? 0
            let isSeenLater = observations.contains {
                $0.syscall == observation.syscall && $0.role == observation.role
                    && $0.tier == observation.tier
                    && (model.phases.firstIndex(of: $0.phase) ?? 0) > rank
            }
            guard !isSeenLater, rank < end else { continue }
            let enough = PhaseLearner.livesThatDecide(among: lives[observation.role] ?? 0)
            let call = Kind(syscall: observation.syscall)
            guard
                let open = openPhase(of: call, role: observation.role, behind: rank, enough: enough)
            else { continue }
            var copy = observation
            copy.phase = model.phases[open]
            copy.isStable = false
            copy.executions = 0
            result.append(copy)
        }
        return result
    }
}
