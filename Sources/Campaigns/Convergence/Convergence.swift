internal import Store
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

    private enum CodingKeys: CodingKey {
        case samples
    }

    /// Takes no more from a store than can be: one sample for each tier, and counts that can be
    /// counted on from.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let stored = try container.decode([Sample].self, forKey: .samples)
        guard stored.count == samples.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .samples, in: container, debugDescription: "not one for each tier")
        }
        samples = stored.map(\.bounded)
    }

    package subscript(tier: Tier) -> Sample { samples[Int(tier.rawValue)] }

    /// Adds what a worker has seen.
    ///
    /// - Parameter phase: of a feature's key.
    mutating func record(_ report: FreshReport, phase: (UInt64) -> String?) {
        for part in report.parts {
            samples[Int(part.tier.rawValue)].record(part, phase: phase)
        }
    }

    /// What is to be said of one phase of one tier.
    package struct Row: Sendable {
        package let tier: Tier
        /// Nil for all phases together.
        package let phase: String?
        package let estimate: NoveltyEstimate
    }

    /// By tier, then phase, all phases of a tier first; tiers without an execution are left out.
    package func rows(of tiers: [Tier]) -> [Row] {
        tiers.sorted().filter { self[$0].executions > 0 }.flatMap { tier in
            let phases = self[tier].phaseNames.sorted().map { Optional($0) }
            return ([nil] + phases).map { phase in
                Row(tier: tier, phase: phase, estimate: self[tier].estimate(phase: phase))
            }
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

extension Convergence.Window {
    fileprivate var bounded: Convergence.Window {
        var result = Convergence.Window(
            start: StoredCount.bounded(start), bounds: bounds.mapValues { min(1, max(0, $0)) })
        result.length = StoredCount.bounded(length)
        result.novel = novel.mapValues(StoredCount.bounded)
        return result
    }
}

extension Convergence.Sample {
    fileprivate var bounded: Convergence.Sample {
        var result = self
        result.executions = StoredCount.bounded(executions)
        result.counts = counts.mapValues(StoredCount.bounded)
        result.open = open?.bounded
        result.windows = windows.map(\.bounded)
        return result
    }

    /// Phases in which a call was seen.
    fileprivate var phaseNames: Set<String> { Set(phases.values) }

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
