package import Traces

/// What the executions of test cases that were drawn anew have shown, by tier, and how the bounds
/// that were computed from it have held.
package struct Convergence: Codable, Sendable {
    /// One tier's executions.
    package struct Sample: Codable, Sendable {
        package fileprivate(set) var executions: UInt64 = 0
        /// How many executions showed each call in its phase, by the key of that feature.
        fileprivate var counts: [UInt64: UInt64] = [:]
        fileprivate var phases: [UInt64: String] = [:]
        fileprivate var open: Window?
        package fileprivate(set) var windows: [Window] = []
    }

    /// As many executions again as there were when bounds were computed: what they showed.
    package struct Window: Codable, Sendable {
        /// Executions before it.
        package let start: UInt64
        package fileprivate(set) var length: UInt64 = 0
        /// By phase, with "" for all of them.
        package let bounds: [String: Double]
        /// Executions that showed a call that the whole campaign had not seen before.
        package fileprivate(set) var novel: [String: UInt64] = [:]

        /// Bounds that the executions behind them have kept to, and all of them.
        var kept: (held: Int, all: Int) {
            let held = bounds.count { phase, bound in
                Double(novel[phase] ?? 0) <= bound * Double(length)
            }
            return (held, bounds.count)
        }
    }

    /// Before there are so many executions no bound is computed.
    private static let firstWindow: UInt64 = 64
    /// A campaign has converged when its bounds are at most this: one in a thousand.
    package static let threshold = 0.001

    private var samples: [Sample] = Tier.allCases.map { _ in Sample() }

    package init() {}

    package subscript(tier: Tier) -> Sample { samples[Int(tier.rawValue)] }

    /// Adds what a worker has seen.
    ///
    /// - Parameter phase: of a feature's key.
    mutating func record(_ report: FreshReport, phase: (UInt64) -> String?) {
        for part in report.parts {
            samples[Int(part.tier.rawValue)].record(part, phase: phase)
        }
    }

    /// Whether the bound of each of the tiers is at the threshold or below.
    package func isReached(for tiers: [Tier]) -> Bool {
        tiers.allSatisfy { self[$0].estimate().upperBound <= Self.threshold }
    }

    /// Bounds that the executions behind them have kept to, and all that could be tried.
    package var kept: (held: Int, all: Int) {
        samples.flatMap(\.windows).reduce((0, 0)) { total, window in
            (total.0 + window.kept.held, total.1 + window.kept.all)
        }
    }
}

extension Convergence.Sample {
    /// Phases in which a call was seen.
    package var phaseNames: Set<String> { Set(phases.values) }

    /// - Parameter phase: nil for all.
    package func estimate(phase: String? = nil) -> NoveltyEstimate {
        let counts = counts.filter { phase == nil || phases[$0.key] == phase }.map(\.value)
        return NoveltyEstimate(
            executions: executions, seen: counts.count, once: counts.count { $0 == 1 },
            twice: counts.count { $0 == 2 })
    }

    fileprivate mutating func record(
        _ part: FreshReport.Part, phase: (UInt64) -> String?
    ) {
        executions += part.executions
        for (key, count) in zip(part.keys, part.counts) {
            counts[key, default: 0] += count
            if phases[key] == nil { phases[key] = phase(key) }
        }
        if open != nil {
            open?.length += part.executions
            for keys in part.novel {
                for name in Set(keys.compactMap(phase) + [""]) {
                    open?.novel[name, default: 0] += 1
                }
            }
        }
        if let window = open, window.length >= window.start {
            windows.append(window)
            open = nil
        }
        if open == nil, executions >= Convergence.firstWindow {
            var bounds = ["": estimate().upperBound]
            for name in phaseNames { bounds[name] = estimate(phase: name).upperBound }
            open = Convergence.Window(start: executions, bounds: bounds)
        }
    }
}

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
