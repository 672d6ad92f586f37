internal import Traces

/// How long an execution that is only explored may sleep.
///
/// A target that watches a file sleeps until its bound, in which a thousand others could run, and
/// a server's thread may finish its second of sleep before it hears that all is over. The
/// first of them and one in a few later on get all the time that the bound leaves, since what
/// comes behind the sleep may be new; and so does whatever is confirmed or replayed.
struct Patience: Sendable {
    private static let shortTime = Duration.milliseconds(100)
    private static let first = 2
    private static let share = 16

    /// As long a sleep is one that is not waited for again and again.
    private static let longSleep = Duration.milliseconds(400)
    /// So many times the processor time that is used; a busy machine lets everybody wait.
    private static let sleepFactor = 8

    /// Executions that were ended in their sleep, or by the bound on time, or slept for long.
    private var ended = 0
    /// Whether the target is one that sleeps for long and then goes on.
    private(set) var knowsLongSleep = false
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

    /// - Parameter duration: of the execution, by the clock on the wall.
    mutating func note(_ trace: Trace, duration: Duration) {
        switch trace.end {
        case .stopped(.idle), .stopped(.wallTime): if purpose == .search { ended += 1 }
        case .stopped: break
        default:
            let slept = duration - trace.processorTime
            guard slept >= Self.longSleep, slept >= trace.processorTime * Self.sleepFactor else {
                return
            }
            knowsLongSleep = true
            if purpose == .search { ended += 1 }
        }
    }
}
