import Foundation
import Mutation
import TestCases
import Testing
import Traces

@testable import Campaigns

/// Numbers that a file says and nobody has counted.
@Suite struct StoredNumberTests {
    private static let numbers = [
        "9223372036854775807", "18446744073709551615", "0", "1e308", "-1",
    ]

    private static func decode<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    @Test("a convergence with samples for other tiers is refused")
    func tiers() {
        for text in [#"{"samples":[]}"#, #"{"samples":[{}]}"#] {
            #expect(throws: DecodingError.self) { try Self.decode(text) as Convergence }
        }
    }

    @Test("a convergence counts on from the largest numbers", arguments: numbers.prefix(3))
    func convergence(number: String) throws {
        let sample =
            "{\"executions\":\(number),\"counts\":[7,\(number)],\"phases\":[7,\"work\"],"
            + "\"open\":{\"start\":\(number),\"length\":\(number),\"bounds\":{\"\":1e308},"
            + "\"novel\":{\"\":\(number)}},\"windows\":[]}"
        let samples = Array(repeating: sample, count: Tier.allCases.count).joined(separator: ",")
        var convergence: Convergence = try Self.decode("{\"samples\":[\(samples)]}")
        for _ in 0..<3 {
            convergence.record(
                FreshReport(parts: [
                    .init(tier: .natural, executions: 1000, keys: [7], counts: [9], novel: [[7]])
                ]), phase: { _ in "work" })
        }
        for row in convergence.rows(of: Tier.allCases) {
            #expect((0...1).contains(row.estimate.upperBound))
            #expect(row.estimate.executionsToNext >= 0)
        }
        _ = convergence.kept
    }

    @Test("a search that is resumed with the largest numbers can go on", arguments: numbers)
    func schedule(number: String) throws {
        let integer = number.contains("e") ? "9223372036854775807" : number
        guard Int(integer) != nil else { return }
        let zeros = Array(repeating: number, count: Dimension.allCases.count).joined(separator: ",")
        let stored: DimensionSchedule.State = try Self.decode(
            "{\"gains\":[\(zeros)],\"costs\":[\(zeros)],\"charges\":\(integer)}")
        var schedule = DimensionSchedule(
            prior: DimensionWeights(allowing: Set(Provocation.allCases)))
        schedule.restore(stored.bounded)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            _ = schedule.weights(using: &generator)
            schedule.charge(1, to: [.arguments])
        }
        let yields: SweepShare.State = try Self.decode(
            "{\"sweep\":{\"gain\":\(number),\"cost\":\(number)},"
                + "\"mutation\":{\"gain\":\(number),\"cost\":\(number)}}")
        var share = SweepShare()
        share.restore(yields.bounded)
        share.charge(1, to: .sweep)
        #expect((0...100).contains(share.percentage))
    }
}
