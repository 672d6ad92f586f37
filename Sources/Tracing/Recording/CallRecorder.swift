internal import CLinux
internal import Syscalls
internal import Traces

/// What the copies of one template write down of their own calls, as the session sees it that runs
/// one of them.
///
/// A copy can write anything into the memory that it shares with us; ``isBroken`` tells what no
/// copy would write that keeps to its own memory.
@safe struct CallRecorder {
    /// Where the calls are that are led through our code, by place.
    let places: [Place]
    /// How many records have been taken over.
    private(set) var taken: Int32 = 0
    /// Index into ``Trace/events`` of the call that was taken over last, while it has not returned.
    var pending: Int?
    private(set) var isBroken = false
    /// Whether nothing more is to be written down.
    private(set) var isOff = false
    private let prepared: OpaquePointer

    struct Place: Sendable {
        /// Index into ``Trace/modules`` of the template's trace.
        var module: Int32
        /// Of the `syscall` instruction in the file.
        var offset: UInt64
    }

    init(places: [Place], of prepared: OpaquePointer) {
        self.places = places
        unsafe self.prepared = prepared
    }

    /// Before a copy is made; calls of these numbers stop, besides those that always do.
    func begin(stopping numbers: some Sequence<UInt32>) {
        var words = Self.stoppingWords
        for number in numbers where number < UInt32(SyscallSet.capacity) {
            words[Int(number / 64)] |= 1 << UInt64(number % 64)
        }
        unsafe words.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe clinux_recorder_begin(prepared, base)
        }
    }

    /// Whether the call that was taken over last has been taken back since, as one that was not
    /// made yet.
    mutating func tookBack() -> Bool {
        guard pending != nil, unsafe clinux_recorder_count(prepared) == taken - 1 else {
            return false
        }
        taken -= 1
        pending = nil
        return true
    }

    /// The next call that has been written down.
    mutating func next() -> (event: Event, isPending: Bool)? {
        let count = unsafe clinux_recorder_count(prepared)
        guard !isBroken, count > taken else {
            if count < taken { isBroken = true }
            return nil
        }
        let record = unsafe clinux_recorder_record(prepared, taken)
        guard record.place < places.count, record.number < UInt64(SyscallSet.capacity) else {
            isBroken = true
            return nil
        }
        taken += 1
        let place = places[Int(record.place)]
        let isPending = record.result == CLINUX_RECORD_PENDING
        let event = Event(
            thread: 0, number: SyscallNumber(rawValue: UInt32(record.number)),
            module: place.module, offset: place.offset,
            arguments: [
                record.arguments.0, record.arguments.1, record.arguments.2, record.arguments.3,
                record.arguments.4, record.arguments.5,
            ], result: isPending ? nil : record.result)
        return (event, isPending)
    }

    /// What the call that was taken over last has returned since; nil while it has not.
    func resultOfLast() -> Int64? {
        let record = unsafe clinux_recorder_record(prepared, taken - 1)
        return record.result == CLINUX_RECORD_PENDING ? nil : record.result
    }

    /// Lets so many more calls be written down, nil for as many as there is room for.
    mutating func allow(_ count: UInt64?) {
        // Everything has been taken over, and room is made long before there is none.
        if taken > 1024 {
            unsafe clinux_recorder_forget(prepared, taken)
            taken = 0
        }
        unsafe clinux_recorder_allow(prepared, isOff || isBroken ? 0 : count ?? .max)
    }

    /// Has every call stop from here on, of every task that shares the memory.
    mutating func turnOff() {
        isOff = true
        unsafe clinux_recorder_allow(prepared, 0)
    }

    /// Where a call was made from that stopped in our code; nil for one that was made elsewhere.
    func place(ofPointer pointer: UInt64) -> (place: Place, isWritten: Bool)? {
        var written: Int32 = 0
        let index = unsafe clinux_recorder_place(prepared, pointer, &written)
        guard index >= 0, index < places.count else { return nil }
        return (places[Int(index)], written != 0)
    }

    /// Takes back a call that was written down and has stopped all the same.
    func forgetLast() {
        unsafe clinux_recorder_forget(prepared, 1)
    }

    /// Before a signal is delivered to a task, whose handler makes calls of its own.
    func interrupt(_ task: Int32) {
        unsafe clinux_recorder_interrupt(prepared, task)
    }
}

extension CallRecorder {
    /// Calls that the tracer has to see when they are entered: those that make tasks or images,
    /// that return elsewhere, that name a process, that ask which processors there are, or may
    /// install a filter.
    static let stopping = SyscallSet(
        [
            "clone", "clone3", "fork", "vfork", "execve", "execveat", "rt_sigreturn", "kill",
            "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "ptrace",
            "process_vm_readv", "process_vm_writev", "migrate_pages", "move_pages", "getpgid",
            "getsid", "setpriority", "getpriority", "ioprio_set", "ioprio_get",
            "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_getaffinity",
            "sched_setattr", "getcpu", "seccomp", "prctl",
        ].compactMap { SyscallNumber(name: $0) })

    private static let stoppingWords: [UInt64] = {
        var words = [UInt64](repeating: 0, count: Int(CLINUX_RECORDER_WORDS))
        for number in stopping {
            words[Int(number.rawValue / 64)] |= 1 << UInt64(number.rawValue % 64)
        }
        return words
    }()
}
