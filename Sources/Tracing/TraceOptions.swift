package import TestCases

/// What bounds an execution, and what is done to it on the way.
package struct TraceOptions: Sendable {
    /// Processor time of all tasks together; nil for no bound.
    package var cpuTime: Duration?
    package var wallTime: Duration?
    /// How long every task may sleep, in calls that have no timeout of their own, before the
    /// execution counts as blocked; nil to wait for ever.
    package var blockedTime: Duration?
    /// Resident memory of all tasks together, in bytes.
    package var memory: UInt64?
    package var maximumEvents = 1_000_000
    package var maximumProcesses = 4096
    /// Terminals' other ends, read regularly so that a target does not block on a full one.
    package var drainedDescriptors: [Int32] = []
    package var signals: [TestCase.SignalDelivery] = []
    package var faults: [TestCase.Fault] = []

    /// No bounds but those that protect the tracer's own memory: what `strace` would do.
    package init() {}

    /// How often a session with bounds looks at the clock; ``TraceSession/startTicks()``.
    static let tick = Duration.milliseconds(10)
}
