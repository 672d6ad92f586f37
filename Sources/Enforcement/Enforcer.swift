internal import CLinux
internal import Glibc
internal import Phasing
internal import Platform
internal import Policies
internal import Syscalls
package import Traces
package import Tracing

/// Runs a program under the filters of a plan.
///
/// The program has a filter from its `execve` on and is killed if this process dies before the last
/// is in. Each process is let go as soon as nothing is left to be installed in it. Like a trace
/// session, an enforcer lives on one thread.
package struct Enforcer: ~Copyable {
    /// What happens on the way, for whoever shows it.
    package enum Event: Sendable {
        /// A filter is in: of the phase, for so many calls.
        case installed(process: Int32, role: Role, phase: Phase, allowed: Int)
        /// A process is on its own.
        case released(process: Int32, role: Role)
        case violation(Violation)
    }

    /// What is known of one process.
    private struct Process {
        let id: Int32
        var role: Role
        var progress: PhaseRecognizer.Progress
        /// What its filter is, by inheritance or its own.
        var step: EnforcementPlan.Step
        var attention: EnforcementPlan.Attention
        var entry: (address: UInt64, saved: UInt64)?
        /// Whether the next entry of its first thread is that of a call which was cancelled for a
        /// filter to be installed.
        var repeatsCall = false
        var reported: Set<SyscallNumber> = []
    }

    private let plan: EnforcementPlan
    private let show: (Event) -> Void
    private var processes: [Int32: Process] = [:]
    /// By task: its process.
    private var tasks: [Int32: Int32] = [:]
    /// Tasks that stopped before the event that announces them.
    private var early: Set<Int32> = []
    private var root: Int32 = 0
    private var end: TracedThread.Exit?

    /// Runs the program to its end, or to the end of whatever still has to be watched behind it.
    package static func run(
        _ launch: Launch, under plan: EnforcementPlan, show: @escaping (Event) -> Void
    ) throws -> TracedThread.Exit {
        guard let base = plan.base else {
            throw EnforcementError(.empty, "the policy has no filter to begin with")
        }
        var launch = launch
        launch.filter = SyscallFilter(instructions: base.filter.words)
        let root = try launch.start()
        var enforcer = Enforcer(plan: plan, show: show, root: root, base: base)
        return try enforcer.follow()
    }

    private init(
        plan: EnforcementPlan, show: @escaping (Event) -> Void, root: Int32,
        base: EnforcementPlan.Step
    ) {
        self.plan = plan
        self.show = show
        self.root = root
        var process = Process(
            id: root, role: .root, progress: plan.recognizer.start(), step: base,
            attention: base.attention)
        var saved: UInt64 = 0
        if let address = ProcessFacts.entryPoint(of: root),
            unsafe clinux_set_breakpoint(root, address, &saved) == 0
        {
            process.entry = (address, saved)
        } else {
            plan.recognizer.enterProgram(&process.progress)
        }
        processes[root] = process
        tasks[root] = root
        show(
            .installed(
                process: root, role: .root, phase: .load, allowed: base.rules.allowed.count))
    }

    private mutating func follow() throws -> TracedThread.Exit {
        resume(root)
        var stop = clinux_stop()
        while end == nil || !tasks.isEmpty {
            let result = unsafe clinux_next_stop(&stop, 1)
            guard result == 0 else {
                throw TracingError.tracer(
                    SystemError(code: -result, operation: "wait for the program"))
            }
            if Int(stop.kind) == Int(CLINUX_STOP_NO_CHILD) { break }
            try handle(stop)
        }
        return end ?? .killed(signal: SIGKILL)
    }

    private mutating func handle(_ stop: clinux_stop) throws {
        let task = stop.task
        switch Int(stop.kind) {
        case Int(CLINUX_STOP_SYSCALL_ENTRY): try enterCall(stop)
        case Int(CLINUX_STOP_SYSCALL_EXIT): resume(task)
        case Int(CLINUX_STOP_FILTERED): deny(stop)
        case Int(CLINUX_STOP_SIGNAL):
            if stop.value == SIGTRAP, passEntry(task) {
                resume(task)
            } else {
                // What was let go stops without us.
                if tasks[task] == nil { clinux_stop_with_job(task, stop.value) }
                resume(task, delivering: stop.value)
            }
        case Int(CLINUX_STOP_GROUP):
            if attention(of: task) == .nothing { resume(task) } else { clinux_listen(task) }
            clinux_stop_with_job(task, stop.value)
        case Int(CLINUX_STOP_FORK), Int(CLINUX_STOP_VFORK), Int(CLINUX_STOP_CLONE):
            beginChild(Int32(truncatingIfNeeded: stop.message), of: task)
            resume(task)
        case Int(CLINUX_STOP_EXEC): beginImage(stop)
        case Int(CLINUX_STOP_ATTACHED):
            if tasks[task] == nil { early.insert(task) } else { resume(task) }
        case Int(CLINUX_STOP_EXITED): noteEnd(task, .exited(status: stop.value))
        case Int(CLINUX_STOP_KILLED): noteEnd(task, .killed(signal: stop.value))
        default: break
        }
    }

    private func attention(of task: Int32) -> EnforcementPlan.Attention {
        tasks[task].flatMap { processes[$0]?.attention } ?? .nothing
    }

    /// Lets a stopped task go on, to its next call or only to its next birth, or for good.
    private mutating func resume(_ task: Int32, delivering signal: Int32 = 0) {
        switch attention(of: task) {
        case .calls: clinux_resume_to_syscall(task, signal)
        case .births: clinux_resume(task, signal)
        case .nothing:
            clinux_detach(task, signal)
            forget(task)
        }
    }

    private mutating func forget(_ task: Int32) {
        guard let process = tasks.removeValue(forKey: task) else { return }
        guard !tasks.values.contains(process), let gone = processes.removeValue(forKey: process)
        else { return }
        if gone.attention == .nothing { show(.released(process: process, role: gone.role)) }
    }

    private mutating func noteEnd(_ task: Int32, _ exit: TracedThread.Exit) {
        early.remove(task)
        if let process = tasks.removeValue(forKey: task), !tasks.values.contains(process) {
            processes[process] = nil
        }
        if task == root { end = exit }
    }

    // MARK: Phases

    /// The first thread of a process decides: its call may begin a phase, whose filter is
    /// installed before the call is made.
    private mutating func enterCall(_ stop: clinux_stop) throws {
        let task = stop.task
        guard let id = tasks[task], var process = processes[id], process.attention == .calls else {
            resume(task)
            return
        }
        let isNative = stop.architecture == FilterProgram.architecture
        let number = SyscallNumber(seen: stop.number, isNative: isNative)
        guard task == id, isNative else {
            note(stop, number, in: &process)
            processes[id] = process
            resume(task)
            return
        }
        let isRepeated = process.repeatsCall
        process.repeatsCall = false
        let arguments: InlineArray<6, UInt64> = [
            stop.arguments.0, stop.arguments.1, stop.arguments.2, stop.arguments.3,
            stop.arguments.4, stop.arguments.5,
        ]
        if !isRepeated {
            let place = stop.instruction_pointer &- 2
            plan.recognizer.advance(
                &process.progress, number, arguments, by: process.role,
                from: ProcessFacts.site(at: place, of: id))
        }
        let wanted = plan.step(role: process.role, phase: Int(process.progress.phase))
        if let wanted, wanted.filter != process.step.filter {
            try install(wanted, in: &process, attentionTo: task)
        } else {
            note(stop, number, in: &process)
        }
        processes[id] = process
        if process.attention == .nothing { callIn(id, but: task) }
        resume(task)
    }

    private mutating func install(
        _ step: EnforcementPlan.Step, in process: inout Process, attentionTo task: Int32
    ) throws {
        let words = step.filter.words
        let result = unsafe words.withUnsafeBufferPointer { words in
            unsafe words.baseAddress.map {
                unsafe clinux_install_filter(task, $0, Int32(words.count))
            } ?? -EINVAL
        }
        // It is gone; its end is reported by the next wait.
        if result == -ESRCH { return }
        guard result == 0 else {
            killEverything()
            let phase = plan.policy.model.phases[step.phase]
            let reason =
                result > 0
                ? "its thread \(result) has other filters than its first, as the program installs "
                    + "some of its own; export the policy without phases and install it from outside"
                : SystemError(code: -result, operation: "").reason
            throw EnforcementError(
                .refused,
                "the filter of phase \(phase) could not be put into process \(process.id) "
                    + "(\(process.role.name)), which was killed: \(reason)")
        }
        process.step = step
        process.attention = step.attention
        process.repeatsCall = true
        show(
            .installed(
                process: process.id, role: process.role,
                phase: plan.policy.model.phases[step.phase], allowed: step.rules.allowed.count))
    }

    /// Has the other threads of a process stop, so that they can be let go.
    private func callIn(_ process: Int32, but task: Int32) {
        for (other, owner) in tasks where owner == process && other != task {
            clinux_interrupt(other)
        }
    }

    private mutating func killEverything() {
        for task in tasks.keys { clinux_kill(task, SIGKILL) }
        for task in early { clinux_kill(task, SIGKILL) }
    }

    /// Whether the trap was the breakpoint at the program's entry point.
    private mutating func passEntry(_ task: Int32) -> Bool {
        var pointer: UInt64 = 0
        guard let id = tasks[task], let entry = processes[id]?.entry,
            unsafe clinux_get_instruction_pointer(task, &pointer) == 0,
            pointer == entry.address &+ 1
        else { return false }
        clinux_clear_breakpoint(task, entry.address, entry.saved)
        clinux_set_instruction_pointer(task, entry.address)
        processes[id]?.entry = nil
        if var process = processes[id] {
            plan.recognizer.enterProgram(&process.progress)
            processes[id] = process
        }
        return true
    }

    // MARK: Births

    private mutating func beginChild(_ child: Int32, of task: Int32) {
        guard tasks[child] == nil, let id = tasks[task], let maker = processes[id] else { return }
        if ProcessFacts.processID(of: child) == id {
            tasks[child] = id
        } else {
            var process = Process(
                id: child, role: .worker, progress: maker.progress, step: maker.step,
                attention: .nothing)
            process.entry = maker.entry
            // Its own filter follows with its first call, where the maker's lets it be installed.
            let hasOwn = plan.step(role: .worker, phase: Int(maker.progress.phase)) != nil
            if maker.attention != .nothing, hasOwn { process.attention = .calls }
            if plan.explains, process.attention == .nothing { process.attention = .births }
            processes[child] = process
            tasks[child] = child
        }
        if early.remove(child) != nil { resume(child) }
    }

    /// A process executes a program, whose calls its filter allows as far as they were seen; there
    /// is nothing to install in it any more.
    private mutating func beginImage(_ stop: clinux_stop) {
        let former = Int32(truncatingIfNeeded: stop.message)
        if let id = tasks[former] ?? tasks[stop.task] {
            for (other, owner) in tasks where owner == id && other != id { tasks[other] = nil }
            tasks[id] = id
            processes[id]?.entry = nil
            processes[id]?.role = .exec(image: ProcessFacts.image(of: id))
            processes[id]?.attention = plan.explains ? .births : .nothing
        }
        resume(stop.task)
    }

    // MARK: Violations

    /// Reports a call that the filter is going to deny.
    private mutating func note(
        _ stop: clinux_stop, _ number: SyscallNumber, in process: inout Process
    ) {
        let input = FilterInput(
            number: UInt32(truncatingIfNeeded: stop.number), architecture: stop.architecture,
            instructionPointer: stop.instruction_pointer, arguments: Self.arguments(of: stop))
        switch try? process.step.filter.evaluate(input) {
        case .error, .killProcess: report(stop, number, in: &process)
        default: break
        }
    }

    private func report(
        _ stop: clinux_stop, _ number: SyscallNumber, in process: inout Process
    ) {
        guard process.reported.insert(number).inserted else { return }
        let phase = plan.policy.model.phases[Int(process.progress.phase)]
        show(
            .violation(
                Violation(
                    process: process.id, role: process.role, phase: phase, syscall: number,
                    site: ProcessFacts.site(
                        at: stop.instruction_pointer &- 2, of: process.id),
                    choice: number.checkedValues(of: Self.arguments(of: stop)))))
    }

    private static func arguments(of stop: clinux_stop) -> InlineArray<6, UInt64> {
        [
            stop.arguments.0, stop.arguments.1, stop.arguments.2, stop.arguments.3,
            stop.arguments.4, stop.arguments.5,
        ]
    }

    /// The filter has stopped a call that it denies, for it to be explained.
    private mutating func deny(_ stop: clinux_stop) {
        let isNative = stop.architecture == FilterProgram.architecture
        let number = SyscallNumber(seen: stop.number, isNative: isNative)
        if let id = tasks[stop.task], var process = processes[id] {
            report(stop, number, in: &process)
            processes[id] = process
        }
        switch plan.denial {
        // Every filter kills at a call of another table, whatever it does at others.
        case _ where !isNative: clinux_kill(stop.task, SIGSYS)
        case .error: clinux_deny_syscall(stop.task, number.isNamed ? -Int64(EPERM) : -Int64(ENOSYS))
        case .kill: clinux_kill(stop.task, SIGSYS)
        case .log: break
        }
        resume(stop.task)
    }
}

@available(*, unavailable)
extension Enforcer: Sendable {}

extension FilterProgram {
    /// The instructions as the kernel has them in memory.
    var words: [UInt64] {
        instructions.map { instruction in
            UInt64(instruction.code) | UInt64(instruction.jumpTrue) << 16
                | UInt64(instruction.jumpFalse) << 24 | UInt64(instruction.operand) << 32
        }
    }
}
