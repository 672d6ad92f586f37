internal import Mutation
internal import Store
internal import Syscalls
internal import TestCases
internal import Traces

extension Fuzzer {
    /// Re-executions that decide whether a feature is stable: both of two, else three of five.
    private static let quickConfirmations = 2
    private static let fullConfirmations = 5
    private static let neededOfFull = 3
    /// A system call that was never seen is rare and has to replay: all of so many must show it.
    private static let strictConfirmations = 8
    /// Of a test case that takes long or had to be stopped: all of so many.
    private static let fewConfirmations = 3
    /// Of re-executions, the first and one in so many begin with `execve`; the others may be by
    /// copies, which are like fresh starts as far as comparisons tell.
    private static let freshConfirmations = 4
    /// What an execution costs that is not repeated as often as others: that of 15,000 calls.
    static let dearCost = 30.0
    /// What is spent on making a test case smaller, in ordinary executions, by how much its find
    /// matters.
    private static let minimisationBudget = 80.0
    private static let smallMinimisationBudget = 12.0
    /// In sessions, what it costs that a server has to be started again.
    private static let restartCost = 10.0
    /// What a session takes that costs as much as an ordinary execution.
    private static let timeOfOrdinary = Duration.milliseconds(20)
    /// Where each candidate needs a server of its own.
    private static let serverBudget = 8.0

    /// Confirms, minimises and keeps a test case that showed something novel.
    ///
    /// - Parameter earlier: what the server that showed it had been told before.
    mutating func triage(
        _ testCase: TestCase, parent: String?, tier: Tier,
        first: TargetExecutor.Execution, novel: [FeatureExtractor.Sighting],
        after earlier: [[TestCase.Session]] = []
    ) throws -> [Find] {
        let former = executor.work.turn(to: .confirmations)
        defer { executor.work.turn(to: former) }
        executor.learn(from: first)
        let isDear = isDearToRepeat(first, testCase)
        let novel = affordable(novel, of: testCase)
        guard !novel.isEmpty else { return [] }
        if isDear, !novel.contains(where: { $0.kind.isOfCalls }) {
            // Each repetition would take as long, up to seconds, for what matters least.
            return []
        }
        let (worthwhile, purpose) = try worthRepeating(novel, of: testCase, first: first)
        executor.patience.purpose = purpose
        defer { executor.patience.purpose = .evidence }
        guard !worthwhile.isEmpty else { return [] }
        let descriptions = describe(worthwhile, in: first, tier: tier)
        var isStopped = false
        if case .stopped = first.trace.end { isStopped = true }
        let isFew = isDear || isStopped || needsOwnServer(testCase) || isFirstOfServer
        let confirmation = try confirm(worthwhile, of: testCase, inFew: isFew)
        let stable = confirmation.stable
        let best = worthwhile.filter { stable.contains($0.key) }.map(\.kind).min()
        var final: Shown?
        if let best, !best.isSequence || corpus.hasRoomForSequences {
            let witness =
                isDear || isFirstOfServer
                ? testCase : try minimise(testCase, showing: stable, kind: best)
            final = try confirmed(
                witness, original: testCase, showing: stable, shown: confirmation.execution)
        }
        return try conclude(
            PendingFinds.Find(
                testCase: testCase, parent: parent, tier: tier, first: first, novel: worthwhile,
                earlier: earlier),
            by: confirmation, in: final, descriptions: descriptions, isDear: isDear)
    }

    /// A test case, and an execution of it that stopped at each call.
    struct Shown {
        var testCase: TestCase
        var execution: TargetExecutor.Execution
        /// Whether the execution went from a start to its end; else it is no evidence for policies.
        var isWhole = true
    }

