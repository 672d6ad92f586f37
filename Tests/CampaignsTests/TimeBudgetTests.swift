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

    @Test("the search has all of the time that is left, and ends then")
    func search() {
        let budget = TimeBudget(duration: .seconds(60))
        let cost = Duration.seconds(2)
        let end = budget.began + .seconds(58)
        for hasExecuted in [false, true] {
            let before = end - .nanoseconds(1)
            #expect(!budget.isSearchOver(at: before, keeping: cost, hasExecuted: hasExecuted))
        }
        #expect(budget.isSearchOver(at: end, keeping: cost, hasExecuted: true))
    }

    @Test("a search that could not begin in time has two seconds more")
    func grace() {
        let budget = TimeBudget(duration: .seconds(2))
        let end = budget.began + .seconds(4)
        let before = end - .nanoseconds(1)
        #expect(!budget.isSearchOver(at: before, keeping: .zero, hasExecuted: false))
        #expect(budget.isSearchOver(at: end, keeping: .zero, hasExecuted: false))
    }

    @Test("without a limit nothing is over")
    func limitless() {
        #expect(TimeBudget().end(of: .contact) == nil)
        #expect(TimeBudget().endOfSearch(keeping: .seconds(2)) == nil)
        #expect(!TimeBudget().isSearchOver(keeping: .zero, hasExecuted: true))
    }
}
