import Mutation
import Testing
import Traces

@testable import Campaigns

@Suite("Convergence")
struct ConvergenceTests {
    @Test(
        "a bound is above zero and at most one, whatever was seen",
        arguments: [0, 1, 2, 3, 4, 100, 1_000_000, UInt64.max], [0, 1, 5, 400])
    func range(executions: UInt64, once: Int) {
        let estimate = NoveltyEstimate(executions: executions, seen: 400, once: once, twice: 0)
        #expect(estimate.upperBound > 0)
        #expect(estimate.upperBound <= 1)
        #expect(estimate.coverage.map { (0...1).contains($0) } ?? true)
    }

    @Test("without calls that one execution alone showed it is the rule of three")
    func ruleOfThree() {
        let estimate = NoveltyEstimate(executions: 3000, seen: 9, once: 0, twice: 1)
        #expect(abs(estimate.upperBound - 0.001) < 0.00002)
        #expect(estimate.coverage == 1)
    }

    /// Calls of which the k-th is shown with a chance of 2 to the minus k.
    private static func report(
        _ executions: Int, known: inout Set<UInt64>, _ generator: inout SeededGenerator
    ) -> FreshReport {
        var counts: [UInt64: UInt64] = [:]
        var novel: [[UInt64]] = []
        for _ in 0..<executions {
            var new: [UInt64] = []
            for key in UInt64(0)..<16 where generator.chance(1, in: 1 << Int(key)) {
                counts[key, default: 0] += 1
                if known.insert(key).inserted { new.append(key) }
            }
            if !new.isEmpty { novel.append(new) }
        }
        let keys = counts.keys.sorted()
        return FreshReport(parts: [
            .init(
                tier: .natural, executions: UInt64(executions), keys: keys,
                counts: keys.map { counts[$0] ?? 0 }, novel: novel)
        ])
    }

    @Test("bounds hold about as often as they say when executions are independent")
    func calibration() {
        var total = (held: 0, all: 0)
        for seed in UInt64(1)...200 {
            var generator = SeededGenerator(seed: seed)
            var known: Set<UInt64> = []
            var convergence = Convergence()
            for _ in 0..<128 {
                let report = Self.report(16, known: &known, &generator)
                convergence.record(report) { $0 < 8 ? "init" : "work" }
            }
            total.held += convergence.kept.held
            total.all += convergence.kept.all
        }
        #expect(total.all > 2000)
        #expect(Double(total.held) >= 0.95 * Double(total.all))
        // One that always holds would say nothing.
        #expect(total.held < total.all)
    }

    @Test("a campaign has converged when the bound of each of its tiers is small")
    func threshold() {
        var convergence = Convergence()
        func record(_ tier: Tier, _ executions: UInt64) {
            convergence.record(
                FreshReport(parts: [
                    .init(
                        tier: tier, executions: executions, keys: [7], counts: [executions],
                        novel: [])
                ])
            ) { _ in "work" }
        }
        record(.natural, 2900)
        #expect(!convergence.isReached(for: [.natural]))
        record(.natural, 200)
        #expect(convergence.isReached(for: [.natural]))
        #expect(!convergence.isReached(for: [.natural, .injected]))
        record(.injected, 5000)
        #expect(convergence.isReached(for: [.natural, .injected]))
    }
}
