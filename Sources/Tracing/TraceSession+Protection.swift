internal import CLinux
internal import Glibc
internal import Syscalls
internal import Traces

extension TraceSession {
    /// The tracer's process id where a target can see it: as the first process of the target's
    /// PID namespace.
    private static let tracerInSandbox: UInt64? = getpid() == 1 ? 1 : nil

    /// Refuses a call by which the target would take resources from the tracer.
    ///
    /// Where only one user id is mapped, target and tracer are the same user, whom the kernel lets
    /// do this; elsewhere it refuses by itself, in the same way.
    mutating func protectTracer(from event: Event, index: Int) {
        guard let tracer = Self.tracerInSandbox, Self.takesProcess(event.number),
            event.arguments[0] == tracer
        else { return }
        clinux_skip_syscall(table[index].id)
        table[index].imposedResult = -Int64(EPERM)
    }

    /// Whether the first argument is the process whose limits or scheduling the call changes.
    private static func takesProcess(_ number: SyscallNumber) -> Bool {
        switch number.rawValue {
        // sched_setparam, sched_setscheduler, sched_setaffinity, prlimit64, sched_setattr
        case 142, 144, 203, 302, 314: true
        default: false
        }
    }
}
