internal import CLinux
internal import Syscalls
internal import TestCases
internal import Traces

/// Copies that write their own calls down: what they have written becomes events at the next stop,
/// and what they do not write down stops them.
extension TraceSession {
    /// Calls of the target that are told, each once; more do not come up in one execution.
    private static let mostStoppedCalls = 64

    mutating func beginRecording(_ recorder: CallRecorder) {
        recorder.begin(stopping: provocations.faults.map(\.fault.syscall))
        self.recorder = recorder
        // Whom a target talks to is played in the stops of its calls.
        if service != .none { self.recorder?.turnOff() }
        self.recorder?.allow(provocations.callsBeforeSignal)
    }

    /// Takes over what was written down before a stop.
    mutating func prepareRecords(for stop: clinux_stop) {
        switch Int(stop.kind) {
        case Int(CLINUX_STOP_SIGNAL):
            if let index = table.find(stop.task),
                table.processes[table[index].process].sharesTemplate
            {
                recorder?.interrupt(stop.task)
            }
        case Int(CLINUX_STOP_FILTERED):
            // The stop tells of the call, and of its result.
            if recorder?.place(ofPointer: stop.instruction_pointer)?.isWritten == true {
                recorder?.forgetLast()
            }
        default: break
        }
        takeRecords()
    }

    /// Takes over what the copy has written down since the last time.
    mutating func takeRecords() {
        guard recorder != nil, let index = table.find(rootProcess) else { return }
        takeBackCall(index)
        takePendingResult(index)
        var hasNews = false
        while let (event, isPending) = recorder?.next() {
            hasNews = true
            if isPending {
                recorder?.pending = trace.events.count
                table[index].event = trace.events.count
            }
            trace.events.append(event)
            noteRecorded(event, task: index)
        }
        if hasNews { clock.noteProgress() }
        if recorder?.isBroken == true { stopEverything(.blocked) }
    }

    /// Undoes what was noted of a call that has not been made after all.
    private mutating func takeBackCall(_ index: Int) {
        guard let pending = recorder?.pending, pending == trace.events.count - 1,
            recorder?.tookBack() == true
        else { return }
        trace.events.removeLast()
        provocations.takeBackCall()
        if table[index].event == pending { table[index].event = nil }
    }

    private mutating func takePendingResult(_ index: Int) {
        guard let pending = recorder?.pending, let result = recorder?.resultOfLast() else { return }
        trace.events[pending].result = result
        recorder?.pending = nil
        if table[index].event == pending { table[index].event = nil }
        if result >= 0 || result < -4095 { followMappings(trace.events[pending], task: index) }
    }

    private mutating func noteRecorded(_ event: Event, task: Int) {
        if Self.startsTimer(event.number) { table.processes[table[task].process].hasTimer = true }
        provocations.passCall()
        if let result = event.result, result >= 0 || result < -4095 {
            followMappings(event, task: task)
        }
        if trace.events.count >= options.maximumEvents { stopEverything(.tooManyEvents) }
    }

    /// A call has met the filter that lets through what is written down.
    mutating func meetUnrecorded(_ stop: clinux_stop) {
        guard let index = table.find(stop.task) else {
            resume(stop.task)
            return
        }
        table[index].awaitsExit = true
        noteStoppedCall(stop, process: table[index].process)
        if Self.installsFilter(stop) {
            // Calls that the target's own filter refuses do not come to ours.
            recorder?.turnOff()
            options.watch = .everything
        }
        enterSyscall(stop)
        recorder?.allow(provocations.callsBeforeSignal)
    }

    private static func installsFilter(_ stop: clinux_stop) -> Bool {
        switch stop.number {
        // prctl with PR_SET_SECCOMP
        case 157: stop.arguments.0 == 22
        // seccomp with SECCOMP_SET_MODE_STRICT or SECCOMP_SET_MODE_FILTER
        case 317: stop.arguments.0 <= 1
        default: false
        }
    }

    /// Remembers where a call was made that could have been written down.
    private mutating func noteStoppedCall(_ stop: clinux_stop, process: Int) {
        guard let recorder, !recorder.isOff, table.processes[process].sharesTemplate,
            stop.number < UInt64(SyscallSet.capacity),
            !CallRecorder.stopping.contains(SyscallNumber(rawValue: UInt32(stop.number))),
            recorder.place(ofPointer: stop.instruction_pointer) == nil,
            stoppedCalls.count < Self.mostStoppedCalls,
            !stoppedCalls.contains(stop.instruction_pointer &- 2)
        else { return }
        stoppedCalls.append(stop.instruction_pointer &- 2)
    }

    /// Where a call was made that has come from our code, as if it had been made in the file.
    func recordedPlace(
        _ pointer: UInt64, process: Int
    ) -> (module: Int32, offset: UInt64)? {
        guard let recorder, table.processes[process].sharesTemplate,
            let found = recorder.place(ofPointer: pointer)
        else { return nil }
        return (found.place.module, found.place.offset)
    }
}
