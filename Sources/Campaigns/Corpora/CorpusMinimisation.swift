internal import Store
internal import TestCases
internal import Traces

/// Chooses few test cases that show all that the corpus was kept for, and drops the rest.
///
/// Every test case is executed again: what one shows besides what it was kept for is in no store.
package struct CorpusMinimisation: Sendable, Encodable {
    package var campaign: String
    /// Test cases of the schedule.
    package var before: Int
    package var after: Int
    /// What they were kept for, at the tier that provokes least.
    package var features: Int
    /// Of them those that both executions of no test case showed this time; they stay with the
    /// test cases that were kept for them.
    package var unshown: Int
    /// Those of the rest that stay as the witness of a call, or as a feature's only example.
    package var witnesses: Int
    package var dropped: Int

    /// Holds the campaign's lock until it is done; nothing is changed before all is known.
    ///
    /// - Parameter progress: is told how many of how many are executed.
    package static func run(
        _ record: CampaignRecord, progress: (Int, Int) -> Void
    ) throws -> CorpusMinimisation {
        var writer = try CampaignWriter.open(record.folder)
        let entries = try writer.reader.corpus().filter { $0.isConfirmed && $0.isScheduled }
        let universe = try Universe(entries, features: writer.reader.features())
        // The features that test cases were kept for are by the search's phases.
        let replay = try Replay.start(record, phases: record.setup.phases)
        var candidates: [SetCover.Candidate] = []
        for (index, entry) in entries.enumerated() {
            progress(index, entries.count)
            guard let testCase = try writer.reader.testCase(entry.id) else {
                candidates.append(.init(elements: [], rank: 0, cost: 1))
                continue
            }
            candidates.append(
                universe.candidate(entry, testCase, try replay.measure(testCase)))
        }
        let unshown = universe.assignUnshown(to: &candidates, entries)
        let order = universe.order(of: candidates, entries)
        let choices = SetCover.choose(
            from: order.map { candidates[$0] }, elementCount: universe.count)
        var selection = CorpusSelection()
        for choice in choices {
            let entry = entries[order[choice.candidate]]
            selection.features[entry.id] = choice.elements.map { universe.keys[$0] }
        }
        let dropped = try writer.keep(selection)
        return CorpusMinimisation(
            campaign: record.folder, before: entries.count, after: choices.count,
            features: universe.count, unshown: unshown,
            witnesses: entries.count - choices.count - dropped,
            dropped: dropped)
    }

    /// A sentence for people.
    package var sentence: String {
        let again = unshown == 0 ? "" : ", \(unshown) of which were not seen this time"
        let kept = witnesses == 0 ? "" : "; \(witnesses) more stay as witnesses"
        return """
            \(campaign): \(before) test cases before, \(after) after, for the same \(features) \
            features\(again)\(kept); \(dropped) dropped.
            """
    }
}

/// The features that a smaller corpus has to show, each with the tier that is needed.
private struct Universe {
    /// By element.
    private(set) var keys: [Bytes] = []
    private var tiers: [Tier] = []
    private var elements: [UInt64: Int] = [:]
    /// What is told by phases that a worker has learned on its way, which are not known here.
    private var learned: Set<UInt64> = []

    var count: Int { keys.count }

    init(_ entries: [CorpusEntry], features: [FoundFeature]) {
        learned = Set(
            features.filter { $0.kind == Feature.Kind.learnedPhase.name }
                .map { Self.number($0.key) })
        let examples = Dictionary(
            grouping: features.filter(\.isStable), by: \.testCase)
        for entry in entries {
            for key in entry.keptFor + (examples[entry.id] ?? []).map(\.key) {
                let number = Self.number(key)
                if let element = elements[number] {
                    tiers[element] = min(tiers[element], entry.tier)
                } else {
                    elements[number] = keys.count
                    keys.append(key)
                    tiers.append(entry.tier)
                }
            }
        }
    }

    private static func number(_ key: Bytes) -> UInt64 {
        key.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// What a test case can stand for: it must not provoke more than is needed.
    func candidate(
        _ entry: CorpusEntry, _ testCase: TestCase, _ measurement: Measurement
    ) -> SetCover.Candidate {
        let shown = measurement.features.compactMap { elements[$0] }
            .filter { entry.tier <= tiers[$0] }
        let cost =
            measurement.cost + Double(testCase.arguments.count) / 4 + Double(entry.size) / 4_096
        return SetCover.Candidate(elements: shown, rank: Int(entry.tier.rawValue), cost: cost)
    }

    /// What no execution showed this time stays with those that were kept for it; returns how many
    /// features that are, besides those of learned phases.
    func assignUnshown(
        to candidates: inout [SetCover.Candidate], _ entries: [CorpusEntry]
    ) -> Int {
        var isShown = [Bool](repeating: false, count: count)
        for candidate in candidates {
            for element in candidate.elements { isShown[element] = true }
        }
        for (index, entry) in entries.enumerated() {
            let own = entry.keptFor.compactMap { elements[Self.number($0)] }
            candidates[index].elements += Set(own).filter {
                !isShown[$0] && entry.tier <= tiers[$0]
            }.sorted()
        }
        return elements.count { !isShown[$0.value] && !learned.contains($0.key) }
    }

    /// The simplest first, for those that are worth the same.
    func order(of candidates: [SetCover.Candidate], _ entries: [CorpusEntry]) -> [Int] {
        candidates.indices.sorted {
            (candidates[$0].cost, entries[$0].size, entries[$0].id)
                < (candidates[$1].cost, entries[$1].size, entries[$1].id)
        }
    }
}
