internal import CLinux
internal import Platform
internal import Syscalls
internal import TestCases
internal import Traces

extension TraceSession {
    mutating func enterSyscall(_ stop: clinux_stop) {
        guard stopReason == nil, let index = table.find(stop.task) else {
            resume(stop.task)
            return
        }
        let process = table[index].process
        let place =
            recordedPlace(stop.instruction_pointer, process: process)
            ?? locate(stop.instruction_pointer &- 2, process: process)
        // Calls through the 32-bit gate have a table of their own; the mark keeps them apart.
        let isNative = stop.architecture == Self.nativeArchitecture
        let event = Event(
            thread: table[index].thread,
            number: SyscallNumber(seen: stop.number, isNative: isNative),
            module: place?.module ?? -1, offset: place?.offset ?? 0,
            arguments: [
                stop.arguments.0, stop.arguments.1, stop.arguments.2, stop.arguments.3,
                stop.arguments.4, stop.arguments.5,
            ])
        let eventIndex = noteEntered(event, task: index)
        table[index].event = eventIndex
        table[index].isStopped = false
        if options.readsNames, isNative {
            noteName(
                of: event, at: eventIndex, task: stop.task,
                process: table.processes[process].id)
        }
        if Self.startsTimer(event.number.counterpart) { table.processes[process].hasTimer = true }
        protectTracer(from: event, index: index)
        confine(event, index: index)
        releaseProcessor(for: event, index: index)
        noteBirth(event, task: stop.task)
        if start != nil { watchTemplate(event, task: stop.task) }
        if service != .none {
            noteWaking(event, task: index)
            followDestination(event, task: index)
        }
        if !provocations.isEmpty, table.processes[process].isPastEntry {
            provoke(event, index: index)
        }
        if trace.events.count >= options.maximumEvents { stopEverything(.tooManyEvents) }
        resume(stop.task)
    }

    /// A filter has stopped a task at the entry of a call.
    mutating func meetFilter(_ stop: clinux_stop) {
        switch options.watch {
        case .novelty:
            isNovel = true
            stopEverything(.novelty)
            resume(stop.task)
        case .entries:
            enterSyscall(stop)
            guard let index = table.find(stop.task), let event = table[index].event else { return }
            // What becomes of the mappings is not seen; the next call site is looked up anew.
            switch trace.events[event].number.rawValue {
            case 9 where trace.events[event].arguments[2] & 4 == 0: break
            case 9, 10, 11, 25, 329:
                table.processes[table[index].process].addressSpace.invalidate()
            default: break
            }
        case .records: meetUnrecorded(stop)
        case .everything: resume(stop.task)
        }
    }

    mutating func leaveSyscall(_ stop: clinux_stop) {
        guard let index = table.find(stop.task), let eventIndex = table[index].event else {
            resume(stop.task)
            return
        }
        var result = stop.result
        if let imposed = table[index].imposedResult {
            clinux_set_result(stop.task, imposed)
            table[index].imposedResult = nil
            result = imposed
        }
        if let changed = table[index].changedArgument {
            // The kernel hands every register but three back as it was, and compilers know it.
            clinux_set_argument(
                stop.task, changed, trace.events[eventIndex].arguments[Int(changed)])
            table[index].changedArgument = nil
        }
        restoreRegisters(of: trace.events[eventIndex], index: index)
        trace.events[eventIndex].result = result
        table[index].event = nil
        table[index].awaitsExit = false
        if recorder != nil {
            followThreadPointer(trace.events[eventIndex], task: index)
            if recordsImages, result == 0, Self.executes(trace.events[eventIndex].number) {
                adoptImage(index)
            }
        }
        holdProcessor(after: trace.events[eventIndex], index: index)
        if result >= 0 || result < -4095 {
            followMappings(trace.events[eventIndex], task: index)
            if service != .none { followSockets(trace.events[eventIndex], task: index) }
        }
        resume(stop.task)
    }

    /// `AUDIT_ARCH_X86_64` of linux/audit.h.
    static let nativeArchitecture: UInt32 = 0xC000_003E

    private static func executes(_ number: SyscallNumber) -> Bool {
        number == .execve || number.rawValue == 322  // execveat
    }

    static func startsTimer(_ number: SyscallNumber) -> Bool {
        // alarm, setitimer, timer_settime, timerfd_settime
        switch number.rawValue {
        case 37, 38, 223, 286: true
        default: false
        }
    }

    // MARK: Call sites

    private mutating func locate(
        _ address: UInt64, process: Int
    ) -> (module: Int32, offset: UInt64)? {
        let isListed =
            options.watch == .everything || options.watch == .records
            || !table.processes[process].addressSpace.isStale
        if isListed, let place = table.processes[process].addressSpace.locate(address) {
            return place
        }
        guard table.processes[process].addressSpace.deservesListing else { return nil }
        loadMappings(of: process)
        if let place = table.processes[process].addressSpace.locate(address) { return place }
        table.processes[process].addressSpace.recordFruitlessListing()
        return nil
    }

    mutating func loadMappings(of process: Int) {
        guard let listing = try? SmallFile.read("/proc/\(table.processes[process].id)/maps") else {
            return
        }
        var space = table.processes[process].addressSpace
        space.load(listing: listing) { moduleIndex($0) }
        table.processes[process].addressSpace = space
    }

    /// A process' executable memory as the kernel lists it now.
    mutating func mappings(of process: Int) -> AddressSpace {
        loadMappings(of: process)
        return table.processes[process].addressSpace
    }

    private mutating func moduleIndex(_ path: String) -> Int32 {
        if let index = trace.modules.firstIndex(of: path) { return Int32(index) }
        trace.modules.append(path)
        return Int32(trace.modules.count - 1)
    }

    /// Keeps the address space as the call that has just succeeded left it.
    mutating func followMappings(_ event: Event, task: Int) {
        let process = table[task].process
        let (arguments, executable) = (event.arguments, UInt64(4))
        switch event.number.rawValue {
        case 9:  // mmap
            let address = UInt64(bitPattern: event.result ?? 0)
            let length = (arguments[1] &+ 4095) & ~4095
            guard arguments[2] & executable != 0 else {
                table.processes[process].addressSpace.remove(start: address, length: length)
                return
            }
            let descriptor = Int32(truncatingIfNeeded: arguments[4])
            let isAnonymous = arguments[3] & 0x20 != 0  // MAP_ANONYMOUS
            let path =
                isAnonymous
                ? nil : SmallFile.link("/proc/\(table.processes[process].id)/fd/\(descriptor)")
            let module = moduleIndex(path ?? AddressSpace.anonymous)
            table.processes[process].addressSpace.insert(
                start: address, length: length, fileOffset: path == nil ? nil : arguments[5],
                module: module)
        case 11:  // munmap
            table.processes[process].addressSpace.remove(
                start: arguments[0], length: (arguments[1] &+ 4095) & ~4095)
        case 10 where arguments[2] & executable != 0,  // mprotect
            329 where arguments[2] & executable != 0:  // pkey_mprotect
            table.processes[process].addressSpace.invalidate()
        case 25:  // mremap
            let new = UInt64(bitPattern: event.result ?? 0)
            table.processes[process].addressSpace.remove(start: arguments[0], length: arguments[1])
            table.processes[process].addressSpace.remove(start: new, length: arguments[2])
            table.processes[process].addressSpace.invalidate()
        default: break
        }
    }
}
