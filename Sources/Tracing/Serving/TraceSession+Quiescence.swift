internal import Syscalls
internal import Traces

/// Quiescence: a server is ready, and has done what it does about a message, when each of its tasks
/// sleeps in a call that waits.
extension TraceSession {
    /// Whether a task is known to make a stop soon, so that it can be waited for.
    ///
    /// One that is inside a call of another kind than those that wait most often may sleep there
    /// as well; then the next tick ends the wait.
    func somethingRuns() -> Bool {
        guard table.early.isEmpty else { return true }
        return table.tasks.contains { task in
            guard !task.isStopped else { return false }
            guard let index = task.event else { return true }
            return !Self.waitingCalls.contains(trace.events[index].number)
        }
    }

    /// Whether every task sleeps inside a call, one of them so that a message can end it.
    mutating func everythingWaits() -> Bool {
        guard table.early.isEmpty else { return false }
        var mayBeReached = false
        // The task that has just entered its call is the likeliest to be still at it.
        if let last = table.tasks.max(by: { ($0.event ?? .max) < ($1.event ?? .max) }),
            !last.isStopped, !isAsleep(last)
        {
            return false
        }
        for task in table.tasks where !task.isStopped {
            guard let index = task.event, isLeftAsleep(task) || isAsleep(task),
                !pausesShortly(task, event: index)
            else { return false }
            if Self.reachedCalls.contains(trace.events[index].number) { mayBeReached = true }
        }
        return mayBeReached
    }

    /// Everything waits: notes those that nothing but another task's call can wake, which need not
    /// be looked at again and again, and those that keep time. Looking at its helper threads takes
    /// a sixth of the time of a short session of redis.
    mutating func noteSleepers() {
        mayHaveWoken = false
        for index in table.tasks.indices {
            guard let event = table[index].event else { continue }
            // For good: it may be between two pauses when everything waits the next time.
            if Self.pauseCalls.contains(trace.events[event].number) {
                table[index].keepsTime = true
            }
            table[index].isLeftAsleep =
                Self.isUntimedFutexWait(trace.events[event])
                && !table.processes[table[index].process].hasTimer
        }
    }

    private func isLeftAsleep(_ task: LiveTask) -> Bool { task.isLeftAsleep && !mayHaveWoken }

    /// FUTEX_WAIT or FUTEX_WAIT_BITSET of futex(2) without a time.
    private static func isUntimedFutexWait(_ event: Event) -> Bool {
        guard event.number == futex, event.arguments[3] == 0 else { return false }
        return [0, 9].contains(event.arguments[1] & 0x7f)
    }

    /// Whether a server's task is one that does something from time to time, which is no progress.
    mutating func keepsTime(_ task: Int32) -> Bool {
        guard service != .none, let index = table.find(task) else { return false }
        return table[index].keepsTime
    }

    /// Notes a call that may wake a task which waits for a futex; who makes it is awake.
    mutating func noteWaking(_ event: Event, task index: Int) {
        table[index].isLeftAsleep = false
        if Self.wakingCalls.contains(event.number) { mayHaveWoken = true }
    }

    /// Whether a task lets a moment pass in what it does about the last thing that was said, as
    /// sshd does before each answer to a log-in. One that does so again and again, or did so before
    /// anything was said, only keeps time.
    private func pausesShortly(_ task: LiveTask, event index: Int) -> Bool {
        guard !task.keepsTime, index >= firstEventOfTurn,
            Self.pauseCalls.contains(trace.events[index].number)
        else { return false }
        let pauses = trace.events[firstEventOfTurn...].filter {
            Self.pauseCalls.contains($0.number)
        }
        guard pauses.count <= Self.mostPauses else { return false }
        let arguments = trace.events[index].arguments
        let isClocked = trace.events[index].number == Self.clockedPause
        // A point in time, with TIMER_ABSTIME, is none that is waited for here.
        guard !isClocked || arguments[1] == 0 else { return false }
        let time = Self.bytes(at: arguments[isClocked ? 2 : 0], of: task.id, 16)
        guard time.count == 16, Self.word(time, 0) == 0 else { return false }
        let length = Self.word(time, 8)
        guard length <= Self.longestPause else { return false }
        // Those of a task are mostly equally long.
        let ofTask = UInt64(pauses.count { $0.thread == task.thread })
        return length * ofTask <= Self.mostOfPauses
    }

    /// Nanoseconds.
    private static let longestPause: UInt64 = 200_000_000
    /// All that one task may take in a turn, in nanoseconds.
    private static let mostOfPauses = 2 * longestPause
    private static let mostPauses = 16

    private mutating func isAsleep(_ task: LiveTask) -> Bool {
        taskStates.isAsleep(process: table.processes[task.process].id, task: task.id)
    }

    /// Calls in which a task can be reached from outside.
    private static let reachedCalls = set([
        "read", "readv", "recvfrom", "recvmsg", "recvmmsg", "accept", "accept4", "poll", "ppoll",
        "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2", "io_uring_enter",
        "rt_sigtimedwait", "restart_syscall",
    ])

    /// Calls in which tasks of servers spend their lives.
    private static let waitingCalls = reachedCalls.union(
        set([
            "futex", "futex_waitv", "wait4", "waitid", "rt_sigsuspend", "pause", "nanosleep",
            "clock_nanosleep", "msgrcv", "semop", "semtimedop", "io_getevents",
        ]))

    private static let futex = SyscallNumber(name: "futex")

    /// Calls that wake tasks from a futex: by its address, by a signal, or because a thread ends.
    private static let wakingCalls = set([
        "futex", "futex_wake", "futex_requeue", "exit", "exit_group", "kill", "tkill", "tgkill",
        "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
    ])

    private static let clockedPause = SyscallNumber(name: "clock_nanosleep")

    /// Calls that end by themselves alone.
    private static let pauseCalls = set(["nanosleep", "clock_nanosleep"])

    private static func set(_ names: [String]) -> SyscallSet {
        SyscallSet(names.compactMap { SyscallNumber(name: $0) })
    }
}
