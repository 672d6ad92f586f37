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
