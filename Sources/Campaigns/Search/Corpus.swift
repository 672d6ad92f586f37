internal import Mutation
internal import TestCases
internal import Traces

/// The test cases that were kept, and the choice of the next parent among them.
struct Corpus: Sendable {
    struct Entry: Sendable {
        let testCase: TestCase
        let id: String
        /// The most telling kind among the features it was kept for; nil for one that showed no
        /// feature and only had a function entered for the first time.
        let kind: Feature.Kind?
        /// Those features' keys.
        let features: [FeatureKey]
        /// Relative price of an execution, 1 for an ordinary one.
        var cost: Double
        /// How often it was chosen as a parent.
        var picks: UInt64 = 0
    }

    private(set) var entries: [Entry] = []
    private var positions: [String: Int] = [:]
    /// Entries that are there for sequences alone.
    private var sequenceEntries = 0
    /// Entries that are there for a function alone.
    private var functionEntries = 0

    init() {}

    var isEmpty: Bool { entries.isEmpty }

    /// Sequences may fill a fifth of the corpus: there are always more of them, and they would
    /// crowd out what matters. The first few are let in before there is anything to crowd out.
    var hasRoomForSequences: Bool {
        sequenceEntries < max(16, entries.count / 5)
    }

    /// So may entries that only entered a function first: they showed no new call.
    var hasRoomForFunctions: Bool {
        functionEntries < max(16, entries.count / 5)
    }

    func contains(_ id: String) -> Bool { positions[id] != nil }

    func entry(_ id: String) -> Entry? { positions[id].map { entries[$0] } }

    mutating func append(_ entry: Entry) {
        guard positions[entry.id] == nil else { return }
        positions[entry.id] = entries.count
        entries.append(entry)
        if entry.kind?.isSequence == true { sequenceEntries += 1 }
        if entry.kind == nil { functionEntries += 1 }
    }

    /// Gives an entry back what the schedule had learned before the campaign was resumed.
    mutating func restore(_ state: FuzzerState.EntryState, of id: String) {
        guard let index = positions[id] else { return }
        entries[index].picks = state.picks
        entries[index].cost = state.cost
    }

    /// Chooses a parent: of a few drawn at random the one with the most energy. Drawing some and
    /// comparing costs the same however large the corpus is, and leaves every entry a chance.
    mutating func pick(
        _ coverage: Coverage, using generator: inout SeededGenerator
    ) -> Entry? {
        guard !entries.isEmpty else { return nil }
        var best = generator.below(entries.count)
        var bestEnergy = energy(of: best, coverage)
        for _ in 0..<3 {
            let other = generator.below(entries.count)
            let otherEnergy = energy(of: other, coverage)
            if otherEnergy > bestEnergy { (best, bestEnergy) = (other, otherEnergy) }
        }
        entries[best].picks += 1
        return entries[best]
    }

    /// The newest test cases of which no two have the same command line, without what was kept for
    /// sequences alone.
    func recentCommandLines(_ limit: Int) -> [TestCase] {
        var known: Set<[Bytes]> = []
        var found: [TestCase] = []
        for entry in entries.reversed() where found.count < limit {
            guard entry.kind?.isSequence == false, known.insert(entry.testCase.arguments).inserted
            else { continue }
            found.append(entry.testCase)
        }
        return found
    }

    func any(using generator: inout SeededGenerator) -> TestCase? {
        generator.element(of: entries)?.testCase
    }

    /// More for what matters, is rare, cheap and was seldom chosen.
    private func energy(of index: Int, _ coverage: Coverage) -> Double {
        // Not as one value: a copy of a test case is dear.
        let importance = entries[index].kind?.importance ?? 1
        // A function is entered first but once.
        var rarest = entries[index].kind == nil ? 1.0 : 0.0
        for position in 0..<min(8, entries[index].features.count) {
            rarest = max(rarest, coverage.rarity(of: entries[index].features[position]))
        }
        return importance * (0.1 + rarest.squareRoot())
            / (entries[index].cost * Double(1 + entries[index].picks).squareRoot())
    }
}