    /// Enters what a find has shown reliably, and what it has not.
    ///
    /// - Parameter final: the test case that is kept; nil to keep none.
    mutating func conclude(
        _ pending: PendingFinds.Find, by confirmation: Confirmation, in final: Shown?,
        descriptions: [FeatureKey: Find.Novelty], isDear: Bool = false
    ) throws -> [Find] {
        let (testCase, parent, tier) = (pending.testCase, pending.parent, pending.tier)
        let (novel, stable) = (pending.novel, confirmation.stable)
        var finds = try triage(
            novel.filter { !stable.contains($0.key) && $0.kind.isOfCalls }, of: testCase,
            after: pending.earlier, parent: parent, tier: tier)
        let shown = Set(finds.flatMap(\.novelties).filter(\.isStable).map(\.key))
        let unstable = novel.filter {
            !stable.contains($0.key) && !shown.contains($0.key.rawValue)
        }
        let kept = novel.filter { stable.contains($0.key) }
        if let final, let best = kept.map(\.kind).min() {
            if !best.isSequence {
                collect(from: final.testCase, parent: final.testCase.id)
                extend(testCase, keptFor: best, as: final.testCase.id)
            }
            // Smaller may mean more ordinary: what provoked nothing in the end is natural.
            let tier = Tier(final.testCase.provocation)
            for key in stable { coverage.add(key, tier: tier) }
            let entry = Corpus.Entry(
                testCase: final.testCase, id: final.testCase.id, kind: best,
                features: kept.map(\.key), cost: cost(of: final.execution, final.testCase))
            let isNew = !corpus.contains(entry.id)
            keep(entry)
            // Making it smaller may have taken out what is compared.
            if isNew, !isDear, !best.isSequence { try learn(from: testCase, parent: entry.id) }
            finds.append(
                find(
                    final.testCase, id: entry.id, parent: parent, tier: tier, kind: best,
                    novelties: kept.compactMap { descriptions[$0.key] }, isKept: isNew,
                    execution: final.execution,
                    larger: final.testCase == testCase ? nil : confirmation.execution,
                    only: final.isWhole ? nil : [], isStable: true, keepsTraces: final.isWhole))
        } else {
            for key in stable { coverage.add(key, tier: tier) }
        }
        let telling = unstable.filter {
            [.phasedSyscall, .learnedPhase, .syscall].contains($0.kind)
        }
        let proofs = try prove(telling, of: pending, by: confirmation)
        let proven = Set(proofs.flatMap(\.shown).map(\.key))
        for sighting in unstable {
            let isProven =
                proven.contains(sighting.key) || !telling.contains { $0.key == sighting.key }
            coverage.addUnstable(sighting.key, tier: tier, isProven: isProven)
        }
        finds += proofs.compactMap { proof in
            guard let kind = proof.shown.map(\.kind).min() else { return nil }
            return find(
                testCase, id: testCase.id, parent: parent, tier: tier, kind: kind,
                novelties: proof.shown.compactMap { descriptions[$0.key]?.unstable },
                isKept: false, execution: proof.execution, only: Set(proof.shown.map(\.key)),
                isStable: false)
        }
        return finds
    }

    /// An execution that was stopped at each call, and what it shows of what comes and goes.
    private struct Proof {
        var execution: TargetExecutor.Execution
        var shown: [FeatureExtractor.Sighting]
    }

    /// What shows sightings that re-execution does not show every time. What no execution shows that
    /// is stopped at each call stood in memory of the target's alone: that is no evidence.
    private mutating func prove(
        _ sightings: [FeatureExtractor.Sighting], of pending: PendingFinds.Find,
        by confirmation: Confirmation
    ) throws -> [Proof] {
        var left = sightings
        var proofs: [Proof] = []
        func take(_ execution: TargetExecutor.Execution, showing keys: Set<FeatureKey>) {
            let shown = left.filter { keys.contains($0.key) }
            guard !shown.isEmpty else { return }
            proofs.append(Proof(execution: execution, shown: shown))
            left.removeAll { keys.contains($0.key) }
        }
        if !pending.first.isRecorded { take(pending.first, showing: Set(left.map(\.key))) }
        for (execution, keys) in confirmation.proofs { take(execution, showing: keys) }
        let isDear =
            needsOwnServer(pending.testCase) || isDearToRepeat(pending.first, pending.testCase)
        var attempts = isDear ? Self.fewConfirmations : Self.provingAttempts
        if !left.contains(where: { $0.kind == .syscall }) { attempts = 1 }
        while !left.isEmpty, attempts > 0 {
            attempts -= 1
            let execution = try executor.execute(pending.testCase)
            extract(execution)
            take(execution, showing: Set(extractor.sightings.map(\.key)))
        }
        for sighting in left where sighting.kind == .syscall {
            let number = pending.first.trace.events[Int(sighting.subject)].number
            claims[number.rawValue, default: 0] += 1
        }
        return proofs
    }

    /// Executions that a call gets which showed itself where the target can write, and nowhere else.
    private static let provingAttempts = 8

