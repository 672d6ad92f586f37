import Mutation
import TestCases
import Testing
import Traces

@testable import Campaigns

@Suite("Schedule of dimensions")
struct DimensionScheduleTests {
    private static let prior = DimensionWeights(allowing: [.natural])

    /// How often each dimension is drawn by weight, in so many draws.
    private func draws(
        _ schedule: inout DimensionSchedule, count: Int = 4_000
    ) -> [Dimension: Double] {
        var generator = SeededGenerator(seed: 5)
        var sums: [Dimension: Double] = [:]
        for _ in 0..<count {
            let weights = schedule.weights(using: &generator)
            let total = Dimension.allCases.reduce(0.0) { $0 + Double(weights[$1]) }
            for dimension in Dimension.allCases {
                sums[dimension, default: 0] += Double(weights[dimension]) / total / Double(count)
            }
        }
        return sums
    }

    @Test("before anything is known the shares are about the prior's")
    func prior() {
        var schedule = DimensionSchedule(prior: Self.prior)
        let shares = draws(&schedule)
        let total = Dimension.allCases.reduce(0.0) { $0 + Double(Self.prior[$1]) }
        for dimension in Dimension.allCases {
            let expected = Double(Self.prior[dimension]) / total
            #expect(abs(shares[dimension, default: 0] - expected) < 0.06)
        }
    }

    @Test("what finds more for its cost is chosen more, and nothing less than its floor")
    func yield() {
        var schedule = DimensionSchedule(prior: Self.prior)
        for round in 0..<2_000 {
            schedule.charge(1, to: [.environment])
            schedule.charge(1, to: [.files])
            // As fruitful, at twenty times the cost.
            schedule.charge(20, to: [.sessions])
            if round % 10 == 0 {
                schedule.reward(.syscall, to: [.environment])
                schedule.reward(.syscall, to: [.sessions])
            }
        }
        let shares = draws(&schedule)
        #expect(shares[.environment, default: 0] > 0.5)
        #expect(shares[.environment, default: 0] > 4 * shares[.sessions, default: 0])
        #expect(shares[.environment, default: 0] > 8 * shares[.files, default: 0])
        for dimension in Dimension.allCases where Self.prior[dimension] > 0 {
            #expect(shares[dimension, default: 0] > 0.015)
        }
        for dimension in Dimension.allCases where Self.prior[dimension] == 0 {
            #expect(shares[dimension, default: 0] == 0)
        }
    }

    @Test("what was fruitful long ago gives way to what is fruitful now")
    func forgetting() {
        var schedule = DimensionSchedule(prior: Self.prior)
        for _ in 0..<500 {
            schedule.charge(1, to: [.files])
            schedule.reward(.site, to: [.files])
        }
        for round in 0..<20_000 {
            schedule.charge(1, to: [.files])
            schedule.charge(1, to: [.environment])
            if round % 50 == 0 { schedule.reward(.site, to: [.environment]) }
        }
        let shares = draws(&schedule)
        #expect(shares[.environment, default: 0] > 2 * shares[.files, default: 0])
    }

    @Test("a schedule that is restored draws as the saved one does")
    func restoring() {
        var saved = DimensionSchedule(prior: Self.prior)
        saved.charge(3, to: [.files, .arguments])
        saved.reward(.syscall, to: [.files])
        var restored = DimensionSchedule(prior: Self.prior)
        restored.restore(saved.state)
        #expect(draws(&saved, count: 100) == draws(&restored, count: 100))
    }
}
