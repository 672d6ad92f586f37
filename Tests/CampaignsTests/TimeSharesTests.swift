import Testing

@testable import Campaigns

@Suite("Shares of time")
struct TimeSharesTests {
    /// Goes on with what may be done next, dearest first, for so many seconds; returns what each
    /// part got of the last half.
    private func run(
        seconds: Double, start: Double, confirmation: Double, session: Double
    ) -> [TimeShares.Part: Double] {
        var shares = TimeShares()
        var (now, spent) = (0.0, [TimeShares.Part: Double]())
        while now < seconds {
            let (part, cost): (TimeShares.Part, Double) =
                shares.admits(.starts)
                ? (.starts, start)
                : shares.admits(.confirmations)
                    ? (.confirmations, confirmation) : (.sessions, session)
            shares.charge(nanoseconds: Int64(cost * 1e9), to: part)
            now += cost
            if now > seconds / 2 { spent[part, default: 0] += cost / (seconds / 2) }
        }
        return spent
    }

    @Test("sessions get more than half of the time once it has begun, whatever anything costs")
    func sessions() {
        for start in [0.01, 0.3, 4] {
            let spent = run(seconds: 400, start: start, confirmation: 0.5, session: 0.001)
            #expect((0.5...0.65).contains(spent[.sessions] ?? 0), "\(spent)")
            #expect((0.2...0.35).contains(spent[.starts] ?? 0), "\(spent)")
            #expect((0.1...0.2).contains(spent[.confirmations] ?? 0), "\(spent)")
        }
    }

    @Test("where there are always calls to be confirmed, sessions still get more than two fifths")
    func calls() {
        var shares = TimeShares()
        var (now, sessions) = (0.0, 0.0)
        while now < 400 {
            let part: TimeShares.Part =
                shares.admits(.starts)
                ? .starts : shares.admitsConfirmingCalls ? .confirmations : .sessions
            let cost = part == .sessions ? 0.001 : 0.7
            shares.charge(nanoseconds: Int64(cost * 1e9), to: part)
            now += cost
            if part == .sessions, now > 200 { sessions += cost / 200 }
        }
        #expect((0.4...0.5).contains(sessions), "\(sessions)")
    }

    @Test("in the beginning what a server is started with gets more, and each part gets some")
    func beginning() {
        let spent = run(seconds: 50, start: 0.2, confirmation: 0.2, session: 0.001)
        #expect((0.55...0.65).contains(spent[.starts] ?? 0), "\(spent)")
        #expect((spent[.sessions] ?? 0) > 0.1)
    }

    @Test("what was spent long ago is forgotten")
    func memory() {
        var shares = TimeShares()
        shares.charge(nanoseconds: 30_000_000_000, to: .starts)
        #expect(!shares.admits(.starts))
        for _ in 0..<300_000 { shares.charge(nanoseconds: 1_000_000, to: .sessions) }
        #expect(shares.admits(.starts))
        #expect(shares.admits(.sessions))
    }
}
