import TestCases
import Testing

@testable import Campaigns

@Suite("Comparison sampling")
struct ComparisonSamplingTests {
    private let base = TestCase()

    private var written: TestCase {
        var testCase = base
        testCase.standardInput.bytes = [1]
        return testCase
    }

    private var provoked: TestCase {
        var testCase = written
        testCase.limits = [.init(resource: .openFiles, value: 4)]
        return testCase
    }

    @Test("every second sample has content, where one in so many test cases has")
    func content() {
        var sampling = ComparisonSampling(interval: 8)
        var (samples, withContent) = (0, 0)
        for number in 1...800 {
            let hasContent = number % 7 == 0
            guard sampling.takes(hasContent ? written : base, base: base) else { continue }
            samples += 1
            if hasContent { withContent += 1 }
        }
        #expect((90...100).contains(samples), "\(samples)")
        #expect(withContent >= samples / 2, "\(withContent)")
    }

    @Test("without content samples are as many")
    func plain() {
        var sampling = ComparisonSampling(interval: 8)
        let samples = (1...800).count { _ in sampling.takes(base, base: base) }
        #expect((95...100).contains(samples), "\(samples)")
    }

    @Test("what provokes is not looked at, and takes nobody's turn")
    func provoking() {
        var sampling = ComparisonSampling(interval: 8)
        var samples = (1...80).count { _ in sampling.takes(provoked, base: base) }
        #expect(samples == 0)
        samples = [written].count { sampling.takes($0, base: base) }
        #expect(samples == 1)
        var none = ComparisonSampling(interval: 0)
        samples = (1...80).count { _ in none.takes(written, base: base) }
        #expect(samples == 0)
    }
}
