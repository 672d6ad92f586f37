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
/// The program has a filter from its first instruction on and is killed if this process dies before
/// the last is in. Each process is let go as soon as nothing is left to be installed in it. Like a
/// trace session, an enforcer lives on one thread.
package struct Enforcer: ~Copyable {
    /// What happens on the way, for whoever shows it.
    package enum Event: Sendable {
        /// A filter is in: of the phase, for so many calls.
        case installed(process: Int32, role: Role, phase: Phase, allowed: Int, FilterProof)
        /// A process is on its own.
        case released(process: Int32, role: Role)
        case violation(Violation)
    }

    private let plan: EnforcementPlan
    private let show: (Event) -> Void
    private var memory: FilterMemory
    private var table = TaskTable()
    private var births = BirthWatch()
    /// Stops that came while a filter was installed and have still to be attended to.
    private var held: [clinux_stop] = []
    private let root: Int32
    private var end: TracedThread.Exit?
    /// Whether we kill the program in the place of its filter.
    private var endsByFilter = false

    /// Runs the program to its end, or to the end of whatever still has to be watched behind it.
    package static func run(
        _ launch: Launch, under plan: EnforcementPlan, show: @escaping (Event) -> Void
    ) throws -> TracedThread.Exit {
        guard let base = plan.base else {
            throw EnforcementError(.empty, "the policy has no filter to begin with")
        }
        let memory = try FilterMemory(plan.filters)
        var launch = launch
        launch.gainsNoPrivileges = true
        launch.stopsAtFilters = plan.explains
        launch.descriptors.append(.init(number: memory.descriptor, source: memory.descriptor))
        let root = try launch.start()
        var enforcer = Enforcer(plan: plan, show: show, memory: memory, root: root)
        do {
            try enforcer.begin(under: base)
            return try enforcer.follow()
        } catch {
            enforcer.killEverything()
            throw error
        }
    }

    private init(
        plan: EnforcementPlan, show: @escaping (Event) -> Void, memory: consuming FilterMemory,
        root: Int32
    ) {
        self.plan = plan
        self.show = show
        self.memory = memory
        self.root = root
    }

    /// Installs the first filter at the end of `execve`, where no code of the program has run.
    private mutating func begin(under base: EnforcementPlan.Step) throws {
        var process = EnforcedProcess(
            id: root, role: .root, progress: plan.recognizer.start(), step: base,
            attention: base.attention)
        let inherited = FilterProof.count(of: "self") ?? 0
        do throws(SystemError) {
            try installFirst(base.filter)
        } catch {
            guard error.code == ESRCH else { throw error }
            // Its end is reported by the first wait.
            table.add(process)
            return
        }
        table.add(process)
        let proof = try prove(base, of: process, count: inherited + 1)
        var saved: UInt64 = 0
        if let address = ProcessFacts.entryPoint(of: root),
            unsafe clinux_set_breakpoint(root, address, &saved) == 0
        {
            process.entry = (address, saved)
        } else {
            plan.recognizer.enterProgram(&process.progress)
        }
        table[root] = process
        show(
            .installed(
                process: root, role: .root, phase: .load, allowed: base.rules.allowed.count, proof))
        resume(root)
    }

    private mutating func installFirst(_ filter: FilterProgram) throws(SystemError) {
        try SystemError.check(clinux_finish_exec(root), "begin the program")
        try memory.map(into: root)
        guard let address = memory.address(of: filter) else { return }
        try SystemError.check(
            clinux_install_at_start(root, address), "install the filter of the program")
    }

    private mutating func follow() throws -> TracedThread.Exit {
        var stop = clinux_stop()
        while end == nil || !table.isEmpty {
            guard held.isEmpty else {
                try handle(held.removeFirst())
                continue
            }
            try next(&stop, waiting: true)
            if Int(stop.kind) == Int(CLINUX_STOP_NO_CHILD) { break }
            try handle(stop)
        }
        return end ?? .killed(signal: SIGKILL)
    }

    private func next(_ stop: inout clinux_stop, waiting: Bool) throws {
        let result = unsafe clinux_next_stop(&stop, waiting ? 1 : 0)
        guard result == 0 else {
            throw TracingError.tracer(
                SystemError(code: -result, operation: "wait for the program"))
        }
    }

    private mutating func handle(_ stop: clinux_stop) throws {
        let task = stop.task
        births.note(stop)
        switch Int(stop.kind) {
        case Int(CLINUX_STOP_SYSCALL_ENTRY): try enterCall(stop)
        case Int(CLINUX_STOP_SYSCALL_EXIT):
            if let stranger = births.stranger(at: stop) { try refuse(stranger, madeBy: task) }
            resume(task)
        case Int(CLINUX_STOP_FILTERED): deny(stop)
        case Int(CLINUX_STOP_SIGNAL):
            if stop.value == SIGTRAP, passEntry(task) {
                resume(task)
            } else {
                // What was let go stops without us.
                if table.owner(of: task) == nil { clinux_stop_with_job(task, stop.value) }
                resume(task, delivering: stop.value)
            }
        case Int(CLINUX_STOP_GROUP):
            if attention(of: task) == .nothing { resume(task) } else { clinux_listen(task) }
            clinux_stop_with_job(task, stop.value)
        case Int(CLINUX_STOP_FORK), Int(CLINUX_STOP_VFORK), Int(CLINUX_STOP_CLONE):
            let child = Int32(truncatingIfNeeded: stop.message)
            beginChild(child, of: task)
            if table.catchUp(child) { resume(child) }
            resume(task)
        case Int(CLINUX_STOP_EXEC): beginImage(stop)
        case Int(CLINUX_STOP_ATTACHED): if table.meet(task) { resume(task) }
        case Int(CLINUX_STOP_EXITED): noteEnd(task, .exited(status: stop.value))
        case Int(CLINUX_STOP_KILLED): noteEnd(task, .killed(signal: stop.value))
        default: break
        }
    }

    private func attention(of task: Int32) -> EnforcementPlan.Attention {
        table.owner(of: task).flatMap { table[$0]?.attention } ?? .nothing
    }

    /// Lets a stopped task go on, to its next call or only to its next birth, or for good.
    private mutating func resume(_ task: Int32, delivering signal: Int32 = 0) {
        switch attention(of: task) {
        case .calls: clinux_resume_to_syscall(task, signal)
        case .births: clinux_resume(task, signal)
        case .nothing:
            clinux_detach(task, signal)
            guard let gone = table.remove(task), gone.attention == .nothing else { return }
            show(.released(process: gone.id, role: gone.role))
        }
    }

    private mutating func noteEnd(_ task: Int32, _ exit: TracedThread.Exit) {
        table.remove(task)
        guard task == root else { return }
        end = endsByFilter && exit == .killed(signal: SIGKILL) ? .killed(signal: SIGSYS) : exit
        if case .killed(let signal) = exit {
            clinux_pass_to_rest(signal)
        } else {
            clinux_pass_to_rest(0)
        }
    }

    // MARK: Phases

    /// The first thread of a process decides: its call may begin a phase, whose filter is
    /// installed before the call is made.
    private mutating func enterCall(_ stop: clinux_stop) throws {
        let task = stop.task
        guard let id = table.owner(of: task), var process = table[id], process.attention == .calls
        else {
            resume(task)
            return
        }
        let isNative = stop.architecture == FilterProgram.architecture
        let number = SyscallNumber(seen: stop.number, isNative: isNative)
        guard task == id, isNative else {
            note(stop, in: id)
            resume(task)
            return
        }
        let place = stop.instruction_pointer &- 2
        let isRepeated = process.repeated.map { $0 == (number, place) } ?? false
        process.repeated = nil
        if !isRepeated {
            plan.recognizer.advance(
                &process.progress, number, stop.argumentList, by: process.role,
                from: ProcessFacts.site(at: place, of: id))
        }
        table[id] = process
        let wanted = plan.step(role: process.role, phase: Int(process.progress.phase))
        if let wanted, wanted.filter != process.step.filter {
            guard try change(id, to: wanted) else { return }
            table[id]?.repeated = (number, place)
        } else {
            note(stop, in: id)
        }
        resume(task)
    }

    /// Puts a filter into a process, whose first thread is at the entry of a call, and has the kernel
    /// say that it is there. False when the process is gone.
    private mutating func change(_ id: Int32, to step: EnforcementPlan.Step) throws -> Bool {
        guard try bringToStop(id) else { return false }
        guard let process = table[id] else { return false }
        let count = FilterProof.count(of: "\(id)")
        let objection = sharer(of: id) ?? memory.objection(in: id)
        // Its end is reported by the next wait.
        if FilterProof.isEnding(id) { return false }
        guard let address = memory.address(of: step.filter), let count else {
            throw refusal(of: step, in: process, "the kernel does not say how many filters it has")
        }
        if let objection { throw refusal(of: step, in: process, objection) }
        let result = clinux_install_filter(id, address)
        if result == -ESRCH { return false }
        guard result == 0 else {
            throw refusal(of: step, in: process, reason(result, of: id))
        }
        let proof = try prove(step, of: process, count: count + 1)
        table[id]?.step = step
        // Who shares the memory of others could put something in the place of their filters.
        let isAlone = !table.processes.keys.contains { $0 != id && shares($0, id) }
        table[id]?.attention = step.attention == .nothing && !isAlone ? .births : step.attention
        let phase = plan.policy.model.phases[step.phase]
        show(
            .installed(
                process: id, role: process.role, phase: phase, allowed: step.rules.allowed.count,
                proof))
        return true
    }

    /// Why a filter was not installed, as a clause.
    private func reason(_ result: Int32, of process: Int32) -> String {
        switch result {
        case 1... where table.owner(of: result) == process:
            "its thread \(result) has other filters than its first, as the program installs some of "
                + "its own; export the policy without phases and install it from outside"
        case -ETIMEDOUT:
            "the call for it does not come back, as where a filter of the program's own holds it up"
        case -ENOEXEC: "it could not make the call again that it was at"
        case ..<0:
            "the call for it is refused, as by a filter of the program's own "
                + "(\(SystemError(code: -result, operation: "").reason))"
        default: "a filter of the program's own answers the call for it"
        }
    }

    /// Has each task stop that shares a process's memory; false when the process is another, or gone,
    /// by then.
    private mutating func bringToStop(_ id: Int32) throws -> Bool {
        let stopped = Set(held.map(\.task)).union(table.early)
        var shared: Set<Int32> = [id]
        for other in table.processes.keys where other != id && shares(other, id) {
            shared.insert(other)
        }
        var standstill = Standstill(
            of: table.tasks.filter { task in
                task != id && !stopped.contains(task) && !births.isSuspended(task)
                    && table.owner(of: task).map(shared.contains) == true
            })
        var stop = clinux_stop()
        while !standstill.isComplete {
            try next(&stop, waiting: false)
            let kind = Int(stop.kind)
            guard kind != Int(CLINUX_STOP_NONE) else {
                if let straggler = standstill.straggler, let process = table[id] {
                    throw refusal(
                        of: process.step, in: process,
                        "task \(straggler), which shares its memory, cannot be brought to a stop")
                }
                standstill.pause()
                continue
            }
            guard kind != Int(CLINUX_STOP_NO_CHILD) else { return false }
            let task = stop.task
            standstill.note(task)
            switch kind {
            case Int(CLINUX_STOP_EXITED), Int(CLINUX_STOP_KILLED):
                births.note(stop)
                noteEnd(
                    task,
                    kind == Int(CLINUX_STOP_EXITED)
                        ? .exited(status: stop.value) : .killed(signal: stop.value))
                if table[id] == nil || task == id { return false }
                continue
            case Int(CLINUX_STOP_ATTACHED) where table.owner(of: task) == nil:
                _ = table.meet(task)
                continue
            case Int(CLINUX_STOP_FORK), Int(CLINUX_STOP_VFORK), Int(CLINUX_STOP_CLONE):
                let child = Int32(truncatingIfNeeded: stop.message)
                beginChild(child, of: task)
                let isShared = table.owner(of: child) == id || shares(child, id)
                if isShared, !table.early.contains(child) { standstill.await(child) }
            case Int(CLINUX_STOP_EXEC):
                let former = Int32(truncatingIfNeeded: stop.message)
                let owner = table.owner(of: former) ?? task
                for other in table.tasks(of: owner) { standstill.note(other) }
                held.removeAll { table.owner(of: $0.task) == owner }
                held.append(stop)
                if owner == id { return false }
                continue
            default: break
            }
            held.append(stop)
        }
        return true
    }

    /// Whether two tasks have the same memory, as far as that may be asked.
    private func shares(_ first: Int32, _ second: Int32) -> Bool {
        let result = clinux_shares_memory(first, second)
        return result != 0 && result != -ESRCH
    }

    /// Who shares a process's memory and is not watched, as a clause.
    private func sharer(of id: Int32) -> String? {
        let sharer = FilterProof.numbers(in: "/proc").first {
            table[$0] == nil && $0 != id && clinux_shares_memory($0, id) == 1
        }
        return sharer.map { "process \($0), which is not watched, shares its memory" }
    }

    /// Has the kernel say for each thread of a stopped process that its newest filter is the one, of
    /// so many.
    private func prove(
        _ step: EnforcementPlan.Step, of process: EnforcedProcess, count: Int
    ) throws(EnforcementError) -> FilterProof {
        do throws(FilterDoubt) {
            return try FilterProof(of: step.filter, in: process.id, count: count) {
                table.owner(of: $0) == process.id
            }
        } catch {
            throw refusal(of: step, in: process, error.clause)
        }
    }

    private func refusal(
        of step: EnforcementPlan.Step, in process: EnforcedProcess, _ reason: String
    ) -> EnforcementError {
        let phase = plan.policy.model.phases[step.phase]
        return EnforcementError(
            .refused,
            "the filter of phase \(phase) could not be put into process \(process.id) "
                + "(\(process.role.name)), and the program was killed: \(reason)")
    }

    /// A task was made that nobody has announced.
    private func refuse(_ stranger: Int32, madeBy task: Int32) throws(EnforcementError) {
        let owner = table.owner(of: task) ?? task
        if ProcessFacts.parent(of: stranger) == owner { clinux_kill(stranger, SIGKILL) }
        throw EnforcementError(
            .refused,
            "process \(owner) has made task \(stranger) so that it could not be watched, and the "
                + "program was killed")
    }

    private func killEverything() {
        for task in table.tasks { clinux_kill(task, SIGKILL) }
        for task in table.early { clinux_kill(task, SIGKILL) }
        if end == nil { clinux_kill(root, SIGKILL) }
        clinux_kill_job()
    }

    /// Whether the trap was the breakpoint at the program's entry point.
    private mutating func passEntry(_ task: Int32) -> Bool {
        var pointer: UInt64 = 0
        guard let id = table.owner(of: task), let entry = table[id]?.entry,
            unsafe clinux_get_instruction_pointer(task, &pointer) == 0,
            pointer == entry.address &+ 1
        else { return false }
        clinux_clear_breakpoint(task, entry.address, entry.saved)
        clinux_set_instruction_pointer(task, entry.address)
        table[id]?.entry = nil
        if var process = table[id] {
            plan.recognizer.enterProgram(&process.progress)
            table[id] = process
        }
        return true
    }

    // MARK: Births

    private mutating func beginChild(_ child: Int32, of task: Int32) {
        guard table.owner(of: child) == nil, let id = table.owner(of: task), let maker = table[id]
        else { return }
        guard ProcessFacts.processID(of: child) != id else {
            table.add(thread: child, to: id)
            return
        }
        var process = EnforcedProcess(
            id: child, role: .worker, progress: maker.progress, step: maker.step,
            attention: .nothing)
        process.entry = maker.entry
        // Its own filter follows with its first call, where the maker's lets it be installed.
        let hasOwn = plan.step(role: .worker, phase: Int(maker.progress.phase)) != nil
        if maker.attention != .nothing, hasOwn { process.attention = .calls }
        if plan.explains, process.attention == .nothing { process.attention = .births }
        table.add(process)
    }

    /// A process executes a program, whose calls its filter allows as far as they were seen; there
    /// is nothing to install in it any more.
    private mutating func beginImage(_ stop: clinux_stop) {
        let former = Int32(truncatingIfNeeded: stop.message)
        if let id = table.beginImage(by: stop.task, formerly: former) {
            table[id]?.entry = nil
            table[id]?.role = .exec(image: ProcessFacts.image(of: id))
            table[id]?.attention = plan.explains ? .births : .nothing
        }
        resume(stop.task)
    }

    // MARK: Violations

    /// Reports a call that the filter is going to deny.
    private mutating func note(_ stop: clinux_stop, in id: Int32) {
        guard table[id]?.denies(stop) == true else { return }
        if let violation = table[id]?.violation(at: stop, under: plan.policy) {
            show(.violation(violation))
        }
    }

    /// The filter has stopped a call that it denies, for it to be explained.
    private mutating func deny(_ stop: clinux_stop) {
        let isNative = stop.architecture == FilterProgram.architecture
        let number = SyscallNumber(seen: stop.number, isNative: isNative)
        let owner = table.owner(of: stop.task)
        if let owner, let violation = table[owner]?.violation(at: stop, under: plan.policy) {
            show(.violation(violation))
        }
        switch plan.denial {
        // Every filter kills at a call of another table, whatever it does at others.
        case _ where !isNative, .kill:
            // As a filter does, whatever the program does about SIGSYS.
            clinux_deny_syscall(stop.task, -Int64(EPERM))
            clinux_kill(owner ?? stop.task, SIGKILL)
            if owner == root { endsByFilter = true }
        case .error: clinux_deny_syscall(stop.task, number.isNamed ? -Int64(EPERM) : -Int64(ENOSYS))
        case .log: break
        }
        resume(stop.task)
    }
}

@available(*, unavailable)
extension Enforcer: Sendable {}
