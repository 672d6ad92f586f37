internal import Traces

/// The features that are known, how often each was seen, and at which tier first.
///
/// A feature is novel when it is unknown, or known only from a tier that provokes more.
struct Coverage: Sendable {
    private struct Knowledge {
        var tier: Tier
        var hits: UInt64
    }

    private var known: [FeatureKey: Knowledge] = [:]
    /// Features that re-execution did not show reliably, and how often they were seen since.
    private var unstable: [FeatureKey: Doubt] = [:]

    private struct Doubt {
        var tier: Tier
        var sightings: UInt64 = 0

        /// Another input may show the feature reliably; it is tried again ever more seldom, at
        /// the 8th, 16th, 32nd sighting and so on.
        mutating func deservesRetry() -> Bool {
            sightings += 1
            return sightings >= 8 && sightings.nonzeroBitCount == 1
        }
    }

    init() {}

    var count: Int { known.count }

    /// Counts the sightings of an execution and returns those that are novel at its tier.
    mutating func observe(
        _ sightings: [FeatureExtractor.Sighting], tier: Tier
    ) -> [FeatureExtractor.Sighting] {
        var novel: [FeatureExtractor.Sighting] = []
        for sighting in sightings {
            if let index = known.index(forKey: sighting.key) {
                known.values[index].hits += 1
                guard known.values[index].tier > tier else { continue }
            }
            if let index = unstable.index(forKey: sighting.key),
                unstable.values[index].tier <= tier, !unstable.values[index].deservesRetry()
            {
                continue
            }
            novel.append(sighting)
        }
        return novel
    }

    mutating func add(_ key: FeatureKey, tier: Tier) {
        guard let index = known.index(forKey: key) else {
            known[key] = Knowledge(tier: tier, hits: 1)
            return
        }
        known.values[index].tier = min(known.values[index].tier, tier)
    }

    mutating func addUnstable(_ key: FeatureKey, tier: Tier) {
        unstable[key, default: Doubt(tier: tier)].tier = min(tier, unstable[key]?.tier ?? tier)
    }

    /// Whether re-execution did not show the feature reliably when it was tried, and nothing has
    /// since.
    func isUnstable(_ key: FeatureKey) -> Bool { unstable[key] != nil && known[key] == nil }

    /// How rare a feature is: one over the executions that showed it.
    func rarity(of key: FeatureKey) -> Double {
        1 / Double(max(1, known[key]?.hits ?? 1))
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
        for (key, knowledge) in known {
            state.keys.append(key.rawValue)
            state.tiers.append(knowledge.tier.rawValue)
            state.hits.append(knowledge.hits)
        }
        for (key, doubt) in unstable {
            state.unstableKeys.append(key.rawValue)
            state.unstableTiers.append(doubt.tier.rawValue)
        }
        return state
    }

    mutating func restore(_ state: State) {
        for ((key, tier), hits) in zip(zip(state.keys, state.tiers), state.hits) {
            guard let tier = Tier(rawValue: tier) else { continue }
            known[FeatureKey(rawValue: key)] = Knowledge(tier: tier, hits: hits)
        }
        for (key, tier) in zip(state.unstableKeys, state.unstableTiers) {
            guard let tier = Tier(rawValue: tier) else { continue }
            addUnstable(FeatureKey(rawValue: key), tier: tier)
        }
    }
}
