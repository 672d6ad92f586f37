internal import Mutation
internal import Phasing
internal import Store
internal import Syscalls
internal import TestCases
internal import Traces

/// What a fuzzer needs to go on after an interruption, besides the corpus.
struct FuzzerState: Sendable, Codable {
    var generator: SeededGenerator
    var sweepIndex: Int
    var seedIndex: Int
    /// By corpus entry: how often it was a parent, and what an execution of it costs.
    var entries: [String: EntryState]
    var coverage: Coverage.State
    /// Nil in states of campaigns from before anything was learned.
    var lessons: Lessons.State?
    /// Nil in campaigns that were begun without it, like what follows.
    var options: OptionUsage.State?
    var postponed: [Int]?
    var schedule: DimensionSchedule.State?
    var sweepShare: SweepShare.State?
    var phases: PhaseModel?

    struct EntryState: Sendable, Codable {
        var picks: UInt64
        var cost: Double
    }
}

/// The search of one worker: makes test cases, executes them, keeps what is novel.
///
/// A pure function of its setup, its seed and what the target does; time plays no part in any
/// decision, but in how much a server that stays up gets of it, see ``TimeShares``.
struct Fuzzer: ~Copyable {
    /// What a fuzzer is told before it starts.
    struct Setup: Sendable {
        var base: TestCase
        var seeds: [TestCase]
        var vocabulary: Vocabulary
        var provocations: Set<Provocation>
        var generator: SeededGenerator
        /// What was never reached so far.
        var goals: [Goal] = []
        /// Whether phases are learned on the way, as the harness names none.
        var learnsPhases = true
        var settings = SearchSettings()
        /// Whether an execution of the base takes long.
        var isBaseDear = false
    }

    var executor: TargetExecutor
    var coverage = Coverage()
    var corpus = Corpus()
    var extractor = FeatureExtractor()
    var phases: PhaseWatch
    /// How many executions showed each call in each phase since it was last asked for, by tier.
    private var tally = [KeyTable<UInt64>](repeating: KeyTable(), count: Tier.allCases.count)
    private var fresh = FreshAccount()
    /// How many executions were ended by a bound, by reason, since it was last asked for.
    private var stops: [Trace.Reason: UInt64] = [:]
    /// Files that the target mapped for execution, and those of them since it was last asked for.
    private var mapped: Set<String> = []
    private var newlyMapped: [String] = []
    /// Modules of which all are in ``mapped``: mostly those of the next trace as well.
    private var lastMapped: [String] = []
    private var executionsBefore: UInt64 = 0
    /// Executions, as ``executions`` counts them, after which nothing is minimised any more.
    private(set) var executionLimit = UInt64.max
    /// Combinations of arguments that were novel, by call.
    private var argumentClasses: [SyscallNumber: Int] = [:]
    var lessons: Lessons
    var artifacts: ArtifactPool
    var advice: AdviceTaken
    /// What was advised and is still to be tried, with what it was advised about.
    var advised: [(testCase: TestCase, origin: TestCase?)] = []
    var direction: Direction
    /// Whether the functions that lead to goals are watched: once the sweep's first pass has
    /// reached what needs no direction.
    var isDirected = false
    /// Test cases that were made, which tells when one is looked at for what it compares.
    private var made = 0
    let base: TestCase
    private let isBaseDear: Bool
    let seeds: [TestCase]
    var mutator: Mutator
    /// As the mutator was before anything was learned: what it draws depends on no find.
    let freshMutator: Mutator
    let sweep: Sweep
    /// Of test cases that are drawn anew.
    let weights: DimensionWeights
    let settings: SearchSettings
    /// Of test cases that are made from others.
    var schedule: DimensionSchedule
    var sweepShare: SweepShare
    private(set) var firstPassDebt = FirstPassDebt()
    /// Of a target that is a server which stays up.
    var shares = TimeShares()
    var pending = PendingFinds()
    /// See ``takeClaims()``.
    var claims: [UInt32: UInt64] = [:]
    private var comparisonSampling: ComparisonSampling
    /// Where the sweep waits for a test case to be affordable.
    var waitingSweepIndex: Int?
    var generator: SeededGenerator
    var sweepIndex = 0
    var seedIndex = 0
    /// Of the sweep's first pass: what did not come to an end by itself, to be looked at when the
    /// pass is over. Confirming and minimising it would take most of the first minute.
    var postponed: [Int] = []
    /// Test cases of other workers, to be executed before anything else.
    var incoming: [TestCase] = []
    /// Test cases from elsewhere, those before the index executed.
    var queuedSeeds: [TestCase] = []
    var queuedSeedIndex = 0
    /// Of them since it was last asked for.
    private var executedSeeds = 0

