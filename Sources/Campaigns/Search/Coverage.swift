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
    /// Features that re-execution did not show reliably, at the tier tried: not novel again.
    private var unstable: [FeatureKey: Tier] = [:]

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
            if let tried = unstable[sighting.key], tried <= tier { continue }
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
        unstable[key] = min(tier, unstable[key] ?? tier)
    }

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
        for (key, tier) in unstable {
            state.unstableKeys.append(key.rawValue)
            state.unstableTiers.append(tier.rawValue)
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
