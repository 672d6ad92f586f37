internal import CLinux
internal import Contact
internal import Extraction
internal import Glibc
internal import Mutation
internal import Phasing
internal import Platform
internal import Sandboxing
internal import Syscalls
internal import TestCases
internal import Traces

/// The life of a worker: sets its sandbox up, then does what its coordinator orders.
package enum WorkerProcess {
    /// Serves the coordinator at descriptor 3 until it says stop or goes away. Returns the exit
    /// status.
    package static func main() -> Int32 {
        // It was executed through a link of another name.
        try? SmallFile.overwrite("/proc/self/comm", with: "fathom")
        var channel = MessageChannel(owning: 3)
        do {
            try Interruption.catchRequests()
            guard case .setUp(let setup) = try channel.receive(Order.self, waiting: true) else {
                return 2
            }
            let placement = setup.processor.map { ProcessorPlacement($0) }
            let root = try SandboxRoot.enter(setup.plan)
            var worker = try Worker(setup, scratch: Scratch(root), placement)
            try channel.send(Report.ready(worker.executorState, worker.contact))
            try worker.serve(&channel)
            return 0
        } catch {
            try? channel.send(Report.failed("\(error)"))
            return 1
        }
    }
}

/// A worker inside its sandbox.
private struct Worker: ~Copyable {
    private var fuzzer: Fuzzer
    private var reporter = ProgressReporter()
    private var placement: ProcessorPlacement?
    /// What the first execution showed.
    private(set) var contact: FirstContact?

    init(
        _ setup: WorkerSetup, scratch: consuming Scratch, _ placement: ProcessorPlacement?
    ) throws {
        self.placement = placement
        var executor = TargetExecutor(
            program: setup.program, bounds: setup.bounds, phases: setup.phases,
            scratch: scratch, choice: setup.executor ?? .automatic,
            comparisonInterval: setup.comparisonInterval ?? 100, server: setup.server)
        let base = try TestCase(inlineText: Bytes(setup.base.utf8))
        var seeds = try setup.seeds.map { try TestCase(inlineText: Bytes($0.utf8)) }
        executor.prefix = setup.prefix ?? []
        executor.fixedFiles =
            try setup.fixed.map { try TestCase(inlineText: Bytes($0.utf8)) }?
            .files ?? []
        // The first execution says whether the target runs at all.
        executor.client = setup.client
        executor.companion = setup.companion
        executor.servers.environment = base.environment
        let (first, contact) = try executor.makeContact(with: base)
        self.contact = contact
        executor.noteService()
        executor.noteLastImage()
        if setup.server != nil, setup.speaksEverywhere == true {
            let said = ([base] + seeds).flatMap(\.sessions)
            seeds += UnspokenAddresses.sessions(
                at: executor.state.addresses ?? [], besides: said
            ).map { session in
                var seed = base
                seed.sessions = [session]
                return seed
            }
        }
        var vocabulary = setup.vocabulary ?? Vocabulary()
        vocabulary.observedCalls = Self.calls(in: first.trace)
        vocabulary.configuration = setup.configuration ?? []
        vocabulary.handledSignals = Self.handledSignals(in: first.trace)
        vocabulary.notifications = executor.takenSignals(of: Vocabulary.operatorSignals)
        vocabulary.readsStandardInput = Self.readsStandardInput(first.trace)
        if let modules = setup.visitedModules {
            executor.servers.visits = FunctionVisits(of: modules)
        }
        let baseTime = first.trace.processorTime
        try executor.chooseExecutor(base: base, seeds: seeds, baseTime: baseTime)
        fuzzer = Fuzzer(
            Fuzzer.Setup(
                base: base, seeds: [base] + seeds, vocabulary: vocabulary,
                provocations: Set(setup.tiers.map(\.provocation)),
                generator: SeededGenerator(seed: setup.seed), goals: setup.goals ?? [],
                learnsPhases: setup.phases.isGeneral,
                settings: setup.settings ?? SearchSettings(),
                isBaseDear: baseTime >= TrialCases.dearTime),
            executor: executor)
    }

    var executorState: ExecutorState { fuzzer.executor.state }

