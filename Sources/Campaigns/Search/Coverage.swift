internal import Traces

/// The features that are known, how often each was seen, and at which tier first.
///
/// A feature is novel when it is unknown, or known only from a tier that provokes more.
struct Coverage: Sendable {
    private struct Knowledge {
        /// Nil as long as it is not known.
        var tier: Tier?
        var hits: UInt64 = 0
        /// That re-execution did not show it reliably, nil when it was not tried in vain.
        var doubt: Doubt?
    }

    private struct Doubt {
        var tier: Tier
        /// Whether an execution that was stopped at each call has shown it all the same.
        var isProven = false
        /// How often it was seen since.
        var sightings: UInt64 = 0

        /// Another input may show the feature reliably; it is tried again ever more seldom, at
        /// the 8th, 16th, 32nd sighting and so on.
        mutating func deservesRetry() -> Bool {
            sightings += 1
            return sightings >= 8 && sightings.nonzeroBitCount == 1
        }
    }

    private var table = KeyTable<Knowledge>()
    /// Features that are known.
    private(set) var count = 0

    init() {}

    /// Counts the sightings of an execution and returns those that are novel at its tier.
    ///
    /// - Parameter isRecorded: whether the target wrote them down itself. What it wrote and no
    ///   execution has proven is novel once one does.
    mutating func observe(
        _ sightings: [FeatureExtractor.Sighting], tier: Tier, isRecorded: Bool = false
    ) -> [FeatureExtractor.Sighting] {
        var novel: [FeatureExtractor.Sighting] = []
        for sighting in sightings {
            if let place = table.place(of: sighting.key),
                !isNovel(at: place, tier: tier, isRecorded: isRecorded)
            {
                continue
            }
            novel.append(sighting)
        }
        return novel
    }

    @inline(__always)
    private mutating func isNovel(at place: Int, tier: Tier, isRecorded: Bool) -> Bool {
        if let known = table.values[place].tier {
            table.values[place].hits += 1
            guard known > tier else { return false }
        }
        guard let doubt = table.values[place].doubt, doubt.tier <= tier else { return true }
        if !doubt.isProven, !isRecorded { return true }
        return table.values[place].doubt?.deservesRetry() ?? true
    }

    /// Whether a feature is known from a tier that provokes no more.
    func knows(_ key: FeatureKey, tier: Tier) -> Bool {
        table.place(of: key).flatMap { table.values[$0].tier }.map { $0 <= tier } ?? false
    }

    mutating func add(_ key: FeatureKey, tier: Tier) {
        let place = table.place(of: key, adding: Knowledge())
        if let known = table.values[place].tier {
            table.values[place].tier = min(known, tier)
        } else {
            table.values[place].tier = tier
            table.values[place].hits = 1
            count += 1
        }
    }

    /// - Parameter isProven: whether an execution that was stopped at each call has shown it.
    mutating func addUnstable(_ key: FeatureKey, tier: Tier, isProven: Bool) {
        let place = table.place(of: key, adding: Knowledge())
        var doubt = table.values[place].doubt ?? Doubt(tier: tier)
        doubt.isProven = doubt.isProven || isProven
        doubt.tier = min(tier, doubt.tier)
        table.values[place].doubt = doubt
    }

    /// Whether re-execution did not show the feature reliably when it was tried, and nothing has
    /// since.
    func isUnstable(_ key: FeatureKey) -> Bool {
        guard let place = table.place(of: key) else { return false }
        return table.values[place].doubt != nil && table.values[place].tier == nil
    }

    /// How rare a feature is: one over the executions that showed it.
    func rarity(of key: FeatureKey) -> Double {
        let hits = table.place(of: key).map { table.values[$0].hits } ?? 1
        return 1 / Double(max(1, hits))
    }

    // MARK: Saving

    /// Everything that is known, as flat lists that agree by index.
    struct State: Sendable, Codable {
        var keys: [UInt64] = []
        var tiers: [UInt8] = []
        var hits: [UInt64] = []
        var unstableKeys: [UInt64] = []
        var unstableTiers: [UInt8] = []
    }

    var state: State {
        var state = State()
        for (key, knowledge) in zip(table.keys, table.values) {
            if let tier = knowledge.tier {
                state.keys.append(key.rawValue)
                state.tiers.append(tier.rawValue)
                state.hits.append(knowledge.hits)
            }
            if let doubt = knowledge.doubt {
                state.unstableKeys.append(key.rawValue)
                state.unstableTiers.append(doubt.tier.rawValue)
            }
        }
        return state
    }

    mutating func restore(_ state: State) {
        for ((key, tier), hits) in zip(zip(state.keys, state.tiers), state.hits) {
            guard let tier = Tier(rawValue: tier) else { continue }
            let place = table.place(of: FeatureKey(rawValue: key), adding: Knowledge())
            if table.values[place].tier == nil { count += 1 }
            table.values[place].tier = tier
            table.values[place].hits = hits
        }
        for (key, tier) in zip(state.unstableKeys, state.unstableTiers) {
            guard let tier = Tier(rawValue: tier) else { continue }
            addUnstable(FeatureKey(rawValue: key), tier: tier, isProven: false)
        }
    }
}
