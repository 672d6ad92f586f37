internal import CLinux
internal import Platform
internal import Syscalls
internal import TestCases
internal import Traces

/// Births and deaths: what `fork`, `clone`, `execve` and `exit` do to the table and the trace.
extension TraceSession {
    mutating func beginRoot(_ root: Int32) {
        rootProcess = root
        targetImage = Self.image(of: root)
        table.processes.append(LiveProcess(id: root))
        trace.threads.append(
            TracedThread(
                threadID: root, processID: root, parent: nil, role: .root, image: targetImage))
        // The launch has consumed the entry of the first execve; its exit stop comes next.
        var first = LiveTask(id: root, process: 0, thread: 0)
        first.event = trace.events.count
        trace.events.append(
            Event(
                thread: 0, number: .execve, module: -1, offset: 0,
                arguments: InlineArray(repeating: 0)))
        table.insert(first)
        plantEntryBreakpoint(process: 0)
    }

    /// Enters a copy of a template, which is about to enter `main`.
    mutating func beginCopy(_ copy: Int32, of server: borrowing ForkServer) {
        rootProcess = copy
        targetImage = trace.threads[0].image
        trace.threads[0].threadID = copy
        trace.threads[0].processID = copy
        table.processes.append(
            LiveProcess(
                id: copy, addressSpace: server.addressSpace, isPastEntry: true,
                sharesTemplate: true))
        table.insert(LiveTask(id: copy, process: 0, thread: 0))
    }

    /// Sees to it that the task which a call is about to make is announced, whatever the target asks
    /// for; where that fails, notes that one may be left.
    mutating func noteBirth(_ event: Event, task: Int32) {
        let untraced: UInt64 = 0x0080_0000  // CLONE_UNTRACED
        switch event.number {
        case .clone where event.arguments[0] & untraced != 0:
            let flags = event.arguments[0] & ~untraced
            guard clinux_set_argument(task, 0, flags) == 0, let index = table.find(task) else {
                mayLeaveTasks = true
                return
            }
            table[index].changedArgument = 0
        case .clone3:
            var flags: UInt64 = 0
            let size = MemoryLayout<UInt64>.size
            let address = event.arguments[0]
            let count = unsafe clinux_read_memory(task, address, &flags, UInt64(size))
            guard count != size || flags & untraced != 0 else { return }
            if count != size || clinux_write_word(task, address, flags & ~untraced) != 0 {
                mayLeaveTasks = true
            }
        default:
            // The flags of the 32-bit gate's clone are not looked into.
            if event.number.rawValue & SyscallNumber.compatibilityMark != 0 { mayLeaveTasks = true }
        }
    }

    /// Enters the new task of a fork, vfork or clone event.
    mutating func beginChild(_ stop: clinux_stop) {
        guard let parent = table.find(stop.task) else { return }
        add(Int32(truncatingIfNeeded: stop.message), madeBy: table[parent])
    }

    /// A task stops for the first time; its maker's event announces it before or after.
    mutating func meet(_ task: Int32) {
        if let index = table.find(task) {
            if recorder != nil { beginRecordingChild(index) }
            resume(task)
        } else if stopReason != nil {
            clinux_kill(task, 9)
        } else {
            table.early.append(task)
            adoptOrphans()
        }
    }

    /// Enters early tasks whose maker was killed before its event could announce them.
    private mutating func adoptOrphans() {
        guard !table.early.isEmpty, let parent = table.lastBereft else { return }
        let isAwaited = table.tasks.contains { isMakingTask($0) }
        guard !isAwaited else { return }
        for orphan in table.early { add(orphan, madeBy: parent) }
    }

    private func isMakingTask(_ task: LiveTask) -> Bool {
        guard let event = task.event else { return false }
        switch trace.events[event].number {
        case .fork, .vfork, .clone, .clone3: return true
        default: return false
        }
    }

    private mutating func add(_ child: Int32, madeBy parent: LiveTask) {
        guard table.find(child) == nil else { return }
        let parentThread = trace.threads[Int(parent.thread)]
        var process = parent.process
        let isThread = Self.processID(of: child) == table.processes[process].id
        if !isThread {
            let original = table.processes[process]
            process = table.processes.count
            table.processes.append(
                LiveProcess(
                    id: child, addressSpace: original.addressSpace, entry: original.entry,
                    isPastEntry: original.isPastEntry, sharesTemplate: original.sharesTemplate,
                    hasOwnFilter: original.hasOwnFilter,
                    hasTimer: original.hasTimer,
                    choosesProcessors: original.choosesProcessors))
        }
        let role: Role =
            if case .exec = parentThread.role {
                parentThread.role
            } else {
                isThread ? .thread : .worker
            }
        let thread = TracedThread(
            threadID: child, processID: table.processes[process].id, parent: Int(parent.thread),
            role: role, image: parentThread.image,
            entryEvent: table.processes[process].isPastEntry ? trace.events.count : nil)
        table.insert(
            LiveTask(id: child, process: process, thread: Int32(trace.threads.count)))
        trace.threads.append(thread)
        if recorder != nil { noteSharing(by: child, of: parent) }
        if let early = table.early.firstIndex(of: child) {
            table.early.remove(at: early)
            if recorder != nil, let index = table.find(child) { beginRecordingChild(index) }
            resume(child)
        }
        if table.liveProcesses > options.maximumProcesses { stopEverything(.tooManyProcesses) }
        if stopReason != nil { clinux_kill(child, 9) }
    }

