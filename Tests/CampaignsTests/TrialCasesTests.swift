import TestCases
import Testing

@testable import Campaigns

@Suite("Cost of a first minute")
struct TrialCasesTests {
    private func testCase(_ argument: String) -> TestCase {
        var testCase = TestCase()
        testCase.arguments = [Bytes(argument.utf8)]
        return testCase
    }

    @Test("executors are tried out with the base and a few seeds, for a few seconds")
    func cheapBase() {
        let (base, seeds) = (TestCase(), (0..<8).map { testCase("\($0)") })
        let trial = TrialCases(
            base: base, seeds: [base] + seeds, baseTime: .milliseconds(2))
        #expect(trial.all == [base, base, base] + seeds.prefix(4))
        #expect(trial.learned == base)
        #expect(trial.goesOn(after: .seconds(1)) && !trial.goesOn(after: .seconds(4)))
    }

    @Test("a base that takes long is left out where there are seeds")
    func dearBase() {
        let (base, seed) = (TestCase(), testCase("seed"))
        let trial = TrialCases(base: base, seeds: [base, seed], baseTime: .seconds(2))
        #expect(trial.all == [seed])
        #expect(trial.learned == seed)
        let alone = TrialCases(base: base, seeds: [base], baseTime: .seconds(2))
        #expect(alone.all == [base, base, base])
        #expect(alone.learned == base)
    }

    @Test("a first pass of dear test cases waits until as much was spent on others")
    func firstPassDebt() {
        var debt = FirstPassDebt()
        for _ in 0..<1_000 { debt.note(20, isOfFirstPass: true) }
        #expect(debt.isTolerable)
        for _ in 0..<10 { debt.note(500, isOfFirstPass: true) }
        #expect(!debt.isTolerable)
        for _ in 0..<500 { debt.note(2, isOfFirstPass: false) }
        #expect(debt.isTolerable)
    }
}