    /// A target that never comes to an end by itself is looked at all the same.
    private static let mostPostponed = 16
    /// Of those that compute as many besides: they may be what takes long and comes to an end.
    private static let mostLong = 16
    /// Of the postponed, those that computed until they were ended.
    private var long: Set<Int> = []
    /// How many new calls the last execution with something novel showed.
    private(set) var novelCalls = 0

    /// Well above what programs have for one call: 72 for rt_sigaction of sqlite3, one a signal.
    private static let argumentClassLimit = 256

    init(_ setup: Setup, executor: consuming TargetExecutor) {
        advice = AdviceTaken(of: executor.program)
        self.executor = executor
        phases = PhaseWatch(learns: setup.learnsPhases)
        base = setup.base
        isBaseDear = setup.isBaseDear
        seeds = setup.seeds
        mutator = Mutator(vocabulary: setup.vocabulary)
        freshMutator = mutator
        sweep = mutator.sweep(
            base: setup.base, isBaseDear: setup.isBaseDear,
            seeds: setup.seeds.filter { $0 != setup.base }, allowing: setup.provocations)
        weights = DimensionWeights(allowing: setup.provocations)
        settings = setup.settings
        schedule = DimensionSchedule(prior: weights, settings: settings)
        sweepShare = SweepShare(settings: settings)
        lessons = Lessons(settings: settings)
        comparisonSampling = ComparisonSampling(interval: settings.comparisonSamples)
        artifacts = ArtifactPool(settings: settings)
        generator = setup.generator
        direction = Direction(setup.goals)
    }

    /// Executions since ``begin()``.
    var executions: UInt64 { executor.executions - executionsBefore }

    var state: FuzzerState {
        FuzzerState(
            generator: generator, sweepIndex: sweepIndex, seedIndex: seedIndex,
            entries: Dictionary(
                corpus.entries.map { ($0.id, .init(picks: $0.picks, cost: $0.cost)) },
                uniquingKeysWith: { first, _ in first }),
            coverage: coverage.state, lessons: lessons.state, options: mutator.usage.state,
            postponed: postponed, schedule: schedule.state,
            sweepShare: sweepShare.state, phases: phases.model)
    }

    /// What became of each option of the vocabulary.
    var optionCounts: [OptionUsage.Count] { mutator.usage.state.counts }

    mutating func restore(_ state: FuzzerState) {
        generator = state.generator
        sweepIndex = state.sweepIndex
        seedIndex = state.seedIndex
        for (id, entry) in state.entries { corpus.restore(entry, of: id) }
        coverage.restore(state.coverage)
        if let learned = state.lessons { lessons.restore(learned, to: &mutator.vocabulary) }
        if let options = state.options { mutator.usage.restore(options) }
        postponed = state.postponed ?? []
        if let learned = state.schedule { schedule.restore(learned) }
        if let learned = state.sweepShare { sweepShare.restore(learned) }
        if let model = state.phases { phases.restore(model) }
    }

    /// Takes over an entry that is in the store already.
    mutating func restore(_ entry: Corpus.Entry, tier: Tier) {
        for key in entry.features { coverage.add(key, tier: tier) }
        keep(entry)
        if entry.kind?.isSequence == false { artifacts.noteLost(of: entry.id) }
    }

    /// Puts an entry into the corpus.
    mutating func keep(_ entry: Corpus.Entry) {
        guard !corpus.contains(entry.id) else { return }
        corpus.append(entry)
        direction.append(entry: entry.id)
    }

    /// Queues a test case that another worker found.
    mutating func adopt(_ testCase: TestCase) {
        incoming.append(testCase)
    }

    /// Whether every seed has been executed.
    var isOutOfSeeds: Bool {
        incoming.isEmpty && seedIndex >= seeds.count && queuedSeedIndex >= queuedSeeds.count
    }

    /// Queues a test case from elsewhere behind the harness's seeds.
    mutating func enqueue(seed: TestCase) {
        if queuedSeedIndex >= queuedSeeds.count {
            queuedSeeds = []
            queuedSeedIndex = 0
        }
        queuedSeeds.append(seed)
    }

    mutating func takeExecutedSeeds() -> Int {
        defer { executedSeeds = 0 }
        return executedSeeds
    }

    /// Executions count from here; those before served to get to know the target. Whoever calls
    /// ``step()`` ends at the limit; what is confirmed then still is.
    mutating func begin(limit: UInt64) {
        executionsBefore = executor.executions
        executor.beginCounting()
        executionLimit = limit
    }

