internal import Syscalls
internal import Traces
internal import Tracing

/// The calls that the target has been seen to make, for an armed execution to let through.
struct KnownCalls: Sendable {
    private var classes: [SyscallNumber: Set<[UInt64]>] = [:]
    /// Grows with every call or combination of arguments that is learned.
    private(set) var count = 0

    /// From so many combinations on, a call is let through with any arguments: each costs an
    /// instruction or two, and a call that has more of them is no choice from a few.
    private static let classLimit = 48

    init() {}

    /// Learns what the target itself did; other programs that it started have to be looked at.
    mutating func learn(_ trace: Trace) {
        for event in trace.events where trace.threads[Int(event.thread)].role.isTarget {
            guard !Self.isAlwaysStopped(event.number) else { continue }
            let values = event.number.scalarArguments.map {
                $0.value(of: event.arguments[$0.index])
            }
            if classes[event.number, default: []].insert(values).inserted { count += 1 }
        }
    }

    /// In order of number, so that equal knowledge makes equal filters.
    var permissions: [SyscallFilter.Permission] {
        classes.sorted { $0.key < $1.key }.map { number, values in
            let needsValues = !number.scalarArguments.isEmpty && values.count <= Self.classLimit
            return SyscallFilter.Permission(
                number: number,
                values: needsValues ? values.sorted { $0.lexicographicallyPrecedes($1) } : nil)
        }
    }

    /// Calls that the tracer has to see each time: those that make tasks or images, set timers,
    /// could change the tracer or the template, install filters, or come by another gate.
    private static func isAlwaysStopped(_ number: SyscallNumber) -> Bool {
        guard number.rawValue < SyscallSet.capacity else { return true }
        return alwaysStopped.contains(number)
    }

    private static let alwaysStopped = SyscallSet(
        [
            "clone", "clone3", "fork", "vfork", "execve", "execveat", "alarm", "setitimer",
            "timer_settime", "timerfd_settime", "kill", "tkill", "tgkill", "rt_sigqueueinfo",
            "rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal", "ptrace", "process_vm_readv",
            "process_vm_writev", "prlimit64", "setpriority", "sched_setparam",
            "sched_setscheduler", "sched_setaffinity", "sched_getaffinity", "sched_setattr",
            "ioprio_set", "seccomp", "prctl", "process_madvise", "migrate_pages", "move_pages",
        ].compactMap { SyscallNumber(name: $0) })
}
