internal import CLinux
internal import Contact
internal import Foundation
internal import Glibc
internal import Mutation
internal import Phasing
internal import Platform
internal import Sandboxing
internal import Store
internal import Syscalls
internal import TestCases
internal import Traces

/// Owns the store and the workers of one run of `fuzz`.
package struct Coordinator: ~Copyable {
    /// How often finds are saved: nothing that is older is lost with this process.
    private static let commitInterval = 0.5
    private static let progressInterval = 1.0
    /// In seconds, how long workers get to end in order, besides the time to confirm.
    private static let leastEndingTime = 0.7
    /// Workers that die in a row, without an execution between, before the campaign gives up.
    private static let patience = 5

    private let request: CampaignRequest
    private let show: (CampaignEvent) -> Void
    private var ledger: Ledger
    private let setup: WorkerSetup
    private var workers: [WorkerHandle] = []
    /// Executions of this run by job, those of workers that died included.
    private var executions: [UInt64]
    private var finished = 0
    private var seeds: SeedQueue
    private var deaths = 0
    /// What was not there when the search began.
    private var lateStaticSet: StaticSetWork?
    /// How long the static set took.
    private var staticSetCost: Duration
    /// Whether the first execution came to nothing, so that nothing can be said to be complete.
    private var baseFails = false
    private let began = clinux_monotonic_time()

    /// Opens the campaign's folder and starts its workers; events go to `show`.
    package static func run(
        _ request: CampaignRequest, show: @escaping (CampaignEvent) -> Void
    ) throws -> CampaignOutcome {
        try request.harness.user.check()
        try request.harness.machine.check()
        let facts = try TargetFacts.gather(request.target)
        var setup = WorkerSetup(request) { show(.note($0)) }
        var ledger = try Ledger.open(request, facts: facts, setup: setup)
        // All of this may take long, and a request has to be able to end it.
        try Interruption.catchRequests()
        let image = request.target.image
        let work = StaticSetWork.begin(
            try ledger.staticSetOrder(
                of: image, libraries: request.harness.libraries, findsGoals: true))
        // The code is read meanwhile.
        show(.step("asking \(request.subject) for its options"))
        setup.vocabulary = try vocabulary(
            for: setup, of: request.target, &ledger, until: request.budget.end(of: .mining))
        show(.step("reading the code of \(request.harness.program)"))
        let outcome = work.wait(until: request.budget.end(of: .staticSet))
        show(.step(nil))
        if let outcome {
            let update = try ledger.save(outcome)
            if let set = update.new { show(.extracted(set)) }
            if let failure = update.failure { show(.note("no static set: \(failure)")) }
            setup.goals = update.new == nil ? nil : outcome.goals
        } else if !Interruption.isRequested {
            show(.note(Self.lateSentence))
        }
        if request.watchesFunctions { setup.visitedModules = outcome?.set?.modules ?? [image] }
        var coordinator = Coordinator(
            request: request, show: show, ledger: ledger, setup: setup,
            staticSet: outcome == nil ? work : nil, cost: outcome?.duration ?? .zero)
        return try coordinator.run()
    }

    private static let lateSentence =
        "The program's code takes longer to read than there is time to wait: the search begins "
        + "without its static set."

    /// Mined when the campaign begins and kept, so that it goes on with what it began with.
    private static func vocabulary(
        for setup: WorkerSetup, of target: TargetFile, _ ledger: inout Ledger,
        until end: ContinuousClock.Instant?
    ) throws -> Vocabulary {
        if let vocabulary = try ledger.vocabulary() { return vocabulary }
        let mined = try VocabularyMiner.mine(setup, target: target, until: end)
        // What was not finished is mined again by the next run.
        let isWhole = end.map { ContinuousClock.now < $0 } ?? true
        if isWhole, !Interruption.isRequested { try ledger.save(mined) }
        return mined
    }

    private init(
        request: CampaignRequest, show: @escaping (CampaignEvent) -> Void,
        ledger: consuming Ledger, setup: WorkerSetup, staticSet: StaticSetWork?, cost: Duration
    ) {
        lateStaticSet = staticSet
        staticSetCost = cost
        self.request = request
        self.show = show
        self.ledger = ledger
        self.setup = setup
        executions = Array(repeating: 0, count: request.jobs)
        seeds = SeedQueue(workers: request.jobs)
    }

    private mutating func run() throws -> CampaignOutcome {
        show(.step("trying how \(request.subject) is executed best"))
        for index in 0..<request.jobs {
            guard let worker = try startWorker(index) else { break }
            if let contact = worker.contact, index == 0 {
                ledger.record(contact)
                baseFails = Failure(contact) != nil
            }
            try checkService(of: worker)
            workers.append(worker)
        }
        show(.step(nil))
        show(
            .started(
                jobs: request.jobs, executor: workers.first?.executor ?? ExecutorState(),
                earlierExecutions: ledger.progress.executions))
        let earlier = ledger.progress.seconds
        var lastProgress = 0.0
        var lastCommit = 0.0
        while finished < workers.count, !Interruption.isRequested {
            try collect(milliseconds: 100)
            let now = elapsed
            ledger.progress.seconds = earlier + now
            if now - lastCommit >= Self.commitInterval {
                try ledger.commit()
                lastCommit = now
                if ledger.writer.loss != nil { break }
            }
            if now - lastProgress >= Self.progressInterval {
                show(.progress(ledger.measured()))
                lastProgress = now
            }
            if let outcome = lateStaticSet?.result { try takeLate(outcome) }
            if isTimeOver { break }
            if request.stopsWhenConverged, !baseFails,
                ledger.convergence.isReached(for: request.tiers)
            {
                show(.note(Self.convergedSentence))
                break
            }
        }
        try end()
        ledger.progress.seconds = earlier + elapsed
        try ledger.commit()
        show(.progress(ledger.measured()))
        if let loss = ledger.writer.loss { throw loss }
        try updateStaticSet()
        try ledger.saveFiles(besides: request.target.image)
        return Interruption.isRequested ? .interrupted : .completed
    }

    private var isTimeOver: Bool {
        request.budget.isSearchOver(
            keeping: endingCost, hasExecuted: executions.contains { $0 > 0 })
    }

    /// What comes behind the search: workers that end, and a static set that is computed anew.
    private var endingCost: Duration {
        staticSetCost + Self.savingTime + (unconfirmed.isEmpty ? .zero : confirmingTime)
    }

    /// How long workers get, where the time is bounded, to confirm calls that sessions have shown.
    private var confirmingTime: Duration {
        request.budget.duration.map { min($0 / 20, Self.mostConfirmingTime) } ?? .zero
    }

    private static let mostConfirmingTime = Duration.seconds(3)

    /// Nobody who asks for the end waits for what is unconfirmed.
    private var endingTime: Double {
        guard !Interruption.isRequested, !unconfirmed.isEmpty else { return Self.leastEndingTime }
        return Self.leastEndingTime + confirmingTime / .seconds(1)
    }

    private static let savingTime = Duration.milliseconds(300)

    private mutating func takeLate(_ outcome: StaticSetWork.Outcome) throws {
        lateStaticSet = nil
        staticSetCost = outcome.duration
        let update = try ledger.save(outcome)
        if let set = update.new { show(.extracted(set)) }
        if let failure = update.failure { show(.note("no static set: \(failure)")) }
    }

    /// Once for each run: what it saw may lead to more code, and tells how far the rest is.
    private mutating func updateStaticSet() throws {
        let end = request.budget.end(of: .preparation)
        show(.step("reading the code of \(request.harness.program) again, with what was seen"))
        defer { show(.step(nil)) }
        if let late = lateStaticSet {
            guard let outcome = late.wait(until: end) else { return noteMissingSet() }
            try takeLate(outcome)
        }
        let work = StaticSetWork.begin(
            try ledger.staticSetOrder(
                of: request.target.image, libraries: request.harness.libraries, findsGoals: false))
        // Nobody who asks for the end waits for long.
        guard let outcome = work.wait(until: end) else { return noteMissingSet() }
        if let gain = try ledger.save(outcome).gain { show(.note(gain)) }
    }

    private func noteMissingSet() {
        guard !Interruption.isRequested else { return }
        show(
            .note(
                "The static set does not know what this run has seen: there was no time left to "
                    + "compute it."))
    }

    private static let convergedSentence =
        "converged: at most one fresh test case in "
        + "\(Int((1 / Convergence.threshold).rounded())) shows a call that is new to its phase"

    private var elapsed: Double { Double(clinux_monotonic_time() - began) / 1e9 }

    /// A server that nobody can reach is not worth a campaign.
    private func checkService(of worker: WorkerHandle) throws {
        if let companion = request.harness.companion, let failure = worker.executor.companionFailure
        {
            show(.note("the companion \(companion.program) \(failure)"))
        }
        if let contact = worker.contact { try request.harness.checkService(in: contact) }
    }

    // MARK: Workers

    /// Starts a worker, again when it dies at once; nil when the end is requested meanwhile.
    private mutating func startWorker(_ index: Int) throws -> WorkerHandle? {
        var setup = setup
        // Streams of their own, that depend on the seed and the job alone.
        setup.seed = request.seed &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15
        setup.executor = request.executor
        // Trying out what is faster takes some seconds; a search that has few cannot spare them. For
        // a server it takes a few starts, and saves one for each session.
        if request.harness.server == nil, let late = request.budget.end(of: .staticSet),
            .now >= late
        {
            setup.executor = .exec
        }
        setup.comparisonInterval = request.comparisonInterval
        setup.settings = request.settings
        // Campaigns side by side begin at different processors.
        setup.processor = UInt32(truncatingIfNeeded: getpid()) &+ UInt32(index)
        // The first job executes the seeds; the others hear of what they showed.
        if index > 0 { setup.seeds = [] }
        setup.speaksEverywhere = index == 0
        while !Interruption.isRequested {
            let end = request.budget.end(of: .preparation)
            let started: WorkerHandle?
            do {
                started = try WorkerHandle.start(setup, until: end)
            } catch is TimeIsOver {
                show(.note("The time was over before the search began."))
                return nil
            }
            guard let worker = started else {
                if !Interruption.isRequested { try noteDeath(of: index, "it died") }
                continue
            }
            let (entries, state) = try ledger.restoration(worker: index)
            // A worker that dies meanwhile is noticed by the end of its stream.
            if !entries.isEmpty || state != nil { try? worker.send(.restore(entries, state)) }
            try? worker.send(.fuzz(executions: share(of: index)))
            return worker
        }
        return nil
    }

    /// What a job has still to do of the executions that were asked for.
    private func share(of index: Int) -> UInt64? {
        request.executions.map { total in
            let jobs = UInt64(request.jobs)
            let share = total / jobs + (UInt64(index) < total % jobs ? 1 : 0)
            return share - min(share, executions[index])
        }
    }

    private mutating func collect(milliseconds: Int32) throws {
        let descriptors = workers.map { $0.isGone ? -1 : $0.descriptor }
        var ready: UInt64 = 0
        try SystemError.check(
            unsafe clinux_poll_readable(
                descriptors, Int32(descriptors.count), milliseconds, &ready),
            "wait for the workers")
        for index in workers.indices where ready & (1 << UInt64(index)) != 0 {
            while let report = try workers[index].receive(waiting: false) {
                try take(report, from: index)
            }
            if workers[index].isGone, !ended.contains(index) { try replace(index) }
        }
    }

    private mutating func take(_ report: Report, from index: Int) throws {
        switch report {
        case .find(let find):
            deaths = 0
            let testCase = try TestCase(inlineText: Bytes(find.testCase.utf8))
            for new in ledger.record(find, testCase: testCase) {
                show(.newSyscall(new.syscall, new.tier, seconds: ledger.progress.seconds))
            }
            guard find.isKept else { return }
            for other in workers.indices where other != index && !workers[other].isGone {
                try? workers[other].send(.adopt(find.testCase))
            }
        case .progress(let progress):
            deaths = 0
            record(progress, of: index)
        case .done(let progress):
            record(progress, of: index)
            ended.insert(index)
            finished += 1
        case .failed(let sentence): causes[index] = sentence
        case .wantsSeeds(let executed):
            deaths = 0
            ledger.batch.executedSeeds += seeds.acknowledge(executed, by: index)
            let next = try seeds.next(for: index, from: ledger.writer.reader)
            try? workers[index].send(.seeds(next))
        case .ready, .executed, .measured, .answered, .shown: break
        }
    }

    private mutating func record(_ progress: Progress, of index: Int) {
        executions[index] += progress.executions
        ledger.record(progress, worker: index)
        if progress.hasUnconfirmedCalls {
            unconfirmed.insert(index)
        } else {
            unconfirmed.remove(index)
        }
        ledger.batch.executedSeeds += seeds.acknowledge(progress.executedSeeds, by: index)
    }

    private var ended: Set<Int> = []
    /// Workers whose sessions have shown calls that nothing has confirmed yet.
    private var unconfirmed: Set<Int> = []
    /// What workers that could not go on gave as the reason.
    private var causes: [Int: String] = [:]

    /// A worker is gone: its execution is lost, another goes on where its last report was.
    private mutating func replace(_ index: Int) throws {
        try ledger.commit()
        try noteDeath(of: index, causes.removeValue(forKey: index) ?? "it died")
        if let culprit = seeds.returnSeeds(of: index) {
            ledger.batch.executedSeeds.append(culprit.position)
            show(.note("seed \(culprit.id.prefix(8)) skipped: a worker died executing it"))
        }
        if let worker = try startWorker(index) { workers[index] = worker }
    }

    private mutating func noteDeath(of index: Int, _ cause: String) throws {
        deaths += 1
        guard deaths < Self.patience else {
            throw WorkerFailure(
                "\(Self.patience) workers in a row could not go on (\(cause)); everything found so far "
                    + "is kept in \(request.folder), fathom doctor may say why")
        }
        show(.note("worker \(index + 1) is replaced: \(cause)"))
    }

    /// Asks the workers to stop, and takes in what they still have to say for a moment; what is
    /// left of them ends with this value.
    private mutating func end() throws {
        for worker in workers where !worker.isGone { try? worker.send(.stop) }
        let start = elapsed
        while finished < workers.count, elapsed < start + endingTime {
            let before = finished
            try collectEnding()
            if before == finished, workers.allSatisfy(\.isGone) { break }
        }
    }

    private mutating func collectEnding() throws {
        let descriptors = workers.map { $0.isGone ? -1 : $0.descriptor }
        var ready: UInt64 = 0
        _ = unsafe clinux_poll_readable(descriptors, Int32(descriptors.count), 50, &ready)
        for index in workers.indices where ready & (1 << UInt64(index)) != 0 {
            while let report = try? workers[index].receive(waiting: false) {
                try take(report, from: index)
            }
        }
    }
}

extension TestCase {
    /// The inline encoding, which is ASCII, as text for a message.
    var inlineString: String { String(decoding: inlineText(), as: UTF8.self) }
}