    /// Finds what a server has shown because of what it had been told in earlier executions: with
    /// the last of these before it, the test case is whole.
    private mutating func triage(
        _ novel: [FeatureExtractor.Sighting], of testCase: TestCase,
        after earlier: [[TestCase.Session]], parent: String?, tier: Tier
    ) throws -> [Find] {
        guard !novel.isEmpty, !earlier.isEmpty else { return [] }
        let keys = Set(novel.map(\.key))
        var length = 1
        while true {
            let whole = testCase.preceded(by: earlier.suffix(length))
            let execution = try executor.execute(whole)
            extract(execution)
            let shown = extractor.sightings.filter { keys.contains($0.key) }
            if !shown.isEmpty {
                return try triage(
                    whole, parent: parent, tier: tier, first: execution, novel: shown)
            }
            guard length < earlier.count else { return [] }
            length *= Self.growthOfPast
        }
    }

    /// How many times more of what a server was told is tried next where less does not show it.
    private static let growthOfPast = 4

    /// Whether an execution took a tenth of a second or more, or went on until a bound ended it,
    /// as one does that reads without an end.
    func isDearToRepeat(
        _ execution: TargetExecutor.Execution, _ testCase: TestCase
    ) -> Bool {
        switch execution.trace.end {
        case .stopped(.idle), .stopped(.blocked): false
        case .stopped: true
        default: cost(of: execution, testCase) > Self.dearCost
        }
    }

    /// What of the novel is to be shown again, and whether it comes before the target sleeps, so
    /// that repetitions need not wait. Seconds for each of them are spent on new calls alone.
    private mutating func worthRepeating(
        _ novel: [FeatureExtractor.Sighting], of testCase: TestCase,
        first: TargetExecutor.Execution
    ) throws -> (novel: [FeatureExtractor.Sighting], purpose: Patience.Purpose) {
        switch first.trace.end {
        case .stopped(.idle): return (novel, .repetition)
        case .stopped(.blocked): return (novel, .repetitionOfBlocked)
        case .stopped(.wallTime): break
        case .stopped: return (novel, .evidence)
        default: guard executor.patience.knowsLongSleep else { return (novel, .evidence) }
        }
        executor.patience.purpose = .repetition
        let shown = Set(try reexecute(testCase, anew: false).map(\.key))
        let early = novel.filter { shown.contains($0.key) }
        let hasLateCall = novel.contains { $0.kind.isOfCalls && !shown.contains($0.key) }
        return hasLateCall ? (novel, .evidence) : (early, .repetition)
    }

    /// Whether a test case cannot be played with a server that is up, as others can.
    private func needsOwnServer(_ testCase: TestCase) -> Bool {
        executor.hasStandingServer && !executor.isForStandingServer(testCase)
    }

    /// Whether nothing of a server is known yet. What it does at all is to be seen before anything
    /// else, however long it takes to come up.
    var isFirstOfServer: Bool { base.isVisited && corpus.isEmpty }

    /// What is worth repeating: each repetition by a server that is started in another way takes
    /// as long as hundreds of sessions.
    private func affordable(
        _ novel: [FeatureExtractor.Sighting], of testCase: TestCase
    ) -> [FeatureExtractor.Sighting] {
        guard needsOwnServer(testCase) else { return novel }
        return novel.filter(\.kind.isOfWholeExecutions)
    }

    /// The readable forms, while the trace that shows them is at hand.
    func describe(
        _ sightings: [FeatureExtractor.Sighting], in execution: TargetExecutor.Execution,
        tier: Tier
    ) -> [FeatureKey: Find.Novelty] {
        var descriptions: [FeatureKey: Find.Novelty] = [:]
        for sighting in sightings {
            guard
                let feature = extractor.feature(
                    of: sighting, in: execution.trace, segmentation: execution.segmentation,
                    learned: phases.segmentation, tier: tier)
            else { continue }
            descriptions[sighting.key] = Find.Novelty(
                key: sighting.key.rawValue, kind: sighting.kind.rawValue,
                description: feature.description, isStable: true)
        }
        return descriptions
    }

    /// What re-execution shows reliably, and the last execution that stopped at each call, if it
    /// showed all of that.
    struct Confirmation {
        var stable: Set<FeatureKey>
        var execution: TargetExecutor.Execution?
        /// What executions that stopped at each call have shown of what was to be confirmed.
        var proofs: [(execution: TargetExecutor.Execution, keys: Set<FeatureKey>)] = []
    }