    /// Hands over the counts of calls by phase since the last time.
    mutating func takeTally() -> [Tally] {
        var counts: [Tally] = []
        for tier in Tier.allCases {
            let table = tally[Int(tier.rawValue)]
            for (key, executions) in zip(table.keys, table.values) {
                counts.append(Tally(tier: tier, key: key.rawValue, executions: executions))
            }
            tally[Int(tier.rawValue)].removeAll()
        }
        return counts
    }

    mutating func takeFresh() -> FreshReport { fresh.take() }

    mutating func takeStops() -> [Trace.Reason: UInt64] {
        defer { stops = [:] }
        return stops
    }

    mutating func takeMapped() -> [String] {
        defer { newlyMapped = [] }
        return newlyMapped
    }

    /// Executes the next test case; returns what it found.
    mutating func step() throws -> [Find] {
        if pending.isDue(
            isAffordable: shares.admits(.confirmations),
            areCallsAffordable: shares.admitsConfirmingCalls)
        {
            return try confirmPending()
        }
        let start = executor.work.total
        var share = TimeShares.Part.starts
        defer {
            executor.work.turn(to: .search)
            shares.charge(nanoseconds: executor.work.total - start, to: share)
        }
        pending.noteTestCase()
        let next = nextTestCase()
        // Counted at the end, when what it shows is known.
        defer { if next.isQueuedSeed { executedSeeds += 1 } }
        let (testCase, parent) = (next.testCase, next.parent)
        let tier = Tier(testCase.provocation)
        made += 1
        renewPhases()
        // Where a base is dear, looking costs ten times as much.
        let isSampled = comparisonSampling.takes(testCase, base: base)
        if next.isSeed && !(isBaseDear && testCase == base) || isSampled {
            try learn(from: testCase, parent: parent)
        }
        if made % Self.samplesOfDirection == 0 { try direct() }
        try collectLost()
        guard let execution = try explore(next) else { return [] }
        if executor.wasVisit { share = .sessions }
        if postpones(next, execution) { return [] }
        let novel = observe(execution, tier: tier)
        novelCalls = novel.count { $0.kind == .syscall }
        if next.isFresh { fresh.add(extractor.sightings, novel: novel, tier: tier) }
        // Before anything else is executed.
        if isWorthCollecting(next, execution, isNovel: !novel.isEmpty) {
            collect(
                from: testCase, parent: parent, origin: next.origin,
                isNovel: !novel.isEmpty || next.origin != nil)
        }
        if tier == .natural { heed(execution.errors, about: testCase) }
        guard !novel.isEmpty else {
            if execution.entersNewFunction { keepForFunction(testCase) }
            return []
        }
        if next.isProposal { lessons.noteFruit() }
        let unawaited = novel.filter { !pending.keys.contains($0.key) }
        guard !unawaited.isEmpty else { return [] }
        if executor.wasVisit {
            postpone(execution, of: next, tier: tier, novel: unawaited)
            return []
        }
        let finds = try triage(
            testCase, parent: parent, tier: tier, first: execution, novel: unawaited)
        if let trial = next.trial, finds.contains(where: \.isKept) { artifacts.noteFind(of: trial) }
        reward(finds, changed: next.changed, part: next.part)
        return finds
    }

    /// Whether a test case of the first pass is left for the time after it.
    private mutating func postpones(
        _ next: Candidate, _ execution: TargetExecutor.Execution
    ) -> Bool {
        guard let index = next.firstPassIndex, case .stopped(let reason) = execution.trace.end
        else { return false }
        if reason == .cpuTime, long.count < Self.mostLong {
            long.insert(index)
        } else if postponed.count >= Self.mostPostponed + long.count {
            return false
        }
        postponed.append(index)
        return true
    }

    mutating func takePostponed() -> (testCase: TestCase, isLong: Bool)? {
        guard !postponed.isEmpty else { return nil }
        let index = postponed.removeFirst()
        let isLong = long.contains(index)
        return sweep.testCase(at: index, given: mutator.usage).map { ($0, isLong) }
    }

    mutating func reward(_ finds: [Find], changed: Set<Dimension>, part: SweepShare.Part?) {
        for find in finds where find.isKept {
            guard let kind = Feature.Kind(rawValue: find.kind) else { continue }
            schedule.reward(kind, to: changed)
            if let part { sweepShare.reward(kind, to: part) }
        }
    }

    /// Keeps what entered a function first as a parent. It is not stored: a resumed campaign's
    /// template has all breakpoints again, and finds it again.
    private mutating func keepForFunction(_ testCase: TestCase) {
        guard corpus.hasRoomForFunctions else { return }
        keep(
            Corpus.Entry(
                testCase: testCase, id: testCase.id, kind: nil, features: [], cost: 1))
    }

