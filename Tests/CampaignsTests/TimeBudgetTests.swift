import Testing

@testable import Campaigns

@Suite("Time budget")
struct TimeBudgetTests {
    @Test("parts end in their order, the last with the whole")
    func parts() throws {
        let budget = TimeBudget(duration: .seconds(60))
        let ends = try [.contact, .mining, .staticSet, .preparation].map {
            try #require(budget.end(of: $0))
        }
        #expect(ends == ends.sorted())
        #expect(ends.first.map { $0 > budget.began } == true)
        #expect(ends.last == budget.began + .seconds(60))
    }

    @Test("the search leaves room for its end, but never more than a quarter")
    func end() {
        let budget = TimeBudget(duration: .seconds(60))
        #expect(budget.endOfSearch(keeping: .seconds(2)) == budget.began + .seconds(58))
        #expect(budget.endOfSearch(keeping: .seconds(200)) == budget.began + .seconds(45))
    }

    @Test("without a limit nothing is over")
    func limitless() {
        #expect(TimeBudget().end(of: .contact) == nil)
        #expect(TimeBudget().endOfSearch(keeping: .seconds(2)) == nil)
    }
}
