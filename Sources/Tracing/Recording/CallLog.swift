internal import CLinux
internal import Syscalls
internal import Traces

/// What one process writes down of the calls of one of its tasks, as the session sees it.
///
/// The process can write anything into the memory that it shares with us; ``isBroken`` tells what
/// none would write that keeps to its own memory.
@safe struct CallLog {
    let index: Int32
    /// The task that writes.
    let owner: Int32
    /// How many records have been taken over.
    private(set) var taken: Int32 = 0
    /// Index into ``Trace/events`` of the call that was taken over last, while it has not returned.
    var pending: Int?
    private(set) var isBroken = false
    /// Whether nothing more is to be written down.
    private(set) var isOff = false
    /// Other processes that run in the same memory for a time, as behind vfork(2), and would write
    /// as if they were the owner.
    var borrowers = 0 {
        didSet { if borrowers > 0 { stopEverything() } }
    }
    private let prepared: OpaquePointer

    init(index: Int32, owner: Int32, of prepared: OpaquePointer) {
        self.index = index
        self.owner = owner
        unsafe self.prepared = prepared
    }

    /// Whether the call that was taken over last has been taken back since, as one that was not
    /// made yet.
    mutating func tookBack() -> Bool {
        guard pending != nil, unsafe clinux_recorder_count(prepared, index) == taken - 1 else {
            return false
        }
        taken -= 1
        pending = nil
        return true
    }

    /// The next call that has been written down.
    mutating func next(
        at places: [CallRecorder.Place], thread: Int32
    ) -> (event: Event, isPending: Bool)? {
        let count = unsafe clinux_recorder_count(prepared, index)
        guard !isBroken, count > taken else {
            if count < taken { isBroken = true }
            return nil
        }
        let record = unsafe clinux_recorder_record(prepared, index, taken)
        guard record.place < places.count, record.number < UInt64(SyscallSet.capacity) else {
            isBroken = true
            return nil
        }
        taken += 1
        let place = places[Int(record.place)]
        let isPending = record.result == CLINUX_RECORD_PENDING
        let event = Event(
            thread: thread, number: SyscallNumber(rawValue: UInt32(record.number)),
            module: place.module, offset: place.offset,
            arguments: [
                record.arguments.0, record.arguments.1, record.arguments.2, record.arguments.3,
                record.arguments.4, record.arguments.5,
            ], result: isPending ? nil : record.result)
        return (event, isPending)
    }

    /// What the call that was taken over last has returned since; nil while it has not.
    func resultOfLast() -> Int64? { result(of: taken - 1) }

    /// What the call before that has returned.
    func resultBeforeLast() -> Int64? { result(of: taken - 2) }

    private func result(of record: Int32) -> Int64? {
        let record = unsafe clinux_recorder_record(prepared, index, record)
        return record.result == CLINUX_RECORD_PENDING ? nil : record.result
    }

    /// Lets so many more calls be written down, nil for as many as there is room for. The owner
    /// must be stopped, in no call that it has written down.
    mutating func allow(_ count: UInt64?) {
        // Everything has been taken over, and room is made long before there is none.
        if taken > 1024 {
            unsafe clinux_recorder_forget(prepared, index, taken)
            taken = 0
        }
        let isQuiet = isOff || isBroken || borrowers > 0
        unsafe clinux_recorder_allow(prepared, index, isQuiet ? 0 : count ?? .max)
    }

    /// Notes where the thread-local storage of the owner is from now on, by which it is told.
    func follow(_ threadPointer: UInt64) {
        unsafe clinux_recorder_own(prepared, index, threadPointer)
    }

    /// Has calls of one more number stop.
    func stop(_ number: SyscallNumber) {
        unsafe clinux_recorder_stop(prepared, index, number.rawValue)
    }

    /// Has every call stop from here on, of every task that shares the memory.
    mutating func turnOff() {
        isOff = true
        stopEverything()
    }

    private func stopEverything() {
        unsafe clinux_recorder_allow(prepared, index, 0)
    }

    /// Takes back a call that was written down and has stopped all the same.
    func forgetLast() {
        unsafe clinux_recorder_forget(prepared, index, 1)
    }
}
