import Testing

@testable import Campaigns

@Suite("Clock of work")
struct WorkClockTests {
    @Test("time goes to what was under way, and only the search turns to a part of itself")
    func turns() {
        var clock = WorkClock(.search, now: 0)
        let former = clock.turnFromSearch(to: .sessions, now: 10)
        clock.turn(to: former, now: 13)
        let search = clock.turn(to: .confirmations, now: 20)
        let inner = clock.turnFromSearch(to: .sessions, now: 21)
        #expect(inner == .confirmations)
        clock.turn(to: inner, now: 25)
        clock.turn(to: search, now: 30)
        #expect(clock.spent == [.search: 17, .sessions: 3, .confirmations: 10])
        #expect(clock.total == 30)
    }
}
