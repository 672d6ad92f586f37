internal import Mutation
internal import TestCases
internal import Traces

/// What sessions have shown and nothing has confirmed yet: one server is started for several finds.
struct PendingFinds: Sendable {
    /// One test case that showed something novel.
    struct Find: Sendable {
        var testCase: TestCase
        var parent: String?
        var tier: Tier
        /// The execution that showed it.
        var first: TargetExecutor.Execution
        var novel: [FeatureExtractor.Sighting]
        /// What the server had been told before, visit by visit.
        var earlier: [[TestCase.Session]]
        /// What led to it, see ``Fuzzer/Candidate``.
        var changed: Set<Dimension> = []
        var part: SweepShare.Part?

        var best: Feature.Kind? { novel.map(\.kind).min() }
    }

    private(set) var finds: [Find] = []
    /// Features that finds wait for are not novel again.
    private(set) var keys: Set<FeatureKey> = []
    /// Test cases since the first of them came.
    private var waited = 0
    /// Whether one of them tells of a call never seen.
    private(set) var hasCall = false
    /// Whether nothing was handed over before: what a server does at all is not kept waiting.
    private var isFirst = true

    /// So many are worth a server.
    private static let usual = 16
    /// More are not remembered: what is left out shows itself again.
    static let most = 32
    /// In test cases: how long a find waits for others, and how long one that tells of a call does.
    private static let patience = 512
    private static let patienceForCalls = 32

    /// Whether they are to be confirmed now.
    ///
    /// - Parameters:
    ///   - isAffordable: whether there is time for what matters less than calls never seen.
    ///   - areCallsAffordable: whether there is for these; the first are whatever time that takes.
    func isDue(isAffordable: Bool, areCallsAffordable: Bool) -> Bool {
        guard !finds.isEmpty else { return false }
        if hasCall {
            let hasWaited = finds.count >= Self.usual || waited >= Self.patienceForCalls
            return isFirst || areCallsAffordable && hasWaited
        }
        return isAffordable && (finds.count >= Self.usual || waited >= Self.patience)
    }

    mutating func noteTestCase() { if !finds.isEmpty { waited += 1 } }

    mutating func add(_ find: Find) {
        if finds.count >= Self.most {
            // The later of two that matter as little: it has waited less.
            guard let least = finds.indices.max(by: { rank($0) < rank($1) }), let best = find.best,
                let worst = finds[least].best, best < worst
            else { return }
            keys.subtract(finds.remove(at: least).novel.map(\.key))
        }
        keys.formUnion(find.novel.map(\.key))
        if find.best == .syscall { hasCall = true }
        finds.append(find)
    }

    private func rank(_ index: Int) -> Feature.Kind { finds[index].best ?? .triple }

    /// Hands all over, those that matter most first.
    mutating func take() -> [Find] {
        defer {
            self = PendingFinds()
            isFirst = false
        }
        return finds.indices.sorted { (rank($0), $0) < (rank($1), $1) }.map { finds[$0] }
    }
}

extension Feature.Kind {
    /// Whether it tells of a call that was not seen, at all or in its phase.
    var isOfCalls: Bool { self <= .phasedSyscall }

    /// Whether what it tells of is kept with the executions that show it, from a start to its end.
    var isOfWholeExecutions: Bool { isOfPolicies || self == .site }

    /// Whether policies are made from it.
    var isOfPolicies: Bool {
        switch self {
        case .syscall, .phasedSyscall, .learnedPhase, .arguments, .image, .foreignSyscall: true
        case .site, .outcome, .phasePath, .pair, .triple: false
        }
    }
}