    /// The features among those given that re-execution shows reliably, from `execve` as well, or
    /// all by visits of the server that is up to confirm.
    mutating func confirm(
        _ sightings: [FeatureExtractor.Sighting], of testCase: TestCase,
        inFew few: Bool, byVisits: Bool = false
    ) throws -> Confirmation {
        var last: (execution: TargetExecutor.Execution, keys: Set<FeatureKey>)?
        var proofs: [(execution: TargetExecutor.Execution, keys: Set<FeatureKey>)] = []
        var unproven = Set(sightings.map(\.key))
        var shown: [FeatureKey: Int] = [:]
        var shownAnew: [FeatureKey: Int] = [:]
        var (rounds, roundsAnew) = (0, 0)
        let isStrict = sightings.contains { $0.kind == .syscall }
        var limit = isStrict ? Self.strictConfirmations : Self.fullConfirmations
        // Of what visits confirm a server of its own has the last word.
        if few || byVisits && isStrict { limit = min(limit, Self.fewConfirmations) }
        func needed(for kind: Feature.Kind, of rounds: Int) -> Int {
            isStrict && kind <= .phasedSyscall ? rounds : min(rounds, Self.neededOfFull)
        }
        while rounds < limit {
            let isAnew = rounds % Self.freshConfirmations == 0
            rounds += 1
            if isAnew { roundsAnew += 1 }
            let execution =
                byVisits
                ? try executor.shownAgain(testCase)
                : isAnew ? try executor.execute(testCase) : try executor.repeated(testCase)
            extract(execution)
            for sighting in extractor.sightings {
                shown[sighting.key, default: 0] += 1
                if isAnew { shownAnew[sighting.key, default: 0] += 1 }
            }
            let keys = Set(extractor.sightings.map(\.key))
            if isAnew || byVisits { last = (execution, keys) }
            // Traces may be large.
            if !execution.isRecorded, !unproven.isDisjoint(with: keys) {
                executor.learn(from: execution)
                proofs.append((execution, keys))
                unproven.subtract(keys)
            }
            if !isStrict, rounds == Self.quickConfirmations,
                sightings.allSatisfy({ shown[$0.key] == rounds })
            {
                break
            }
            // A repetition may take seconds: none is made where the rest could not suffice.
            let isHopeless = sightings.allSatisfy {
                shown[$0.key, default: 0] + limit - rounds < needed(for: $0.kind, of: limit)
            }
            if isHopeless { return Confirmation(stable: [], proofs: proofs) }
        }
        let stable = Set(
            sightings.filter { sighting in
                shown[sighting.key, default: 0] >= needed(for: sighting.kind, of: rounds)
                    && shownAnew[sighting.key, default: 0] * 2 >= roundsAnew
            }.map(\.key))
        let execution = last.flatMap { stable.isSubset(of: $0.keys) ? $0.execution : nil }
        return Confirmation(stable: stable, execution: execution, proofs: proofs)
    }

    private mutating func reexecute(
        _ testCase: TestCase, anew: Bool = true
    ) throws -> [FeatureExtractor.Sighting] {
        let execution =
            anew ? try executor.execute(testCase) : try executor.repeated(testCase)
        extract(execution)
        return extractor.sightings
    }

    mutating func minimise(
        _ testCase: TestCase, showing keys: Set<FeatureKey>, kind: Feature.Kind
    ) throws -> TestCase {
        // What a server comes up with is no part of what it is told.
        var search = Minimisation(of: testCase, keeping: base.isVisited ? base : nil)
        var left = kind <= .site ? Self.minimisationBudget : Self.smallMinimisationBudget
        if needsOwnServer(testCase) { left = kind.isOfCalls ? Self.serverBudget : 0 }
        let tier = testCase.provocation
        while left > 0, executions < executionLimit, let candidate = search.next() {
            // A candidate of a higher tier would no longer be evidence for this one.
            guard candidate.provocation <= tier else { continue }
            // What is left at the end is confirmed from execve. What depends on the past of a
            // server shows there alone.
            let execution =
                candidate.sessions.contains(where: \.isLater)
                ? try executor.execute(candidate) : try executor.explore(candidate)
            left -= cost(of: execution, candidate)
            if executor.visitDrifted { left -= Self.restartCost }
            left -= executor.visitDuration / Self.timeOfOrdinary
            extract(execution)
            if keys.isSubset(of: extractor.sightings.map(\.key)) { search.accept() }
        }
        return search.smallest
    }

