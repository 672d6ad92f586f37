internal import CLinux
internal import Syscalls
internal import TestCases
internal import Traces

/// Processes that write their own calls down: what they have written becomes events at their next
/// stop, and what they do not write down stops them.
extension TraceSession {
    /// Calls of the target that are told, each once; more do not come up in one execution.
    private static let mostStoppedCalls = 64

    /// Before a copy goes on from `main`.
    mutating func beginRecording(_ copies: CallRecorder) {
        var recorder = recorder(copies)
        table.processes[0].log = recorder.beginFirst(of: rootProcess)
        table.processes[0].log?.allow(provocations.callsBeforeSignal)
        self.recorder = recorder
    }

    /// The same, stopping as well at what has to be seen in this execution.
    func recorder(_ recorder: CallRecorder) -> CallRecorder {
        var recorder = recorder
        recorder.stop(provocations.faults.map { SyscallNumber(rawValue: $0.fault.syscall) })
        if service != .none {
            recorder.stop(CallRecorder.stoppingWhileServing)
            recorder.stop(waitsInRecord)
        }
        return recorder
    }

    // MARK: Births and ends

    /// Notes where a new task runs in the memory of the one that made it.
    mutating func noteSharing(by child: Int32, of parent: LiveTask) {
        guard let index = table.find(child) else { return }
        let process = table[index].process
        if process == parent.process {
            if !CallRecorder.tellsThreads { table.processes[process].log?.turnOff() }
        } else if sharesMemory(with: parent) {
            table.processes[process].lender = parent.process
            table.processes[parent.process].log?.borrowers += 1
        }
    }

    /// Whether what a task makes in its call runs in the task's memory: CLONE_VM of clone(2).
    private func sharesMemory(with task: LiveTask) -> Bool {
        guard let event = task.event else { return true }
        let shared: UInt64 = 0x100
        switch trace.events[event].number {
        case .fork: return false
        case .clone: return trace.events[event].arguments[0] & shared != 0
        case .clone3:
            let flags = Self.bytes(at: trace.events[event].arguments[0], of: task.id, 8)
            return flags.count != 8 || Self.word(flags, 0) & shared != 0
        default: return true
        }
    }

    /// Before a task runs for the first time.
    mutating func beginRecordingChild(_ index: Int) {
        let process = table[index].process
        guard table.processes[process].sharesTemplate, table.processes[process].lender == nil,
            table.processes[process].log == nil, table.processes[process].liveTasks == 1,
            table[index].id == table.processes[process].id
        else { return }
        guard !table.processes[process].hasOwnFilter else {
            clinux_recorder_keep_out(table[index].id)
            return
        }
        table.processes[process].log = recorder?.begin(of: table[index].id)
    }

    /// A process executes another image.
    mutating func noteImage(of process: Int) {
        takeRecords(of: process)
        if process == 0 { recorder?.isComplete = false }
        release(process)
    }

    /// A process is gone, or has memory of its own from now on.
    private mutating func release(_ process: Int) {
        if let log = table.processes[process].log { recorder?.end(log) }
        table.processes[process].log = nil
        if let lender = table.processes[process].lender {
            table.processes[lender].log?.borrowers -= 1
            table.processes[process].lender = nil
        }
    }

    mutating func noteEnd(of task: LiveTask) {
        let process = task.process
        if table.processes[process].liveTasks == 0 {
            release(process)
        } else if table.processes[process].log?.owner == task.id {
            // A thread that is made later may be taken for it.
            table.processes[process].log?.turnOff()
        }
    }

    // MARK: Taking over

    /// Takes over what was written down before a stop.
    mutating func prepareRecords(for stop: clinux_stop) {
        guard let index = table.find(stop.task) else { return }
        let process = table[index].process
        let log = table.processes[process].log
        switch Int(stop.kind) {
        case Int(CLINUX_STOP_SIGNAL):
            if table.processes[process].sharesTemplate {
                recorder?.interrupt(stop.task, log: log)
            }
        case Int(CLINUX_STOP_FILTERED):
            // The stop tells of the call, and of its result.
            if log?.owner == stop.task,
                recorder?.place(ofPointer: stop.instruction_pointer)?.isWritten == true
            {
                log?.forgetLast()
            }
        default: break
        }
        takeRecords(of: process)
    }

    /// Takes over what all have written down since the last time.
    mutating func takeAllRecords() {
        guard recorder != nil else { return }
        for process in table.processes.indices where table.processes[process].log != nil {
            takeRecords(of: process)
            noteWaitInRecord(process)
        }
    }

    private mutating func takeRecords(of process: Int) {
        guard let places = recorder?.places.places, var log = table.processes[process].log,
            let index = table.find(log.owner)
        else { return }
        takeBackCall(index, &log)
        takeResult(log.resultOfLast(), index, &log)
        var hasNews = false
        while let (event, isPending) = log.next(at: places, thread: table[index].thread) {
            // The owner may be writing meanwhile, and has then left the call before.
            if log.pending != nil { takeResult(log.resultBeforeLast(), index, &log) }
            hasNews = true
            if isPending {
                log.pending = trace.events.count
                table[index].event = trace.events.count
            }
            trace.events.append(event)
            noteRecorded(event, task: index)
        }
        table.processes[process].log = log
        if hasNews { clock.noteProgress() }
        if log.isBroken {
            hasBrokenRecord = true
            stopEverything(.blocked)
        }
    }