    mutating func takeTries() -> [UInt32: UInt64] { direction.takeTries() }

    /// Calls that stood in memory of the target's and that no execution has shown which stopped at
    /// each: how many finds they were part of, by number.
    mutating func takeClaims() -> [UInt32: UInt64] {
        defer { claims = [:] }
        return claims
    }

    /// Extracts the features of an execution, those by learned phases as well.
    mutating func extract(_ execution: TargetExecutor.Execution) {
        extractor.extract(
            from: execution.trace, segmentation: execution.segmentation,
            learned: phases.segment(execution.trace))
    }

    /// Learns phases anew when it is time. What kept traces show under them is known.
    private mutating func renewPhases() {
        guard phases.renew(executions: executions) else { return }
        for (trace, tier) in phases.traces {
            guard let learned = phases.segment(trace) else { return }
            extractor.extract(from: trace, segmentation: learned, learned: learned)
            for sighting in extractor.sightings where sighting.kind == .learnedPhase {
                coverage.add(sighting.key, tier: tier)
            }
        }
    }

    mutating func takeEnteredFunctions() -> [CallSite] { executor.servers.visits?.take() ?? [] }

    /// Nil when the execution, which was not looked at, made no call that is not known.
    private mutating func explore(_ next: Candidate) throws -> TargetExecutor.Execution? {
        let testCase = next.testCase
        if next.isLong, executor.patience.triesLonger { executor.patience.purpose = .longer }
        defer { executor.patience.purpose = .evidence }
        let outcome =
            next.isTracedInFull
            ? .seen(try executor.explore(testCase)) : try executor.probe(testCase)
        switch outcome {
        case .seen(let execution):
            note(execution, of: next)
            return execution
        case .known(let execution):
            note(execution, of: next)
            if case .stopped(let reason) = execution.trace.end { stops[reason, default: 0] += 1 }
            return nil
        }
    }

    private mutating func note(_ execution: TargetExecutor.Execution, of next: Candidate) {
        mutator.usage.note(next.testCase.arguments, execution.ending)
        let cost = cost(of: execution, next.testCase)
        schedule.charge(cost, to: next.changed)
        if let part = next.part { sweepShare.charge(cost, to: part) }
        if let trial = next.trial { artifacts.note(cost: cost, of: trial) }
        firstPassDebt.note(cost, isOfFirstPass: next.firstPassIndex != nil)
    }

    /// Extracts an execution's features, counts them, and returns the novel ones.
    mutating func observe(
        _ execution: TargetExecutor.Execution, tier: Tier
    ) -> [FeatureExtractor.Sighting] {
        if case .stopped(let reason) = execution.trace.end { stops[reason, default: 0] += 1 }
        noteMapped(execution.trace)
        extract(execution)
        Self.count(extractor.sightings, in: &tally[Int(tier.rawValue)])
        let novel = coverage.observe(
            extractor.sightings, tier: tier, isRecorded: execution.isRecorded)
        if direction.hasGoals {
            for sighting in novel where sighting.kind == .syscall {
                direction.noteReached(execution.trace.events[Int(sighting.subject)].number)
            }
        }
        return novel.isEmpty
            ? []
            : novel.filter { sighting in
                guard sighting.kind == .arguments else { return true }
                return admitsArguments(of: execution.trace.events[Int(sighting.subject)].number)
            }
    }

    private static func count(
        _ sightings: [FeatureExtractor.Sighting], in table: inout KeyTable<UInt64>
    ) {
        for sighting in sightings where sighting.kind == .phasedSyscall {
            table.values[table.place(of: sighting.key, adding: 0)] += 1
        }
    }

    /// Keeps the files that the target's code comes from. A trace does not say which process
    /// mapped a file, so only those count in which no other program ran.
    private mutating func noteMapped(_ trace: Trace) {
        guard trace.modules != lastMapped else { return }
        guard trace.modules.contains(where: { !mapped.contains($0) }) else {
            lastMapped = trace.modules
            return
        }
        guard trace.threads.allSatisfy(\.role.isTarget) else { return }
        for path in trace.modules where mapped.insert(path).inserted { newlyMapped.append(path) }
    }

    /// Whether one more combination of a call's arguments is worth keeping; a target that draws
    /// them at random, such as commands of `ioctl`, would fill the corpus otherwise.
    private mutating func admitsArguments(of call: SyscallNumber) -> Bool {
        argumentClasses[call, default: 0] += 1
        return argumentClasses[call, default: 0] <= Self.argumentClassLimit
    }
}
