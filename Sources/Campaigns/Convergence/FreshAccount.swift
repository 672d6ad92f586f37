internal import Traces

/// What test cases that were drawn anew have shown since the last report.
struct FreshReport: Codable, Sendable {
    struct Part: Codable, Sendable {
        var tier: Tier
        var executions: UInt64
        /// Keys of calls in phases, and how many executions showed each.
        var keys: [UInt64]
        var counts: [UInt64]
        /// For each execution that showed some that were never seen before: their keys.
        var novel: [[UInt64]]
    }

    var parts: [Part]
}

/// A worker's account of test cases that are drawn anew.
struct FreshAccount: Sendable {
    private struct Part: Sendable {
        var executions: UInt64 = 0
        var counts = KeyTable<UInt64>()
        var novel: [[UInt64]] = []
    }

    private var parts = Tier.allCases.map { _ in Part() }

    mutating func add(
        _ sightings: [FeatureExtractor.Sighting], novel: [FeatureExtractor.Sighting], tier: Tier
    ) {
        let index = Int(tier.rawValue)
        parts[index].executions += 1
        for sighting in sightings where sighting.kind == .phasedSyscall {
            let place = parts[index].counts.place(of: sighting.key, adding: 0)
            parts[index].counts.values[place] += 1
        }
        let keys = novel.filter { $0.kind == .phasedSyscall }.map(\.key.rawValue)
        if !keys.isEmpty { parts[index].novel.append(keys) }
    }

    /// Hands over what was added since the last time.
    mutating func take() -> FreshReport {
        var report = FreshReport(parts: [])
        for tier in Tier.allCases where parts[Int(tier.rawValue)].executions > 0 {
            let part = parts[Int(tier.rawValue)]
            report.parts.append(
                FreshReport.Part(
                    tier: tier, executions: part.executions, keys: part.counts.keys.map(\.rawValue),
                    counts: part.counts.values, novel: part.novel))
            parts[Int(tier.rawValue)] = Part()
        }
        return report
    }
}
