internal import CLinux
internal import Platform
internal import Syscalls
internal import Traces

/// Memory in which the processes that come of one template, or of one server that stays up, write
/// their calls down, and the places in their code that do so.
@safe struct CallRecorder {
    /// Where the calls are that are led through our code, by place.
    let places: CallPlaces
    /// Whether the first process has written down whatever it could to its end.
    var isComplete = true
    /// Calls that stop, besides those that always do.
    private(set) var stopping: SyscallSet = []
    /// Bit by bit, the logs that are somebody's.
    private var taken: UInt32 = 0
    private let prepared: OpaquePointer

    struct Place: Sendable {
        /// Index into ``Trace/modules`` of the template's trace.
        var module: Int32
        /// Of the `syscall` instruction in the file.
        var offset: UInt64
    }

    init(places: CallPlaces, of prepared: OpaquePointer) {
        self.places = places
        unsafe self.prepared = prepared
    }

    /// Whether the threads of a process can be told apart while they write.
    static let tellsThreads = clinux_recorder_tells_threads() != 0

    /// Before anybody writes: these calls stop as well.
    mutating func stop(_ numbers: some Sequence<SyscallNumber>) {
        for number in numbers { stopping.insert(number) }
    }

    /// The log of a copy that was just made.
    mutating func beginFirst(of process: Int32) -> CallLog? { begin(process, task: 0) }

    /// The log of a process that stands before its first instruction, or nil where there is none
    /// for it; then all its calls stop.
    mutating func begin(of process: Int32) -> CallLog? {
        guard let log = begin(process, task: process) else {
            clinux_recorder_keep_out(process)
            return nil
        }
        return log
    }

    private mutating func begin(_ owner: Int32, task: Int32) -> CallLog? {
        guard let index = (0..<Int32(CLINUX_RECORDER_LOGS)).first(where: { taken & 1 << $0 == 0 })
        else { return nil }
        var words = Self.alwaysStoppingWords
        for number in stopping where number.rawValue < UInt32(SyscallSet.capacity) {
            words[Int(number.rawValue / 64)] |= 1 << UInt64(number.rawValue % 64)
        }
        let result = unsafe words.withUnsafeBufferPointer { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return -1 }
            return unsafe clinux_recorder_begin(prepared, index, task, base)
        }
        guard result == 0 else { return nil }
        taken |= 1 << index
        return unsafe CallLog(index: index, owner: owner, of: prepared)
    }

    /// Gives a log back whose process is gone, or executes another image.
    mutating func end(_ log: CallLog) {
        taken &= ~(1 << log.index)
    }

    /// Where a call was made from that stopped in our code; nil for one that was made elsewhere.
    func place(ofPointer pointer: UInt64) -> (place: Place, isWritten: Bool)? {
        var written: Int32 = 0
        let index = unsafe clinux_recorder_place(prepared, pointer, &written)
        guard index >= 0, index < places.places.count else { return nil }
        return (places.places[Int(index)], written != 0)
    }

    /// Before a signal is delivered to a task, whose handler makes calls of its own.
    func interrupt(_ task: Int32, log: CallLog?) {
        unsafe clinux_recorder_interrupt(prepared, log?.index ?? -1, task)
    }
}

extension CallRecorder {
    /// Calls that the tracer has to see when they are entered: those that make tasks or images,
    /// that return elsewhere, that change what tells threads apart, that name a process, that ask which processors there are, or may
    /// install a filter.
    static let alwaysStopping = SyscallSet(
        [
            "clone", "clone3", "fork", "vfork", "execve", "execveat", "rt_sigreturn", "kill",
            "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "ptrace",
            "process_vm_readv", "process_vm_writev", "migrate_pages", "move_pages", "getpgid",
            "getsid", "setpriority", "getpriority", "ioprio_set", "ioprio_get",
            "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_getaffinity",
            "sched_setattr", "getcpu", "seccomp", "prctl", "arch_prctl",
        ].compactMap { SyscallNumber(name: $0) })

    private static let alwaysStoppingWords: [UInt64] = {
        var words = [UInt64](repeating: 0, count: Int(CLINUX_RECORDER_WORDS))
        for number in alwaysStopping {
            words[Int(number.rawValue / 64)] |= 1 << UInt64(number.rawValue % 64)
        }
        return words
    }()

    /// Calls of a target that is talked to which the tracer has to see as well: those in which it
    /// waits by their nature, so that it is known to, and those that open an address or need
    /// somebody there. Others that turn out to wait are added, see
    /// ``TraceSession/noteWaitInRecord(_:)``.
    static let stoppingWhileServing = SyscallSet(
        [
            "poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2",
            "io_uring_enter", "rt_sigtimedwait", "futex", "futex_waitv", "futex_wait",
            "futex_wake", "futex_requeue", "wait4", "waitid", "rt_sigsuspend", "pause",
            "nanosleep", "clock_nanosleep", "msgrcv", "semop", "semtimedop", "io_getevents",
            "restart_syscall", "pidfd_send_signal", "bind", "listen", "connect", "sendto",
            "sendmsg", "sendmmsg",
        ].compactMap { SyscallNumber(name: $0) })
}
