internal import CLinux
internal import Glibc
package import Platform
package import Syscalls
package import TestCases
package import Traces

/// Traces executions from `execve` on, or from `main` where they are copies of a fork server's
/// template, with entry and exit of every system call of every task unless asked for less.
///
/// The kernel ties a tracee to the thread that seized it, so a session is created, used and
/// dropped on one thread; tasks of no other origin may be that thread's children while it runs.
package struct TraceSession: ~Copyable {
    var options = TraceOptions()
    var trace = Trace()
    var table = TaskTable()
    var provocations = Provocations()
    /// File of the first process: a process that executes it again keeps its role.
    var targetImage = ""
    /// What the root process has executed last in its own place, and with which arguments.
    package internal(set) var lastImage: (path: String, arguments: [Bytes])?
    var rootProcess: Int32 = 0
    /// Whether the filter of a run that watches for novelty has stopped it.
    package internal(set) var isNovel = false
    /// Those of the fork server whose copy is run.
    var breakpoints = BreakpointTable()
    /// What the breakpoints of the last run have shown.
    package internal(set) var sightings = BreakpointSightings()
    /// Where the processes that are run write their calls down themselves; nil where they stop at
    /// every call.
    var recorder: CallRecorder?
    /// The memory of ``recorder`` where that is of no template; it is kept for the next run.
    var imageRecorder: ImageRecorder?
    /// Whether what runs writes its calls down from its execve on, in that memory.
    var recordsImages = false
    /// Calls in which processes that are talked to have been found asleep when they wrote them down.
    var waitsInRecord: SyscallSet = []
    /// Whether somebody has written what none would that keeps to its own memory, in the last run,
    /// which was ended then.
    package internal(set) var hasBrokenRecord = false
    /// Whether the last run was of a copy that wrote its calls down to the end.
    package internal(set) var hasRecorded = false
    /// Addresses of calls of the last run that stopped because they are not written down.
    package internal(set) var stoppedCalls: [UInt64] = []
    /// Where a target that writes its calls down from its execve on, and what has come of it,
    /// stopped in the last run or visit, or while it came up, at calls that could be written down.
    package internal(set) var stoppedSites: Set<CallSite> = []
    /// Why the session is killing what is left, once it is.
    var stopReason: Trace.Reason?
    /// Processes of this thread's fork servers that are alive; they rest in a stop.
    var templates: [Int32] = []
    /// What watches a template on its way to `main`, while one is started.
    var start: TemplateStart?
    /// Whether a task may be alive that the session has not seen: the target has asked the kernel
    /// for one that is not traced.
    package internal(set) var mayLeaveTasks = false
    /// The addresses at which the target of the last run waited for others, in the order in which
    /// it took them.
    package internal(set) var endpoints: [Endpoint] = []
    /// Where the target of the last run connected to, or sent to, whether or not somebody was there;
    /// each once, and the first few only.
    package internal(set) var destinations: [Endpoint] = []
    var unusedDestinations: [UnusedDestination] = []
    /// How a companion failed in the last run, a clause; nil where none did.
    package var companionFailure: String? { conversation.companions.failure }
    /// What the target said to each session of the last run or visit, where that was asked for.
    package var answers: [Bytes] { conversation.answers }
    /// Connections that were made in the last run.
    package var connectionsMade: UInt64 { UInt64(conversation.made) }
    /// Signals that the target of the last run took when it was first ready to be talked to; nil
    /// where it came to no such point.
    package internal(set) var takenSignals: SignalSet?
    /// What is said to a target that is a server, or a client of others.
    var conversation = Conversation()
    /// Whom the target asks for names, once it has.
    var nameServer: NameServer?
    var service = Service.none
    /// Whether there is nothing to say to it before it does something.
    var isHeardOut = false
    /// Whether something has happened since everything last waited that may have ended the sleep
    /// of a task which only others wake.
    var mayHaveWoken = true
    /// Events from here on came after the last thing that was said.
    var firstEventOfTurn = 0
    /// Whether a server that has heard everything stays up.
    var staysUp = false
    /// Whether the tasks of the server that was visited last do not wait as they did before.
    package internal(set) var hasDrifted = false
    var resting: RestingServer?
    var taskStates = TaskStates()
    /// Whether others on this processor have had their turn since the last stop.
    var hasYielded = false
    var clock = ExecutionClock()
    private var ticks: Ticks?

    package init() {}

    /// Runs a target until every process of it is gone; one that meets a bound is killed.
    ///
    /// With windows, by file, it writes down what it can of its calls, as does whatever comes of
    /// it; with nil it stops at each. See ``hasBrokenRecord``.
    package mutating func run(
        _ launch: Launch, options: TraceOptions, recording windows: [String: [CallWindow]]? = nil
    ) throws(TracingError) -> Trace {
        try begin(options, prefix: nil)
        try start(launch, recording: windows)
        try follow()
        recorder = nil
        recordsImages = false
        return trace
    }

    mutating func start(
        _ launch: Launch, recording windows: [String: [CallWindow]]?
    ) throws(TracingError) {
        if let windows, try startRecorded(launch, windows) { return }
        let root = try launch.start()
        beginRoot(root)
        resume(root)
    }

    /// Runs a copy of a fork server's template, with the launch's arguments, environment,
    /// directory, descriptors and limits.
    ///
    /// Nil when the template could not be copied for this launch; it may be dead then.
    package mutating func run(
        copyOf server: borrowing ForkServer, as launch: Launch, options: TraceOptions
    ) throws(TracingError) -> Trace? {
        var options = options
        if server.isRecording { options.watch = .records }
        try begin(options, prefix: server.prefix)
        breakpoints = server.breakpoints
        provocations.skip(server.prefixCalls)
        guard isAlive(server) else { return nil }
        let template = server.process
        let copy = server.copy(launch)
        guard copy > 0 else {
            if !server.isAlive { templates.removeAll { $0 == template } }
            return nil
        }
        beginCopy(copy, of: server)
        if let recorder = server.recorder { beginRecording(recorder) }
        resume(copy)
        try follow()
        let isBroken = hasBrokenRecord
        hasRecorded = recorder?.isComplete == true
        recorder = nil
        return isBroken ? nil : trace
    }

    /// Whether a fork server's template is there to be copied; a target may have killed it.
    package func isAlive(_ server: borrowing ForkServer) -> Bool {
        if server.isAlive, !templates.contains(server.process) { server.lose() }
        return server.isAlive
    }

    /// Whether templates live, which would be killed with everything else that is left.
    package var hasTemplates: Bool { !templates.isEmpty }

    /// Kills a fork server's template.
    package mutating func end(_ server: consuming ForkServer) {
        guard isAlive(server) else { return }
        let process = server.process
        templates.removeAll { $0 == process }
    }

    /// Notes that everything that this process can kill has been killed and reaped.
    package mutating func loseTemplates() {
        templates.removeAll()
    }

    /// Runs a target up to `main`; false when it does not come there.
    mutating func runToMain(
        _ launch: Launch, options: TraceOptions, start: TemplateStart
    ) throws(TracingError) -> Bool {
        try begin(options, prefix: nil)
        self.start = start
        let root = try launch.start()
        beginRoot(root)
        resume(root)
        try follow()
        return self.start?.isAtMain == true
    }

    mutating func begin(
        _ options: TraceOptions, prefix: Trace?
    ) throws(TracingError) {
        if options.watchesTime, ticks == nil { ticks = try Ticks() }
        self.options = options
        // Copies of a template that was killed before it could announce them: nothing would ever
        // let them go on, and whoever waits for the last child would wait for ever.
        for orphan in table.early { clinux_kill(orphan, SIGKILL) }
        // The caller has dropped the last trace by now, so that its memory is used again.
        trace.events.removeAll(keepingCapacity: true)
        trace.events.reserveCapacity(512)
        if let prefix {
            trace.events.append(contentsOf: prefix.events)
            trace.threads = prefix.threads
            trace.modules = prefix.modules
        } else {
            trace.threads.removeAll()
            trace.modules.removeAll()
        }
        trace.names.removeAll()
        trace.end = .exited(status: 0)
        trace.processorTime = .zero
        table.removeAll()
        stopReason = nil
        start = nil
        lastImage = nil
        mayLeaveTasks = false
        isNovel = false
        breakpoints = BreakpointTable()
        sightings.removeAll()
        recorder = nil
        recordsImages = false
        hasBrokenRecord = false
        stoppedCalls.removeAll(keepingCapacity: true)
        stoppedSites.removeAll(keepingCapacity: true)
        hasRecorded = false
        provocations = Provocations(signals: options.signals, faults: options.faults)
        endpoints.removeAll()
        takenSignals = nil
        destinations.removeAll()
        unusedDestinations.removeAll()
        nameServer = nil
        conversation = Conversation(
            options.server?.sessions ?? [], companion: options.server?.companion,
            keepsAnswers: options.server?.keepsAnswers == true)
        isHeardOut = false
        mayHaveWoken = true
        firstEventOfTurn = 0
        service = options.server == nil ? .none : .serving
    }

    /// Follows the root process, which was let go, and what comes of it to the end.
    mutating func follow() throws(TracingError) {
        clock = ExecutionClock(wallTime: options.wallTime)
        if options.watchesTime { ticks?.start() }
        defer {
            if options.watchesTime { ticks?.stop() }
            conversation.end(besides: knownProcesses)
        }
        var stop = clinux_stop()
        while !isOver() {
            // What may be waiting for us must not be waited for; companions are looked at by ticks.
            let looksOnly =
                isConversing && !conversation.companions.areAlive && !somethingRuns()
            let result = unsafe clinux_next_stop(&stop, looksOnly ? 0 : 1)
            guard result == 0 else {
                throw .tracer(SystemError(code: -result, operation: "wait for the target"))
            }
            switch Int(stop.kind) {
            case Int(CLINUX_STOP_NO_CHILD): return
            case Int(CLINUX_STOP_NONE) where looksOnly && !hasYielded:
                // What was just let go would be looked at before it had its turn.
                hasYielded = true
                clinux_yield()
            case Int(CLINUX_STOP_NONE): if looksOnly { attend() }
            default:
                if !keepsTime(stop.task) { clock.noteProgress() }
                handle(stop)
            }
            if clock.ticked() {
                if conversation.companions.areAlive {
                    conversation.companions.look(besides: knownProcesses)
                    if isConversing { attend() }
                }
                watchBounds()
            }
        }
    }

    /// Whether nothing is left to wait for; where no template lives besides, that there is no
    /// child left says so with more certainty.
    private mutating func isOver() -> Bool {
        if start?.isAtMain == true || service == .resting { return true }
        guard !templates.isEmpty || conversation.companions.areAlive, table.tasks.isEmpty else {
            return false
        }
        if options.server?.awaitsCompanions == true, stopReason == nil,
            !conversation.companions.areSettled
        {
            return false
        }
        if table.early.isEmpty, table.lastBereft == nil { return true }
        // A task that was just being born is in no table: all are killed, templates as well.
        for template in templates { clinux_kill(template, SIGKILL) }
        mayLeaveTasks = true
        killEverything()
        return false
    }

    mutating func handle(_ stop: clinux_stop) {
        let task = stop.task
        isHeardOut = false
        hasYielded = false
        conversation.companions.noteTargetRuns()
        guard !templates.contains(task) else {
            let isGone = [Int(CLINUX_STOP_EXITED), Int(CLINUX_STOP_KILLED)].contains(Int(stop.kind))
            if isGone { templates.removeAll { $0 == task } }
            return
        }
        let kind = Int(stop.kind)
        if recorder != nil { prepareRecords(for: stop) }
        // Signals and ends wake others.
        if kind != Int(CLINUX_STOP_SYSCALL_ENTRY), kind != Int(CLINUX_STOP_SYSCALL_EXIT) {
            mayHaveWoken = true
        }
        switch kind {
        case Int(CLINUX_STOP_SYSCALL_ENTRY): enterSyscall(stop)
        case Int(CLINUX_STOP_SYSCALL_EXIT): leaveSyscall(stop)
        case Int(CLINUX_STOP_FILTERED): meetFilter(stop)
        case Int(CLINUX_STOP_SIGNAL): receiveSignal(stop)
        case Int(CLINUX_STOP_GROUP):
            if let index = table.find(task) { table[index].isStopped = true }
            clinux_listen(task)
            clinux_stop_with_job(task, stop.value)
        case Int(CLINUX_STOP_FORK), Int(CLINUX_STOP_VFORK), Int(CLINUX_STOP_CLONE):
            beginChild(stop)
            resume(task)
        case Int(CLINUX_STOP_EXEC):
            beginImage(stop)
            resume(task)
        case Int(CLINUX_STOP_ATTACHED): meet(task)
        case Int(CLINUX_STOP_EXITED) where isUntraced(task),
            Int(CLINUX_STOP_KILLED) where isUntraced(task):
            conversation.companions.note(
                stop.value, isSignal: stop.kind == Int32(CLINUX_STOP_KILLED), of: task,
                besides: knownProcesses)
        case Int(CLINUX_STOP_EXITED): endTask(task, .exited(status: stop.value))
        case Int(CLINUX_STOP_KILLED): endTask(task, .killed(signal: stop.value))
        default: break
        }
    }

    /// Lets a stopped task go on to its next stop. That it is gone already is no error: its end
    /// will be reported by the next wait.
    func resume(_ task: Int32, delivering signal: Int32 = 0) {
        switch options.watch {
        case .everything: clinux_resume_to_syscall(task, signal)
        case .novelty: clinux_resume(task, signal)
        case .entries, .records:
            let isAwaited = table.tasks.contains {
                $0.id == task
                    && ($0.awaitsExit || table.processes[$0.process].hasOwnFilter)
            }
            if isAwaited {
                clinux_resume_to_syscall(task, signal)
            } else {
                clinux_resume(task, signal)
            }
        }
    }

    private mutating func receiveSignal(_ stop: clinux_stop) {
        guard let index = table.find(stop.task) else {
            resume(stop.task, delivering: stop.value)
            return
        }
        table[index].isStopped = false
        if stop.value == SIGTRAP, meetBreakpoint(index) { return }
        // The step is off; the breakpoint stays out of this process.
        table[index].steppedBreakpoint = nil
        if stop.value == SIGTRAP, passEntry(index) {
            if start != nil { seekMain(index) }
            resume(stop.task)
        } else if stop.value == SIGTRAP, start != nil, reachMain(index) {
            // It stays where it is.
        } else {
            resume(stop.task, delivering: stop.value)
        }
    }

    /// Ends the execution: everything that is left is killed, and the loop sees it go.
    mutating func stopEverything(_ reason: Trace.Reason) {
        guard stopReason == nil else { return }
        stopReason = reason
        trace.end = .stopped(reason)
        killEverything()
    }

    /// Tasks that are being born meanwhile are killed when they stop for the first time.
    ///
    /// A process made with `CLONE_UNTRACED` is in no table. Where this process adopts it, the
    /// session would wait for it, so that everything there is killed.
    ///
    /// A template is spared where everything can be told by its id.
    private func killEverything() {
        if templates.isEmpty || mayLeaveTasks {
            guard clinux_kill_others() != 0 else { return }
        }
        for task in table.tasks { clinux_kill(table.processes[task.process].id, SIGKILL) }
        for task in table.early { clinux_kill(task, SIGKILL) }
    }

    /// Who has heard everything that there is to be said waits for nobody.
    private var blockedTime: Duration? {
        guard let time = options.blockedTime, isHeardOut, !conversation.companions.areAlive else {
            return options.blockedTime
        }
        return min(time, TraceOptions.tick * 2)
    }

    private mutating func watchBounds() {
        drainDescriptors()
        takeAllRecords()
        guard stopReason == nil else {
            killEverything()
            return
        }
        if clock.wallTimeIsOver {
            stopEverything(.wallTime)
        } else if let reason = exhausted() {
            stopEverything(reason)
        } else if let blockedTime, clock.isQuiet(for: blockedTime),
            conversation.companions.areSettled, everythingIsBlocked()
        {
            stopEverything(.blocked)
        } else if let idleTime = options.idleTime, clock.isQuiet(for: idleTime),
            conversation.companions.areSettled, everythingSleeps()
        {
            stopEverything(.idle)
        }
    }
}

@available(*, unavailable)
extension TraceSession: Sendable {}
