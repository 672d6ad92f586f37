import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("Trace differences")
struct TraceDifferenceTests {
    private static func trace(_ calls: [String], threads: [[String]] = []) -> Trace {
        var builder = TraceBuilder()
        let others = threads.map { _ in builder.thread() }
        for call in calls { builder.call(call) }
        for (thread, calls) in zip(others, threads) {
            for call in calls { builder.call(call, thread: thread) }
        }
        return builder.trace
    }

    @Test("equal calls are no difference, whatever their arguments, results and order of threads")
    func equal() {
        var left = Self.trace(["read", "write"], threads: [["futex"], ["close", "exit"]])
        let right = Self.trace(["read", "write"], threads: [["close", "exit"], ["futex"]])
        left.events[0].result = 7
        left.events[1].arguments[0] = 9
        #expect(left.difference(from: right) == nil)
    }

    @Test("drawing again is no difference, drawing at another place is")
    func draws() {
        let once = Self.trace(["read", "getrandom", "openat"])
        let twice = Self.trace(["read", "getrandom", "getrandom", "openat"])
        #expect(once.difference(from: twice) == nil)
        #expect(twice.difference(from: once) == nil)
        let later = Self.trace(["read", "openat", "getrandom"])
        #expect(
            later.difference(from: once) == "call 2 of root is openat instead of getrandom")
        let reads = Self.trace(["read", "read", "getrandom", "openat"])
        #expect(reads.difference(from: once) != nil)
    }

    @Test("the first call that differs is named with both sides")
    func call() {
        let left = Self.trace(["read", "write", "close"])
        #expect(
            left.difference(from: Self.trace(["read", "close"]))
                == "call 2 of root is write instead of close")
        #expect(
            left.difference(from: Self.trace(["read", "write"]))
                == "call 3 of root is close instead of its end")
        #expect(
            Self.trace(["read"]).difference(from: left)
                == "call 2 of root is its end instead of write")
    }

    @Test("a thread that only one of them has is a difference")
    func thread() {
        let left = Self.trace(["read"], threads: [["futex", "exit"]])
        let right = Self.trace(["read"])
        #expect(left.difference(from: right) == "a thread with 2 calls is new")
        #expect(right.difference(from: left) == "a thread with 2 calls is missing")
    }
}
