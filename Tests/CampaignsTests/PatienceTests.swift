import Syscalls
import Testing
import Traces

@testable import Campaigns

@Suite("Patience")
struct PatienceTests {
    private func trace(_ end: Trace.End, processorTime: Duration = .milliseconds(1)) -> Trace {
        var trace = Trace()
        trace.end = end
        trace.processorTime = processorTime
        return trace
    }

    @Test("after two long sleeps the search waits a moment only, and again for long one in a few")
    func longSleeps() {
        var patience = Patience()
        patience.purpose = .search
        patience.note(trace(.exited(status: 0)), duration: .milliseconds(900))
        #expect(patience.knowsLongSleep)
        #expect(patience.idleTime == nil)
        patience.note(trace(.exited(status: 0)), duration: .milliseconds(900))
        #expect(patience.idleTime != nil)
        let waits = (0..<32).count { _ in
            patience.note(trace(.stopped(.idle)), duration: .milliseconds(100))
            return patience.idleTime == nil
        }
        #expect(waits == 2)
        patience.purpose = .evidence
        #expect(patience.idleTime == nil)
    }

    @Test(
        "what comes to an end when it is tried longer raises the bounds, what does not is given up")
    func longer() {
        let full = Harness.Bounds()
        var patience = Patience()
        patience.purpose = .longer
        #expect(patience.triesLonger)
        #expect(patience.bounds(of: full).cpuTime == full.cpuTime * 5)
        patience.note(
            trace(.stopped(.blocked), processorTime: .seconds(2)), duration: .seconds(3))
        for purpose in [Patience.Purpose.evidence, .search, .repetitionOfBlocked] {
            patience.purpose = purpose
            #expect(patience.bounds(of: full).cpuTime == .seconds(4))
            #expect(patience.bounds(of: full).wallTime == .seconds(6))
        }
        patience.purpose = .longer
        for _ in 0..<3 {
            #expect(patience.triesLonger)
            patience.note(
                trace(.stopped(.cpuTime), processorTime: .seconds(5)), duration: .seconds(6))
        }
        #expect(!patience.triesLonger)
        patience.purpose = .evidence
        #expect(patience.bounds(of: full).cpuTime == .seconds(4))
    }

    @Test("what is blocked, computes or calls without end is cut short but for one in a few")
    func excess() {
        let full = Harness.Bounds()
        for reason in [Trace.Reason.blocked, .cpuTime, .tooManyEvents] {
            var patience = Patience()
            patience.purpose = .search
            let isFull = (0..<34).map { _ in
                patience.note(trace(.stopped(reason)), duration: .milliseconds(100))
                return patience.bounds(of: full) == full
            }
            #expect(isFull.count { $0 } == 3, "\(reason)")
            #expect(isFull[0])
            let bounds = patience.bounds(of: full)
            #expect(bounds.blockedTime <= full.blockedTime)
            #expect(bounds.cpuTime <= full.cpuTime)
            #expect(bounds.events <= full.events)
            #expect(bounds.wallTime == full.wallTime)
            patience.purpose = .evidence
            #expect(patience.bounds(of: full) == full)
        }
    }

    @Test("what was blocked before is not waited for as long when it is shown again")
    func repetition() {
        let full = Harness.Bounds()
        var patience = Patience()
        patience.purpose = .repetitionOfBlocked
        var bounds = patience.bounds(of: full)
        #expect(bounds.blockedTime < full.blockedTime)
        #expect(patience.idleTime == nil)
        bounds.blockedTime = full.blockedTime
        #expect(bounds == full)
    }

    @Test("no execution is cut short at what is usual for the target")
    func usual() {
        var patience = Patience()
        patience.purpose = .search
        var ordinary = trace(.exited(status: 0), processorTime: .milliseconds(60))
        ordinary.events = Array(
            repeating: Event(
                thread: 0, number: SyscallNumber(rawValue: 0), module: -1, offset: 0,
                arguments: InlineArray(repeating: 0)), count: 8_000)
        for _ in 0..<500 { patience.note(ordinary, duration: .milliseconds(100)) }
        for reason in [Trace.Reason.cpuTime, .tooManyEvents] {
            for _ in 0..<3 {
                patience.note(trace(.stopped(reason)), duration: .milliseconds(100))
            }
        }
        let bounds = patience.bounds(of: Harness.Bounds())
        #expect(bounds.cpuTime > .milliseconds(400) && bounds.cpuTime < .seconds(1))
        #expect(bounds.events > 60_000 && bounds.events < 200_000)
    }

    @Test("what computes, or waits for a busy machine, is no sleep")
    func work() {
        var patience = Patience()
        patience.purpose = .search
        for _ in 0..<4 {
            patience.note(
                trace(.exited(status: 0), processorTime: .milliseconds(300)),
                duration: .milliseconds(1_500))
            patience.note(trace(.exited(status: 0)), duration: .milliseconds(200))
            patience.note(trace(.stopped(.cpuTime)), duration: .seconds(3))
        }
        #expect(!patience.knowsLongSleep)
        #expect(patience.idleTime == nil)
    }
}
