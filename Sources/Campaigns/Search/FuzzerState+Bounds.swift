internal import Mutation
internal import Store

extension FuzzerState {
    /// What a store says that the state was, within what a state can be: whoever wrote the store may
    /// have written any number, and the search counts on from them.
    var bounded: FuzzerState {
        var result = self
        result.sweepIndex = Int(StoredCount.bounded(sweepIndex))
        result.seedIndex = Int(StoredCount.bounded(seedIndex))
        result.entries = entries.mapValues {
            EntryState(picks: StoredCount.bounded($0.picks), cost: LearnedNumber.cost($0.cost))
        }
        result.coverage.hits = coverage.hits.map(StoredCount.bounded)
        result.options?.counts = options?.counts.map(\.bounded) ?? []
        result.postponed = postponed?.filter { $0 >= 0 }
        result.schedule = schedule?.bounded
        result.sweepShare = sweepShare?.bounded
        return result
    }
}

/// Bounds of what a search has learned in numbers that are no counts.
enum LearnedNumber {
    private static let most = 1e12

    /// What something is worth: nothing or more.
    static func gain(_ number: Double) -> Double { number > 0 ? min(number, most) : 0 }

    /// What something took, by which others are divided: above zero.
    static func cost(_ number: Double) -> Double { number > 1e-6 ? min(number, most) : 1 }
}

extension OptionUsage.Count {
    /// Within what is ever counted.
    var bounded: OptionUsage.Count {
        var result = self
        result.executed = StoredCount.bounded(executed)
        result.accepted = StoredCount.bounded(accepted)
        result.refused = StoredCount.bounded(refused)
        result.unknown = StoredCount.bounded(unknown)
        return result
    }
}