    mutating func serve(_ channel: inout MessageChannel) throws {
        while let order = try channel.receive(Order.self, waiting: true) {
            switch order {
            case .setUp, .seeds: break
            case .restore(let entries, let state): try restore(entries, state)
            case .adopt(let text): try adopt(text)
            case .fuzz(let executions):
                try fuzz(executions, &channel)
                return
            case .measure(let text):
                let testCase = try TestCase(inlineText: Bytes(text.utf8))
                try channel.send(Report.measured(try fuzzer.measure(testCase)))
            case .execute(let text, let times): try replay(text, times: times, &channel)
            case .ask(let text): try answer(text, &channel)
            case .show(let text, let way):
                let testCase = try TestCase(inlineText: Bytes(text.utf8))
                try channel.send(Report.shown(try fuzzer.executor.show(testCase, by: way)))
            case .stop: return
            }
        }
    }

    private mutating func fuzz(_ limit: UInt64?, _ channel: inout MessageChannel) throws {
        let end = limit ?? .max
        fuzzer.begin(limit: end)
        var mayHaveSeeds = true
        while fuzzer.executions < end {
            if mayHaveSeeds, fuzzer.isOutOfSeeds {
                try send(fuzzer.confirmPending(), &channel)
                guard let seeds = try moreSeeds(&channel) else {
                    try finish(&channel)
                    return
                }
                mayHaveSeeds = !seeds.isEmpty
                for seed in seeds { fuzzer.enqueue(seed: seed) }
            }
            try send(fuzzer.step(), &channel)
            if reporter.isDue {
                placement?.reconsider()
                try channel.send(Report.progress(reporter.progress(of: &fuzzer)))
            }
            while let order = try channel.receive(Order.self, waiting: false) {
                if case .adopt(let text) = order { try adopt(text) }
                if case .stop = order {
                    try stop(&channel)
                    return
                }
            }
            // The coordinator is gone; nobody would read what is found.
            guard !channel.isClosed else { return }
        }
        try send(fuzzer.confirmPending(isLast: true), &channel)
        try finish(&channel)
    }

    /// Nobody waits for long for one that is told to stop: where it stands is said before it
    /// confirms the calls that sessions have shown.
    private mutating func stop(_ channel: inout MessageChannel) throws {
        if fuzzer.pending.hasCall {
            try channel.send(Report.progress(reporter.progress(of: &fuzzer, isLast: true)))
            try send(fuzzer.confirmPending(isLast: true, callsAlone: true), &channel)
        }
        try finish(&channel)
    }

    private mutating func send(_ finds: [Find], _ channel: inout MessageChannel) throws {
        for var find in finds {
            find.execution = reporter.sinceLastReport(find.execution)
            try channel.send(Report.find(find))
        }
    }

    /// Asks for seeds and waits for them, so that what is executed next does not depend on how long
    /// the answer takes; nil when this is the end.
    private mutating func moreSeeds(_ channel: inout MessageChannel) throws -> [TestCase]? {
        try channel.send(Report.wantsSeeds(executed: fuzzer.takeExecutedSeeds()))
        while let order = try channel.receive(Order.self, waiting: true) {
            switch order {
            case .seeds(let texts):
                return try texts.map { try TestCase(inlineText: Bytes($0.utf8)) }
            case .adopt(let text): try adopt(text)
            case .stop: return nil
            default: break
            }
        }
        return nil
    }

    private mutating func finish(_ channel: inout MessageChannel) throws {
        try channel.send(Report.done(reporter.progress(of: &fuzzer, isLast: true)))
    }

    private mutating func adopt(_ text: String) throws {
        fuzzer.adopt(try TestCase(inlineText: Bytes(text.utf8)))
    }

    private mutating func restore(_ entries: [RestoredEntry], _ state: FuzzerState?) throws {
        for entry in entries {
            let testCase = try TestCase(inlineText: Bytes(entry.testCase.utf8))
            fuzzer.restore(
                Corpus.Entry(
                    testCase: testCase, id: testCase.id,
                    kind: Feature.Kind(rawValue: entry.kind) ?? .triple,
                    features: entry.features.map(FeatureKey.init(rawValue:)), cost: entry.cost),
                tier: entry.tier)
        }
        if let state { fuzzer.restore(state) }
    }