    /// Undoes what was noted of a call that has not been made after all.
    private mutating func takeBackCall(_ index: Int, _ log: inout CallLog) {
        guard let pending = log.pending, log.tookBack() else { return }
        if table[index].id == rootProcess { provocations.takeBackCall() }
        // Others may have made calls since, whose events stay where they are.
        if pending == trace.events.count - 1 {
            trace.events.removeLast()
        } else {
            table[index].takenBack = pending
        }
        if table[index].event == pending { table[index].event = nil }
    }

    /// Notes a call that a task enters, once: it may have written it down before a filter stopped it.
    /// Returns the index of the event.
    mutating func noteEntered(_ event: Event, task index: Int) -> Int {
        if let former = table[index].takenBack, trace.events[former].isSameCall(as: event) {
            table[index].takenBack = nil
            trace.events[former] = event
            return former
        }
        trace.events.append(event)
        return trace.events.count - 1
    }

    private mutating func takeResult(_ result: Int64?, _ index: Int, _ log: inout CallLog) {
        guard let pending = log.pending, let result else { return }
        trace.events[pending].result = result
        log.pending = nil
        if table[index].event == pending { table[index].event = nil }
        if result >= 0 || result < -4095 { followMappings(trace.events[pending], task: index) }
    }

    private mutating func noteRecorded(_ event: Event, task: Int) {
        if Self.startsTimer(event.number) { table.processes[table[task].process].hasTimer = true }
        if table[task].id == rootProcess { provocations.passCall() }
        if let result = event.result, result >= 0 || result < -4095 {
            followMappings(event, task: task)
        }
        if trace.events.count >= options.maximumEvents { stopEverything(.tooManyEvents) }
    }

    /// A process that is talked to sleeps in a call that it has written down: from now on such
    /// calls stop, so that it is known at once when they are entered and left.
    private mutating func noteWaitInRecord(_ process: Int) {
        guard service != .none, let log = table.processes[process].log,
            let pending = log.pending, let index = table.find(log.owner),
            table[index].event == pending
        else { return }
        let number = trace.events[pending].number
        guard !waitsInRecord.contains(number),
            Self.isAsleep(process: table.processes[process].id, task: log.owner)
        else { return }
        waitsInRecord.insert(number)
        recorder?.stop([number])
        for index in table.processes.indices { table.processes[index].log?.stop(number) }
    }

    // MARK: Calls that stop

    /// A call has met the filter that lets through what is written down.
    mutating func meetUnrecorded(_ stop: clinux_stop) {
        guard let index = table.find(stop.task) else {
            resume(stop.task)
            return
        }
        let process = table[index].process
        guard !table.processes[process].hasOwnFilter else {
            // It stops at each call, and was seen when it entered this one.
            resume(stop.task)
            return
        }
        table[index].awaitsExit = true
        noteStoppedCall(stop, process: process)
        if Self.installsFilter(stop) {
            // Calls that the target's own filter refuses do not come to ours.
            table.processes[process].log?.turnOff()
            table.processes[process].hasOwnFilter = true
            if process == 0 { recorder?.isComplete = false }
        }
        enterSyscall(stop)
        if table.processes[process].log?.owner == stop.task {
            let isRoot = stop.task == rootProcess
            table.processes[process].log?.allow(
                isRoot ? provocations.callsBeforeSignal : nil)
        }
    }

    private static func installsFilter(_ stop: clinux_stop) -> Bool {
        let number = SyscallNumber(
            seen: stop.number, isNative: stop.architecture == nativeArchitecture)
        return switch number.counterpart.rawValue {
        // prctl with PR_SET_SECCOMP
        case 157: stop.arguments.0 == 22
        // seccomp with SECCOMP_SET_MODE_STRICT or SECCOMP_SET_MODE_FILTER
        case 317: stop.arguments.0 <= 1
        default: false
        }
    }

    /// Remembers where a call was made that could have been written down.
    private mutating func noteStoppedCall(_ stop: clinux_stop, process: Int) {
        guard let recorder, table.processes[process].sharesTemplate,
            table.processes[process].log?.isOff == false, stop.number < UInt64(SyscallSet.capacity)
        else { return }
        let number = SyscallNumber(rawValue: UInt32(stop.number))
        guard !CallRecorder.alwaysStopping.contains(number), !recorder.stopping.contains(number),
            recorder.place(ofPointer: stop.instruction_pointer) == nil
        else { return }
        let address = stop.instruction_pointer &- 2
        if !recordsImages {
            guard stoppedCalls.count < Self.mostStoppedCalls, !stoppedCalls.contains(address)
            else { return }
            stoppedCalls.append(address)
        } else if stoppedSites.count < Self.mostStoppedSites,
            let place = table.processes[process].addressSpace.locate(address)
        {
            stoppedSites.insert(
                CallSite(module: trace.modules[Int(place.module)], offset: place.offset))
        }
    }

    private static let mostStoppedSites = 512

    /// Notes a change of what tells the task that writes from others, ARCH_SET_FS of arch_prctl(2).
    mutating func followThreadPointer(_ event: Event, task: Int) {
        guard event.number.rawValue == 158, event.arguments[0] == 0x1002,
            let log = table.processes[table[task].process].log, log.owner == table[task].id
        else { return }
        log.follow(event.arguments[1])
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

extension Event {
    /// Whether it is the same call from the same place, whatever it returned.
    fileprivate func isSameCall(as other: Event) -> Bool {
        thread == other.thread && number == other.number && module == other.module
            && offset == other.offset
            && arguments.indices.allSatisfy { arguments[$0] == other.arguments[$0] }
    }
}
