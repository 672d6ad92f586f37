internal import Traces

/// How long an execution that is only explored may sleep.
///
/// A target that watches a file sleeps until its bound, in which a thousand others could run. The
/// first of them and one in a few later on get all the time that the bound leaves, since what
/// comes behind the sleep may be new; and so does whatever is confirmed or replayed.
struct Patience: Sendable {
    private static let shortTime = Duration.milliseconds(100)
    private static let first = 2
    private static let share = 16

    /// Executions that were ended in their sleep, or by the bound on time.
    private var ended = 0
    /// Whether the execution is one of a search.
    var isExploring = false

    /// Nil to wait.
    var idleTime: Duration? {
        guard isExploring, ended >= Self.first, ended % Self.share != 0 else { return nil }
        return Self.shortTime
    }

    mutating func note(_ end: Trace.End) {
        guard isExploring else { return }
        switch end {
        case .stopped(.idle), .stopped(.wallTime): ended += 1
        default: break
        }
    }
}
