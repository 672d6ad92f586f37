/// What the tracer knows of one live task between its stops.
struct LiveTask {
    let id: Int32
    /// Index into ``TaskTable/processes``.
    var process: Int
    /// Index into ``Trace/threads``.
    var thread: Int32
    /// Index into ``Trace/events`` of the call it is inside, nil outside of calls.
    var event: Int?
    /// Index into ``Trace/events`` of a call that it had written down and has not made after all,
    /// where others have made calls since: it is the place of that call, which it makes next.
    var takenBack: Int?
    /// What the call that it is inside is made to return, when a fault applies.
    var imposedResult: Int64?
    /// Whether the end of the call that it is inside is to stop it, where calls do not do so by
    /// themselves.
    var awaitsExit = false
    /// The argument of the call that it is inside which was changed at its entry; nil for none.
    var changedArgument: Int32?
    /// Whether the call that it is inside was made another at its entry.
    var isRewritten = false
    /// Whether it rests in a group stop, as after `SIGSTOP`.
    var isStopped = false
    /// Whether it was asleep when everything last waited, in a call that other tasks alone end.
    var isLeftAsleep = false
    /// Whether it let a moment pass when everything last waited, as one does that does something
    /// from time to time.
    var keepsTime = false
    /// The breakpoint whose original instruction it executes alone, to come back behind it.
    var steppedBreakpoint: UInt64?
}

/// What tasks of one process share.
struct LiveProcess {
    let id: Int32
    var addressSpace = AddressSpace()
    /// The breakpoint at the program's entry point, until it is hit.
    var entry: (address: UInt64, saved: UInt64)?
    /// Whether it has passed its entry point.
    var isPastEntry = false
    /// Whether its code has what was put into a fork server's template, or into the image that it
    /// executes, for calls to be written down.
    var sharesTemplate = false
    /// Whether it has installed a filter of its own, which may refuse calls before ours stops them.
    var hasOwnFilter = false
    /// What it writes down of its calls; nil where it writes nothing.
    var log: CallLog?
    /// The process in whose memory it runs, an index into ``TaskTable/processes``; nil for one that
    /// has its own.
    var lender: Int?
    /// Whether it asked for a timer signal, so that a sleep may end by itself.
    var hasTimer = false
    /// Whether it has asked for certain processors, which are its own from then on.
    var choosesProcessors = false
    /// Processor time in nanoseconds as of the last look; what remains of a dead process.
    var cpuTime: Int64 = 0
    var liveTasks = 0
}

/// The live tasks of a session; a handful, so that looking one up by scanning is fastest.
struct TaskTable {
    private(set) var tasks: [LiveTask] = []
    /// Grows over an execution; entries of dead processes stay, so that indices stay valid.
    var processes: [LiveProcess] = []
    /// Attached tasks that stopped before the event that announces them.
    var early: [Int32] = []
    /// The last task that died inside a call that makes tasks: its child is never announced.
    var lastBereft: LiveTask?
    private var lastHit = 0

    var liveProcesses: Int { processes.reduce(0) { $0 + ($1.liveTasks > 0 ? 1 : 0) } }

    /// Position of a task in ``tasks``, valid until the next insertion or removal.
    mutating func find(_ id: Int32) -> Int? {
        if lastHit < tasks.count, tasks[lastHit].id == id { return lastHit }
        guard let index = tasks.firstIndex(where: { $0.id == id }) else { return nil }
        lastHit = index
        return index
    }

    subscript(index: Int) -> LiveTask {
        get { tasks[index] }
        _modify { yield &tasks[index] }
    }

    mutating func insert(_ task: LiveTask) {
        tasks.append(task)
        processes[task.process].liveTasks += 1
    }

    mutating func remove(at index: Int) {
        processes[tasks[index].process].liveTasks -= 1
        tasks.swapAt(index, tasks.count - 1)
        tasks.removeLast()
        lastHit = 0
    }

    /// Removes the other tasks of a process; they are gone after its `execve`.
    mutating func removeSiblings(of index: Int) {
        let survivor = tasks[index]
        tasks.removeAll { $0.process == survivor.process && $0.id != survivor.id }
        processes[survivor.process].liveTasks = 1
        lastHit = 0
    }

    mutating func removeAll() {
        tasks.removeAll(keepingCapacity: true)
        processes.removeAll(keepingCapacity: true)
        early.removeAll(keepingCapacity: true)
        lastBereft = nil
        lastHit = 0
    }
}
