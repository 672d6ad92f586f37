internal import CLinux
internal import Glibc
internal import Syscalls
internal import Traces

extension TraceSession {
    /// The tracer's process id where a target can see it: as the first process of the target's
    /// PID namespace.
    private static let tracerInSandbox: Int32? = getpid() == 1 ? 1 : nil

    /// Refuses a call by which the target would take resources from the tracer, or reach a
    /// template, which is no process of the target's.
    ///
    /// Where only one user id is mapped, target and tracer are the same user, whom the kernel lets
    /// do this; elsewhere it refuses by itself, in the same way. A template is always of the
    /// target's user.
    mutating func protectTracer(from event: Event, index: Int) {
        switch Self.namedProcess(event) {
        case .none: return
        case .some(let process) where process != 0 && templates.contains(process):
            impose(-Int64(ESRCH), on: index)
        case .some(let process):
            guard let tracer = Self.tracerInSandbox, process == tracer,
                Self.takesResources(event.number.counterpart)
            else { return }
            impose(-Int64(EPERM), on: index)
        }
    }

    mutating func impose(_ result: Int64, on index: Int) {
        clinux_skip_syscall(table[index].id)
        // Stands already where the end of the call does not stop.
        clinux_set_result(table[index].id, result)
        table[index].imposedResult = result
    }

    /// The process that a call is about, where it names one by its id.
    private static func namedProcess(_ event: Event) -> Int32? {
        let number = event.number.counterpart
        return switch number.rawValue {
        // kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_open, process_vm_readv,
        // process_vm_writev, migrate_pages, move_pages, getpgid, getsid
        case 62, 200, 234, 129, 297, 434, 310, 311, 256, 279, 121, 124:
            Int32(truncatingIfNeeded: event.arguments[0])
        // ptrace, setpriority, getpriority, ioprio_set, ioprio_get
        case 101, 141, 140, 251, 252: Int32(truncatingIfNeeded: event.arguments[1])
        default:
            takesResources(number) || number.rawValue == 204
                ? Int32(truncatingIfNeeded: event.arguments[0]) : nil
        }
    }

    /// Whether the first argument is the process whose limits or scheduling the call changes.
    private static func takesResources(_ number: SyscallNumber) -> Bool {
        switch number.rawValue {
        // sched_setparam, sched_setscheduler, sched_setaffinity, prlimit64, sched_setattr
        case 142, 144, 203, 302, 314: true
        default: false
        }
    }

    /// Gives a task the whole machine before it can notice that the tracer keeps to one processor:
    /// while it asks, and when it makes threads that could run side by side. A server's threads
    /// take turns with what is said to it.
    mutating func releaseProcessor(for event: Event, index: Int) {
        guard !table.processes[table[index].process].choosesProcessors else { return }
        let task = table[index].id
        switch event.number.counterpart.rawValue {
        case Self.setAffinity:
            clinux_release_processor(task)
            table.processes[table[index].process].choosesProcessors = true
        // getcpu
        case Self.getAffinity, 309: clinux_release_processor(task)
        // clone3, clone with CLONE_VM
        case 435 where service == .none: clinux_release_processor(task)
        case 56 where service == .none && event.arguments[0] & 0x100 != 0:
            clinux_release_processor(task)
        default: break
        }
    }

    /// Takes the machine back from a task that has only asked. A memory allocator asks at the start
    /// of many a server; on two processors, its turns with the tracer would take ten times as long
    /// where the machine is idle.
    func holdProcessor(after event: Event, index: Int) {
        guard event.number.counterpart.rawValue == Self.getAffinity,
            !table.processes[table[index].process].choosesProcessors,
            service != .none || table.processes[table[index].process].liveTasks == 1
        else { return }
        clinux_hold_processor(table[index].id)
    }

    /// sched_setaffinity, sched_getaffinity
    private static let setAffinity: UInt32 = 203
    private static let getAffinity: UInt32 = 204
}
