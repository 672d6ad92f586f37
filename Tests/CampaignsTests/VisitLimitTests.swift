import Testing

@testable import Campaigns

@Suite("Visits that a server is up for")
struct VisitLimitTests {
    @Test("a server that starts slowly is up for more visits, within bounds")
    func starts() {
        func limit(_ milliseconds: Int, _ rate: Double) -> Int {
            var limit = VisitLimit()
            limit.expect(startTime: .milliseconds(milliseconds), visitsPerSecond: rate)
            return limit.count
        }
        #expect(limit(1, 1_000) == 256)
        #expect(limit(100, 1_000) == 800)
        #expect(limit(60_000, 1_000) == 1_024)
        #expect(limit(100, 0) == 256)
        #expect(limit(100, .infinity) == 1_024)
    }

    @Test(
        "one that is not as before after a visit is up for half as many, and later for more again")
    func drifts() {
        var limit = VisitLimit()
        for _ in 0..<20 { limit.noteDrift() }
        #expect(limit.count == 4)
        limit.noteFullLife()
        #expect(limit.count == 8)
        for _ in 0..<20 { limit.noteFullLife() }
        #expect(limit.count == VisitLimit.usual)
    }
}
