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
    /// Traces one launch after the other in one session on a new thread; returns when it has ended.
    /// A process that a session leaves behind is an error.
    static func traces(
        of launches: [Launch], options: TraceOptions = TraceOptions()
    ) throws -> [Trace] {
        let outcome = Outcome()
        let ended = DispatchSemaphore(value: 0)
        Thread {
            let result = Result {
                var session = TraceSession()
                var traces: [Trace] = []
                for launch in launches {
                    traces.append(try session.run(launch, options: options))
                    var status: Int32 = 0
                    let child = unsafe waitpid(-1, &status, __WALL | __WNOTHREAD)
                    guard child == -1 else { throw ChildLeft(process: child) }
                }
                return traces
            }
            outcome.result.withLock { $0 = result }
            ended.signal()
        }.start()
        ended.wait()
        return try outcome.result.withLock { $0 }.get()
    }

    static func trace(of launch: Launch, options: TraceOptions = TraceOptions()) throws -> Trace {
        try #require(try traces(of: [launch], options: options).first)
    }

    private struct ChildLeft: Error {
        let process: pid_t
    }

    private final class Outcome: Sendable {
        let result = Mutex<Result<[Trace], any Error>>(.success([]))
    }
}