    private mutating func replay(
        _ text: String, times: Int, _ channel: inout MessageChannel
    ) throws {
        let testCase = try TestCase(inlineText: Bytes(text.utf8))
        for _ in 0..<times {
            let execution = try fuzzer.executor.execute(testCase, capturing: true)
            try channel.send(Report.executed(ExecutionReport(execution, of: testCase)))
        }
    }

    private mutating func answer(_ text: String, _ channel: inout MessageChannel) throws {
        let testCase = try TestCase(inlineText: Bytes(text.utf8))
        let execution = try fuzzer.executor.execute(testCase, capturing: true)
        var answer = Answer(
            status: execution.ending.status, isStopped: false, output: execution.output,
            errors: execution.errors)
        if case .stopped = execution.trace.end { answer.isStopped = true }
        try channel.send(Report.answered(answer))
    }

    /// What faults and signals can be aimed at: the calls of the target's own code behind its
    /// entry point, each with how often it was made.
    private static func calls(in trace: Trace) -> [Vocabulary.ObservedCall] {
        var counts: [UInt32: UInt32] = [:]
        for (index, event) in trace.events.enumerated() {
            let thread = trace.threads[Int(event.thread)]
            guard thread.role.isTarget, let entry = thread.entryEvent, index >= entry else {
                continue
            }
            counts[event.number.rawValue, default: 0] += 1
        }
        return counts.sorted { $0.key < $1.key }.map {
            .init(number: $0.key, occurrences: $0.value)
        }
    }

    private static func readsStandardInput(_ trace: Trace) -> Bool {
        trace.events.contains { event in
            ["read", "readv", "pread64"].contains(event.number.name) && event.arguments[0] == 0
                && trace.threads[Int(event.thread)].role.isTarget
        }
    }

    /// Those that the target asks to be told of, see rt_sigaction(2).
    private static func handledSignals(in trace: Trace) -> [UInt8] {
        var signals: Set<UInt8> = []
        for event in trace.events where event.number.name == "rt_sigaction" {
            guard trace.threads[Int(event.thread)].role.isTarget, event.arguments[1] != 0,
                let signal = UInt8(exactly: event.arguments[0]), (1...64).contains(signal)
            else { continue }
            signals.insert(signal)
        }
        return signals.sorted()
    }
}

/// When a worker tells its coordinator how far it is.
private struct ProgressReporter {
    /// Often enough that a killed coordinator loses little, seldom enough to cost nothing.
    private static let interval: Int64 = 500_000_000

    private var lastReport = clinux_monotonic_time()
    private var lastExecutions: UInt64 = 0
    private var reports = 0

    /// What of a count the last progress did not report.
    func sinceLastReport(_ executions: UInt64) -> UInt64 {
        executions - min(executions, lastExecutions)
    }

    var isDue: Bool { clinux_monotonic_time() - lastReport >= Self.interval }

    /// The state is large, so only every fourth report has it, and the last.
    mutating func progress(of fuzzer: inout Fuzzer, isLast: Bool = false) -> Progress {
        lastReport = clinux_monotonic_time()
        reports += 1
        let takesState = isLast || reports % 4 == 0
        fuzzer.executor.state.work = fuzzer.executor.work.spent
        defer { lastExecutions = fuzzer.executions }
        return Progress(
            executions: fuzzer.executions - lastExecutions,
            tally: fuzzer.takeTally(),
            stops: Dictionary(
                uniqueKeysWithValues: fuzzer.takeStops().map { ($0.rawValue, $1) }),
            mapped: fuzzer.takeMapped(),
            entered: fuzzer.takeEnteredFunctions(),
            fresh: fuzzer.takeFresh(),
            options: fuzzer.executions > lastExecutions ? fuzzer.optionCounts : nil,
            tries: fuzzer.takeTries(), claims: fuzzer.takeClaims(),
            executor: fuzzer.executor.state,
            state: takesState ? fuzzer.state : nil,
            executedSeeds: fuzzer.takeExecutedSeeds(),
            hasUnconfirmedCalls: fuzzer.pending.hasCall)
    }
}

extension Tier {
    /// The provocations whose dimensions a campaign of this tier varies.
    var provocation: Provocation {
        switch self {
        case .natural: .natural
        case .resource: .resource
        case .signal: .signal
        case .injected: .injected
        }
    }
}
