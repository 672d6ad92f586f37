internal import CLinux
internal import Platform

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

/// A timer that interrupts the waits of the thread that made it, while it runs.
struct Ticks: ~Copyable {
    private let timer: Int32

    init() throws(TracingError) {
        do throws(SystemError) {
            timer = try SystemError.check(clinux_make_ticks(), "make a timer")
        } catch {
            throw .tracer(error)
        }
    }

    deinit {
        clinux_end_ticks(timer)
    }

    func start() {
        let period = TraceOptions.tick.components.attoseconds / 1_000_000_000_000
        clinux_pace_ticks(timer, UInt32(period))
    }

    func stop() {
        clinux_pace_ticks(timer, 0)
    }
}
