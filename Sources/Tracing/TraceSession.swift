internal import CLinux
internal import Glibc
internal import Platform
internal import Syscalls
internal import TestCases
package import Traces

/// Traces executions from `execve` on, with entry and exit of every system call of every task.
///
/// The kernel ties a tracee to the thread that seized it, so a session is created, used and
/// dropped on one thread; tasks of no other origin may be that thread's children while it runs.
package struct TraceSession: ~Copyable {
    var options = TraceOptions()
    var trace = Trace()
    var table = TaskTable()
    var provocations = Provocations()
    /// File of the first process: a process that executes it again keeps its role.
    var targetImage = ""
    var rootProcess: Int32 = 0
    /// Why the session is killing what is left, once it is.
    var stopReason: Trace.Reason?
    private var clock = ExecutionClock()

    package init() {}

    /// Runs a target until every process of it is gone; one that meets a bound is killed.
    package mutating func run(
        _ launch: Launch, options: TraceOptions
    ) throws(TracingError) -> Trace {
        self.options = options
        trace = Trace()
        trace.events.reserveCapacity(512)
        table.removeAll()
        stopReason = nil
        provocations = Provocations(signals: options.signals, faults: options.faults)
        let timer = try options.watchesTime ? Self.startTimer() : nil
        defer { if let timer { clinux_end_ticks(timer) } }
        let root = try launch.start()
        clock = ExecutionClock(wallTime: options.wallTime)
        beginRoot(root)
        resume(root)
        try followToEnd()
        return trace
    }

    /// Has the kernel interrupt this thread's wait regularly.
    private static func startTimer() throws(TracingError) -> Int32 {
        let period = TraceOptions.tick.components.attoseconds / 1_000_000_000_000
        do throws(SystemError) {
            return try SystemError.check(clinux_start_ticks(UInt32(period)), "start a timer")
        } catch {
            throw .tracer(error)
        }
    }

    private mutating func followToEnd() throws(TracingError) {
        var stop = clinux_stop()
        // Not until the table is empty: a task that was just being born may not be in it.
        while true {
            let result = unsafe clinux_next_stop(&stop, 1)
            guard result == 0 else {
                throw .tracer(SystemError(code: -result, operation: "wait for the target"))
            }
            switch Int(stop.kind) {
            case Int(CLINUX_STOP_NO_CHILD): return
            case Int(CLINUX_STOP_NONE): break
            default:
                clock.noteProgress()
                handle(stop)
            }
            if clock.ticked() { watchBounds() }
        }
    }

    private mutating func handle(_ stop: clinux_stop) {
        let task = stop.task
        switch Int(stop.kind) {
        case Int(CLINUX_STOP_SYSCALL_ENTRY): enterSyscall(stop)
        case Int(CLINUX_STOP_SYSCALL_EXIT): leaveSyscall(stop)
        case Int(CLINUX_STOP_SIGNAL): receiveSignal(stop)
        case Int(CLINUX_STOP_GROUP):
            if let index = table.find(task) { table[index].isStopped = true }
            clinux_listen(task)
        case Int(CLINUX_STOP_FORK), Int(CLINUX_STOP_VFORK), Int(CLINUX_STOP_CLONE):
            beginChild(stop)
            resume(task)
        case Int(CLINUX_STOP_EXEC):
            beginImage(stop)
            resume(task)
        case Int(CLINUX_STOP_ATTACHED): meet(task)
        case Int(CLINUX_STOP_EXITED): endTask(task, .exited(status: stop.value))
        case Int(CLINUX_STOP_KILLED): endTask(task, .killed(signal: stop.value))
        default: break
        }
    }

    /// Lets a stopped task go on to its next stop. That it is gone already is no error: its end
    /// will be reported by the next wait.
    func resume(_ task: Int32, delivering signal: Int32 = 0) {
        clinux_resume_to_syscall(task, signal)
    }

    private mutating func receiveSignal(_ stop: clinux_stop) {
        guard let index = table.find(stop.task) else {
            resume(stop.task, delivering: stop.value)
            return
        }
        table[index].isStopped = false
        if stop.value == SIGTRAP, passEntry(index) {
            resume(stop.task)
        } else {
            resume(stop.task, delivering: stop.value)
        }
    }

    /// Ends the execution: everything that is left is killed, and the loop sees it go.
    mutating func stopEverything(_ reason: Trace.Reason) {
        guard stopReason == nil else { return }
        stopReason = reason
        trace.end = .stopped(reason)
        killEverything()
    }

    /// Tasks that are being born meanwhile are killed when they stop for the first time.
    ///
    /// A process made with `CLONE_UNTRACED` is in no table. Where this process adopts it, the
    /// session would wait for it, so that everything there is killed.
    private func killEverything() {
        guard clinux_kill_others() != 0 else { return }
        for task in table.tasks { clinux_kill(table.processes[task.process].id, SIGKILL) }
        for task in table.early { clinux_kill(task, SIGKILL) }
    }

    private mutating func watchBounds() {
        drainDescriptors()
        guard stopReason == nil else {
            killEverything()
            return
        }
        if clock.wallTimeIsOver {
            stopEverything(.wallTime)
        } else if let reason = exhausted() {
            stopEverything(reason)
        } else if let blockedTime = options.blockedTime, clock.isQuiet(for: blockedTime),
            everythingIsBlocked()
        {
            stopEverything(.blocked)
        }
    }
}

@available(*, unavailable)
extension TraceSession: Sendable {}