    /// The smaller test case if it shows everything twice more, else the original.
    ///
    /// - Parameter shown: an execution of the original that stopped at each call and showed it.
    private mutating func confirmed(
        _ candidate: TestCase, original: TestCase, showing keys: Set<FeatureKey>,
        shown: TargetExecutor.Execution?
    ) throws -> Shown {
        if candidate != original {
            let first = try reexecute(candidate, anew: false)
            let execution = try executor.execute(candidate)
            extract(execution)
            if keys.isSubset(of: first.map(\.key)),
                keys.isSubset(of: extractor.sightings.map(\.key))
            {
                return Shown(testCase: candidate, execution: execution)
            }
        }
        return Shown(testCase: original, execution: try shown ?? executor.execute(original))
    }

    /// What every one of the executions that confirm shows, and what an execution costs.
    mutating func measure(_ testCase: TestCase) throws -> Measurement {
        let execution = try executor.execute(testCase)
        extract(execution)
        var shown = Set(extractor.sightings.map(\.key))
        for _ in 1..<Self.quickConfirmations {
            shown.formIntersection(try reexecute(testCase).map(\.key))
        }
        return Measurement(
            features: shown.map(\.rawValue).sorted(), cost: cost(of: execution, testCase))
    }

    /// Below this much processor time, and so many times what executions of the target take, an
    /// execution's cost is a matter of its calls alone, so that it does not depend on the machine.
    private static let ordinaryTime = Duration.milliseconds(50)
    private static let ordinaryFactor = 4

    /// What one that had to be stopped costs more than an ordinary one, which takes about a
    /// millisecond: tenths of a second where it was blocked, seconds where it waited.
    private static let stoppedCost = 50.0
    private static let waitingCost = 400.0

    /// What an execution from `execve` costs more than a copy, in copies.
    private static let startCost = 5.0
    /// What each image costs that is executed, in copies: it is loaded and linked.
    private static let imageCost = 6.0

    /// One for an execution of a few hundred calls; one that had to be stopped, or that computes
    /// for long, is dear, and so is one that a copy cannot make.
    func cost(of execution: TargetExecutor.Execution, _ testCase: TestCase) -> Double {
        var cost = 1 + Double(execution.trace.events.count) / 500
        cost += Double(execution.trace.executedImages) * Self.imageCost
        switch execution.trace.end {
        case .stopped(.idle), .stopped(.wallTime): cost += Self.waitingCost
        case .stopped: cost += Self.stoppedCost
        default: break
        }
        let ordinary = max(
            Self.ordinaryTime, executor.patience.usualTime * Self.ordinaryFactor)
        if execution.trace.processorTime > ordinary {
            cost += execution.trace.processorTime / .milliseconds(5)
        }
        return cost + (executor.startsAnew(testCase) ? Self.startCost : 0)
    }

    private mutating func find(
        _ testCase: TestCase, id: String, parent: String?, tier: Tier, kind: Feature.Kind,
        novelties: [Find.Novelty], isKept: Bool, execution: TargetExecutor.Execution,
        larger: TargetExecutor.Execution? = nil, only keys: Set<FeatureKey>?, isStable: Bool,
        keepsTraces: Bool = true
    ) -> Find {
        // Made smaller, a test case shows less of what goes together; both are evidence.
        let shown = keepsTraces ? [execution.trace, larger?.trace] : []
        let traces = shown.compactMap { $0?.encoded() }
        for trace in traces { phases.keep(trace, tier: tier) }
        var observations = execution.trace.observations(
            segmentation: execution.segmentation, tier: tier, witness: id, execution: executions,
            seconds: 0, isStable: isStable)
        for index in observations.indices where observations[index].isStable {
            // What it shows besides may be what is known to come and go.
            observations[index].isStable = !observations[index].features.contains {
                coverage.isUnstable($0)
            }
        }
        return Find(
            testCase: String(decoding: testCase.inlineText(), as: UTF8.self), id: id,
            parent: parent, tier: tier, kind: kind.rawValue, novelties: novelties,
            isKept: isKept,
            observations: observations.filter { observation in
                keys.map { !$0.isDisjoint(with: observation.features) } ?? true
            },
            cost: cost(of: execution, testCase), traces: traces, execution: executions)
    }
}

extension Observation {
    /// The features that the observation is of: this call, and this call in its phase.
    fileprivate var features: [FeatureKey] {
        let facts: [Feature.Fact] = [.syscall(syscall), .phasedSyscall(syscall, phase)]
        return facts.map { Feature(role: role, fact: $0, tier: tier).key }
    }
}
