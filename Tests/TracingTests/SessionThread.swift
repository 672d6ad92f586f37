import Foundation
import Glibc
import Synchronization
import Testing
import Traces
import Tracing

/// A thread of its own for each session.
///
/// A session waits for any child of its thread. On a thread of the pool that tests share these
/// may be processes that other tests have started there and wait for themselves.
enum SessionThread {
    /// Gives a new session to a function on a new thread; returns when it has ended. A process
    /// that it leaves behind is an error.
    static func run<Result: Sendable>(
        _ body: @escaping @Sendable (inout TraceSession) throws -> Result
    ) throws -> Result {
        let outcome = Outcome<Result>()
        let ended = DispatchSemaphore(value: 0)
        Thread {
            let result = Swift.Result<Result?, any Error> {
                var session = TraceSession()
                let result = try body(&session)
                var status: Int32 = 0
                let child = unsafe waitpid(-1, &status, __WALL | __WNOTHREAD)
                guard child == -1 else { throw ChildLeft(process: child) }
                return result
            }
            outcome.result.withLock { $0 = result }
            ended.signal()
        }.start()
        ended.wait()
        return try #require(try outcome.result.withLock { $0 }.get())
    }

    /// Traces one launch after the other in one session.
    static func traces(
        of launches: [Launch], options: TraceOptions = TraceOptions()
    ) throws -> [Trace] {
        try run { session in
            var traces: [Trace] = []
            for launch in launches { traces.append(try session.run(launch, options: options)) }
            return traces
        }
    }

    static func trace(of launch: Launch, options: TraceOptions = TraceOptions()) throws -> Trace {
        try #require(try traces(of: [launch], options: options).first)
    }

    private struct ChildLeft: Error {
        let process: pid_t
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let result = Mutex<Swift.Result<Result?, any Error>>(.success(nil))
    }
}
