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
    /// What the execution is for.
    var purpose = Purpose.evidence

    enum Purpose: Sendable {
        /// To find something.
        case search
        /// To show again what was shown before the target was ended in its sleep.
        case repetition
        /// To show everything.
        case evidence
    }

    /// Nil to wait.
    var idleTime: Duration? {
        switch purpose {
        case .search:
            ended >= Self.first && ended % Self.share != 0 ? Self.shortTime : nil
        case .repetition: Self.shortTime
        case .evidence: nil
        }
    }

    mutating func note(_ end: Trace.End) {
        guard purpose == .search else { return }
        switch end {
        case .stopped(.idle), .stopped(.wallTime): ended += 1
        default: break
        }
    }
}
