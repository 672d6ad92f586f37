internal import Traces

/// How far an execution that is only explored may go before it is ended.
///
/// A target that watches a file sleeps until its bound, in which a thousand others could run, and
/// so do one that reads without an end and one that computes. What is beyond the bounds of most
/// executions is left to the first of each kind and to one in a few later on, which get all that
/// the harness allows, since what comes behind may be new; and to whatever is confirmed or
/// replayed.
struct Patience: Sendable {
    private static let first = 2
    private static let share = 16

    private static let shortSleep = Duration.milliseconds(100)
    /// As long a sleep is one that is not waited for again and again.
    private static let longSleep = Duration.milliseconds(400)
    /// So many times the processor time that is used; a busy machine lets everybody wait.
    private static let sleepFactor = 8

    /// Of the harness's bounds, what is left to those that are not waited for.
    private static let blockedShare = 10
    /// The same where a test case has been seen to be blocked before.
    private static let repeatedBlockedShare = 4
    private static let computingShare = 10
    private static let callShare = 16
    /// No bound is below so many times what executions take that come to an end.
    private static let usualFactor = 8
    /// How many of the last such executions tell what is usual.
    private static let usualCount = 32

    /// How often executions went too far in one way.
    private struct Excess {
        var count = 0

        /// Whether the next one is let go on.
        var isTolerated: Bool { count < first || count % share == 0 }
    }

    /// Executions that were ended in their sleep, or by the bound on time, or slept for long.
    private var sleeping = Excess()
    private var blocked = Excess()
    private var computing = Excess()
    private var calling = Excess()
    private var usualCalls = 0
    /// Processor time of an execution that comes to an end, as of late.
    private(set) var usualTime = Duration.zero
    /// Whether the target is one that sleeps for long and then goes on.
    private(set) var knowsLongSleep = false
    /// What the execution is for.
    var purpose = Purpose.evidence

    enum Purpose: Sendable {
        /// To find something.
        case search
        /// To show again what was shown before the target was ended in its sleep.
        case repetition
        /// To show again what was shown before the target was blocked.
        case repetitionOfBlocked
        /// To show everything.
        case evidence
        /// To see whether what computes beyond the bounds comes to an end, see ``triesLonger``.
        case longer
    }

    /// So many times the bounds are allowed to what is tried longer.
    private static let longerFactor = 5
    /// A target that goes on for ever is not tried so again and again.
    private static let mostFutile = 3
    /// Beyond what the longest took that came to an end: so many times that.
    private static let longFactor = 2

    /// What was tried longer and came to no end.
    private var futile = 0
    /// Processor time and wall time of the longest that came to an end when it was tried longer, such
    /// as one that makes keys.
    private var long = (computing: Duration.zero, wall: Duration.zero)

    /// Whether something may be tried beyond the bounds.
    var triesLonger: Bool { futile < Self.mostFutile }

    /// Nil to wait.
    var idleTime: Duration? {
        switch purpose {
        case .search: sleeping.isTolerated ? nil : Self.shortSleep
        case .repetition: Self.shortSleep
        case .repetitionOfBlocked, .evidence, .longer: nil
        }
    }

    /// The harness's bounds, or what is left of them to this execution.
    func bounds(of full: Harness.Bounds) -> Harness.Bounds {
        var bounds = full
        if purpose == .longer {
            bounds.cpuTime = full.cpuTime * Self.longerFactor
            bounds.wallTime = full.wallTime * Self.longerFactor
            return bounds
        }
        bounds.cpuTime = max(full.cpuTime, long.computing * Self.longFactor)
        bounds.wallTime = max(full.wallTime, long.wall * Self.longFactor)
        if purpose == .repetitionOfBlocked {
            bounds.blockedTime = full.blockedTime / Self.repeatedBlockedShare
        }
        guard purpose == .search else { return bounds }
        if !blocked.isTolerated { bounds.blockedTime = full.blockedTime / Self.blockedShare }
        if !computing.isTolerated {
            let least = max(full.cpuTime / Self.computingShare, usualTime * Self.usualFactor)
            bounds.cpuTime = min(bounds.cpuTime, least)
        }
        if !calling.isTolerated {
            let least = max(full.events / Self.callShare, usualCalls * Self.usualFactor)
            bounds.events = min(full.events, least)
        }
        return bounds
    }

    /// - Parameter duration: of the execution, by the clock on the wall.
    mutating func note(_ trace: Trace, duration: Duration) {
        if purpose == .longer { noteLonger(trace, duration: duration) }
        guard case .stopped(let reason) = trace.end else {
            noteUsual(trace)
            let slept = duration - trace.processorTime
            guard slept >= Self.longSleep, slept >= trace.processorTime * Self.sleepFactor else {
                return
            }
            knowsLongSleep = true
            if purpose == .search { sleeping.count += 1 }
            return
        }
        guard purpose == .search else { return }
        switch reason {
        case .idle, .wallTime: sleeping.count += 1
        case .blocked: blocked.count += 1
        case .cpuTime: computing.count += 1
        case .tooManyEvents: calling.count += 1
        default: break
        }
    }

    private mutating func noteLonger(_ trace: Trace, duration: Duration) {
        switch trace.end {
        case .stopped(.cpuTime), .stopped(.wallTime), .stopped(.tooManyEvents): futile += 1
        default:
            long.computing = max(long.computing, trace.processorTime)
            long.wall = max(long.wall, duration)
        }
    }

    private mutating func noteUsual(_ trace: Trace) {
        usualCalls += (trace.events.count - usualCalls) / Self.usualCount
        usualTime += (trace.processorTime - usualTime) / Self.usualCount
    }
}
