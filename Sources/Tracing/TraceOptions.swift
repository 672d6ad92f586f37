package import TestCases

/// What bounds an execution, and what is done to it on the way.
package struct TraceOptions: Sendable {
    /// Processor time of all tasks together; nil for no bound.
    package var cpuTime: Duration?
    package var wallTime: Duration?
    /// How long every task may sleep, in calls that have no timeout of their own, before the
    /// execution counts as blocked; nil to wait for ever.
    package var blockedTime: Duration?
    /// How long every task may sleep, in whatever call, before the execution ends as idle; nil to
    /// wait for what comes then.
    package var idleTime: Duration?
    /// Resident memory of all tasks together, in bytes.
    package var memory: UInt64?
    /// How many calls the trace may hold; the execution ends with the call that fills it.
    package var maximumEvents = 1_000_000
    /// How many processes may live at the same time; threads do not count.
    package var maximumProcesses = 4096
    /// Terminals' other ends, read regularly so that a target does not block on a full one.
    package var drainedDescriptors: [Int32] = []
    package var watch = Watch.everything
    package var signals: [TestCase.SignalDelivery] = []
    package var faults: [TestCase.Fault] = []
    /// Whether the names are read that calls are given; where everything is watched.
    package var readsNames = false
    /// Whether what would reach out of a sandbox is refused, see ``ForbiddenCall``.
    package var isConfined = false
    /// Nil for a target that nothing is said to.
    package var server: ServerOptions?

    /// Where an execution stops for the tracer.
    package enum Watch: Sendable {
        /// At entry and exit of every system call.
        case everything
        /// At entry of every system call; what it returns is not seen. Needs a filter that lets
        /// nothing through.
        case entries
        /// At the first call that the filter does not let through, where the execution is ended.
        case novelty
        /// At entry and exit of the calls that a copy does not write down itself; the trace has
        /// all. Needs a fork server that records.
        case records
    }

    /// No bounds but those that protect the tracer's own memory: what `strace` would do.
    package init() {}

    /// How often a session with bounds looks at the clock.
    static let tick = Duration.milliseconds(10)

    /// Whether a bound is set that time alone can exceed.
    var watchesTime: Bool {
        cpuTime != nil || wallTime != nil || blockedTime != nil || idleTime != nil || memory != nil
            || server != nil
    }
}