    /// A process has executed another image: its thread goes on as a new traced thread.
    mutating func beginImage(_ stop: clinux_stop) {
        // Any thread may execute; it then carries the process's id, and the others are gone.
        let former = Int32(truncatingIfNeeded: stop.message)
        guard let formerIndex = table.find(former) else { return }
        let executing = table[formerIndex]
        if former != stop.task {
            if let leader = table.find(stop.task) { table.remove(at: leader) }
            if let index = table.find(former) { table.remove(at: index) }
            var task = LiveTask(
                id: stop.task, process: executing.process, thread: executing.thread)
            task.event = executing.event
            task.awaitsExit = executing.awaitsExit
            table.insert(task)
        }
        guard let index = table.find(stop.task) else { return }
        table.removeSiblings(of: index)
        guard let index = table.find(stop.task) else { return }

        let image = Self.image(of: stop.task)
        let old = trace.threads[Int(executing.thread)]
        let role: Role =
            if image != targetImage {
                .exec(image: image)
            } else if case .exec = old.role {
                .worker
            } else {
                old.processID == rootProcess ? .root : .worker
            }
        let processID = table.processes[executing.process].id
        table[index].thread = Int32(trace.threads.count)
        trace.threads.append(
            TracedThread(
                threadID: stop.task, processID: processID, parent: Int(executing.thread),
                role: role, image: image))
        if processID == rootProcess { lastImage = (image, Self.arguments(of: processID)) }
        if recorder != nil { noteImage(of: executing.process) }
        // Timers, filters and the choice of processors outlive the image that made them.
        let previous = table.processes[executing.process]
        table.processes[executing.process] = LiveProcess(
            id: processID, hasOwnFilter: previous.hasOwnFilter, hasTimer: previous.hasTimer,
            choosesProcessors: previous.choosesProcessors, liveTasks: previous.liveTasks)
        plantEntryBreakpoint(process: executing.process)
    }

    mutating func endTask(_ task: Int32, _ exit: TracedThread.Exit) {
        guard let index = table.find(task) else {
            table.early.removeAll { $0 == task }
            return
        }
        let gone = table[index]
        trace.threads[Int(gone.thread)].exit = exit
        if task == rootProcess {
            if case .killed(let signal) = exit {
                clinux_pass_to_rest(signal)
            } else {
                clinux_pass_to_rest(0)
            }
        }
        if task == rootProcess, stopReason == nil {
            trace.end =
                switch exit {
                case .exited(let status): .exited(status: status)
                case .killed(let signal): .killed(signal: signal)
                }
        }
        table.remove(at: index)
        if recorder != nil { noteEnd(of: gone) }
        if isMakingTask(gone) { table.lastBereft = gone }
        adoptOrphans()
    }

    /// Stops the process at its entry point once, where the loader's work is done.
    private mutating func plantEntryBreakpoint(process: Int) {
        let id = table.processes[process].id
        guard let address = Self.entryPoint(of: id) else {
            table.processes[process].isPastEntry = true
            return
        }
        var saved: UInt64 = 0
        if unsafe clinux_set_breakpoint(id, address, &saved) == 0 {
            table.processes[process].entry = (address, saved)
        }
    }

    /// Whether the task's trap was the entry breakpoint; if so it is removed and all threads of
    /// the process are past their entry.
    mutating func passEntry(_ index: Int) -> Bool {
        let task = table[index]
        var pointer: UInt64 = 0
        guard let entry = table.processes[task.process].entry,
            unsafe clinux_get_instruction_pointer(task.id, &pointer) == 0,
            pointer == entry.address &+ 1
        else { return false }
        clinux_clear_breakpoint(task.id, entry.address, entry.saved)
        clinux_set_instruction_pointer(task.id, entry.address)
        table.processes[task.process].entry = nil
        table.processes[task.process].isPastEntry = true
        // Its libraries are there by now.
        if table.processes[task.process].log != nil { divertCalls(of: task.process) }
        for other in table.tasks where other.process == task.process {
            trace.threads[Int(other.thread)].entryEvent = trace.events.count
        }
        return true
    }

    /// `AT_ENTRY` of the auxiliary vector, see getauxval(3).
    static func entryPoint(of process: Int32) -> UInt64? {
        guard let bytes = try? SmallFile.read("/proc/\(process)/auxv", limit: 4096) else {
            return nil
        }
        var offset = 0
        while offset + 16 <= bytes.count {
            if word(bytes, offset) == 9 { return word(bytes, offset + 8) }
            offset += 16
        }
        return nil
    }

    /// Eight bytes, least significant first.
    static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
    }

    static func image(of process: Int32) -> String {
        SmallFile.link("/proc/\(process)/exe") ?? "[unknown]"
    }

    /// As the program was executed with, before it could change them.
    private static func arguments(of process: Int32) -> [Bytes] {
        let bytes = (try? SmallFile.read("/proc/\(process)/cmdline", limit: 1 << 16)) ?? []
        return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).map(
            Bytes.init)
    }

    static func processID(of task: Int32) -> Int32? {
        guard let status = try? SmallFile.text("/proc/\(task)/status") else { return nil }
        for line in status.split(separator: "\n") where line.hasPrefix("Tgid:") {
            return Int32(line.dropFirst(5).drop { $0 == "\t" || $0 == " " })
        }
        return nil
    }
}
