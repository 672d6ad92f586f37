internal import TestCases
internal import Traces

/// Confirming what sessions with a server that stays up have shown.
extension Fuzzer {
    /// A server that answers after this long keeps each repetition waiting as well.
    private static let dearVisit = Duration.milliseconds(200)

    /// Keeps what a session has shown until it is confirmed together with others.
    mutating func postpone(
        _ execution: TargetExecutor.Execution, of next: Candidate, tier: Tier,
        novel: [FeatureExtractor.Sighting]
    ) {
        let isDear =
            isDearToRepeat(execution, next.testCase) || executor.visitDuration >= Self.dearVisit
        let novel = isDear ? novel.filter(\.kind.isOfCalls) : novel
        guard !novel.isEmpty else { return }
        var execution = execution
        execution.trace = execution.trace.inLittleRoom
        pending.add(
            PendingFinds.Find(
                testCase: next.testCase, parent: next.parent, tier: tier, first: execution,
                novel: novel, earlier: executor.earlierVisits, changed: next.changed,
                part: next.part))
    }

    /// Confirms what sessions have shown: by one server for all of them that stops at each call,
    /// then, where policies are made from it, each by a server of its own, as it is replayed.
    ///
    /// - Parameters:
    ///   - isLast: whether nothing is confirmed later, so that no call may be left out.
    ///   - callsAlone: whether what matters less than calls never seen is dropped.
    mutating func confirmPending(
        isLast: Bool = false, callsAlone: Bool = false
    ) throws -> [Find] {
        var found = pending.take()
        if callsAlone { found.removeAll { $0.best != .syscall } }
        guard !found.isEmpty else { return [] }
        let start = executor.work.total
        let former = executor.work.turn(to: .confirmations)
        defer {
            executor.work.turn(to: former)
            shares.charge(nanoseconds: executor.work.total - start, to: .confirmations)
        }
        try executor.beginConfirming()
        var all: [ShownAgain] = []
        for find in found {
            if let again = try showAgain(find) { all.append(again) }
        }
        try executor.endConfirming()
        var finds: [Find] = []
        for again in all {
            let new = try keep(again, isLast: isLast)
            reward(new, changed: again.find.changed, part: again.find.part)
            finds += new
        }
        return finds
    }

    /// What the server that is there to confirm made of a find.
    private struct ShownAgain {
        var find: PendingFinds.Find
        var descriptions: [FeatureKey: Find.Novelty]
        var confirmation: Confirmation
        /// Made smaller; nil where nothing is stable, or there is no room.
        var witness: Shown?
    }

    /// Nil for what is known by now.
    private mutating func showAgain(_ find: PendingFinds.Find) throws -> ShownAgain? {
        var find = find
        find.novel.removeAll { coverage.knows($0.key, tier: find.tier) }
        guard !find.novel.isEmpty else { return nil }
        // Descriptions are of what was extracted last.
        extract(find.first)
        var again = ShownAgain(
            find: find, descriptions: describe(find.novel, in: find.first, tier: find.tier),
            confirmation: Confirmation(stable: []))
        let confirmation = try confirm(find.novel, of: find.testCase, inFew: false, byVisits: true)
        again.confirmation = confirmation
        let best = find.novel.filter { again.confirmation.stable.contains($0.key) }.map(\.kind)
            .min()
        guard let best, !best.isSequence || corpus.hasRoomForSequences else { return again }
        let smallest =
            isFirstOfServer
            ? find.testCase
            : try minimise(find.testCase, showing: again.confirmation.stable, kind: best)
        let execution = try executor.shownAgain(smallest)
        extract(execution)
        if again.confirmation.stable.isSubset(of: extractor.sightings.map(\.key)) {
            again.witness = Shown(testCase: smallest, execution: execution, isWhole: false)
        } else if let execution = confirmation.execution {
            again.witness = Shown(
                testCase: find.testCase, execution: execution, isWhole: false)
        }
        return again
    }

    /// Executes a test case with a server of its own that stops at each call. Sessions have shown
    /// it before the server was asked to end, so one that then sleeps for long is waited for only
    /// now and then, or where it does not show it.
    private mutating func shownByOwnServer(
        _ testCase: TestCase, showing keys: Set<FeatureKey>
    ) throws -> TargetExecutor.Execution {
        executor.patience.purpose = .search
        defer { executor.patience.purpose = .evidence }
        let execution = try executor.execute(testCase)
        guard case .stopped(.idle) = execution.trace.end else { return execution }
        extract(execution)
        guard !keys.isSubset(of: extractor.sightings.map(\.key)) else { return execution }
        executor.patience.purpose = .evidence
        return try executor.execute(testCase)
    }

    /// Takes a find into the corpus. What policies are made from has to be shown by a server of its
    /// own, from its start to its end.
    private mutating func keep(_ again: ShownAgain, isLast: Bool) throws -> [Find] {
        var again = again
        // A server that begins to confirm may differ from one that is new: that has the last word.
        let unshown = again.find.novel.filter {
            $0.kind.isOfCalls && !again.confirmation.stable.contains($0.key)
        }
        again.find.novel.removeAll { sighting in unshown.contains { $0.key == sighting.key } }
        let telling = again.find.novel.contains {
            again.confirmation.stable.contains($0.key) && $0.kind.isOfWholeExecutions
        }
        if telling {
            var candidates = [again.find.testCase]
            if let smaller = again.witness?.testCase, smaller != again.find.testCase {
                candidates.insert(smaller, at: 0)
            }
            var best: (shown: Shown, stable: Set<FeatureKey>)?
            for testCase in candidates {
                let execution = try shownByOwnServer(testCase, showing: again.confirmation.stable)
                extract(execution)
                let stable = again.confirmation.stable.intersection(extractor.sightings.map(\.key))
                if stable.count > best?.stable.count ?? 0 {
                    best = (Shown(testCase: testCase, execution: execution), stable)
                }
                if stable.count == again.confirmation.stable.count { break }
            }
            again.witness = best?.shown
            again.confirmation.stable = best?.stable ?? []
        }
        let finds = try conclude(
            again.find, by: again.confirmation, in: again.witness,
            descriptions: again.descriptions)
        guard !unshown.isEmpty else { return finds }
        // What the server was told before may take seconds.
        let hasCall = unshown.contains { $0.kind == .syscall }
        let isAffordable =
            hasCall ? isLast || shares.admitsConfirmingCalls : shares.admits(.confirmations)
        guard isAffordable else {
            // What matters less shows itself again.
            if hasCall {
                again.find.novel = unshown
                pending.add(again.find)
            }
            return finds
        }
        extract(again.find.first)
        return try finds
            + triage(
                again.find.testCase, parent: again.find.parent, tier: again.find.tier,
                first: again.find.first, novel: unshown, after: again.find.earlier)
    }
}
