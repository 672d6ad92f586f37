internal import CLinux

/// Wall time of one execution, read only when a tick of the thread's timer says so.
struct ExecutionClock {
    private var lastTick = clinux_ticks()
    private var deadline = Int64.max
    /// Ticks since the last stop of any task.
    private var quietTicks = 0

    init(wallTime: Duration? = nil) {
        guard let wallTime else { return }
        let (seconds, attoseconds) = wallTime.components
        deadline = clinux_monotonic_time() + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Whether a tick has come since the last call.
    mutating func ticked() -> Bool {
        let now = clinux_ticks()
        guard now != lastTick else { return false }
        quietTicks += Int(truncatingIfNeeded: now &- lastTick)
        lastTick = now
        return true
    }

    var wallTimeIsOver: Bool {
        deadline != .max && clinux_monotonic_time() > deadline
    }

    mutating func noteProgress() {
        quietTicks = 0
    }

    func isQuiet(for duration: Duration) -> Bool {
        TraceOptions.tick * quietTicks >= duration
    }
}
