internal import Syscalls
internal import Traces

/// What one process did from its program's entry point on, or from its birth on, as far as
/// choosing triggers needs it.
struct RoleLife: Hashable, Sendable {
    let role: Role
    /// The calls of the process's first thread, as indexes into a table of kinds.
    fileprivate(set) var steps: [Int] = []
    /// Whether the process ended by itself: what is cut short says nothing about how long a phase
    /// is.
    let isComplete: Bool
    /// Where the set of what is still to come shrinks, from the end to the beginning: the set is
    /// that from behind the next entry's step up to this one's.
    private var shrinkage: [Shrinkage] = []

    private struct Shrinkage: Hashable, Sendable {
        let step: Int
        let calls: SyscallSet
    }

    fileprivate init(role: Role, isComplete: Bool) {
        self.role = role
        self.isComplete = isComplete
    }

    /// Everything that may be called from the step on, by the process, by its threads at any time,
    /// and by processes that are made from there on.
    func toCome(from step: Int) -> SyscallSet {
        shrinkage.last { $0.step >= step }?.calls ?? []
    }

    /// Computes what is to come from what comes at each step.
    fileprivate mutating func settle(_ kinds: [CallKind], _ offspring: [Int: SyscallSet]) {
        var calls = SyscallSet()
        shrinkage = []
        for step in stride(from: steps.count, through: 0, by: -1) {
            var own = offspring[step] ?? []
            if step < steps.count { own.insert(kinds[steps[step]].syscall) }
            guard shrinkage.isEmpty || !own.isSubset(of: calls) else { continue }
            calls.formUnion(own)
            shrinkage.append(Shrinkage(step: step, calls: calls))
        }
    }
}

/// The lives of all processes of some traces, with the kinds of calls that they are made of.
struct LifeTable: Sendable {
    private(set) var kinds: [CallKind] = []
    private(set) var lives: [RoleLife] = []
    private var positions: [CallKind: Int] = [:]
    private var known: Set<RoleLife> = []

    /// Adds the lives of a trace's processes; one that is like another counts once.
    mutating func add(_ trace: Trace) {
        var builder = LifeBuilder(trace)
        for event in trace.events where trace.threads.indices.contains(Int(event.thread)) {
            builder.take(event) { index(of: CallKind($0.number, $0.arguments, site: $1)) }
        }
        for life in builder.finish(kinds) where known.insert(life).inserted { lives.append(life) }
    }

    private mutating func index(of kind: CallKind) -> Int {
        if let known = positions[kind] { return known }
        positions[kind] = kinds.count
        kinds.append(kind)
        return kinds.count - 1
    }
}

/// Goes through one trace.
private struct LifeBuilder {
    private let trace: Trace
    private var lives: [RoleLife?]
    /// Calls of each thread of the trace, later of what came of it as well.
    private var calls: [SyscallSet]
    /// For each thread, the steps at which it made tasks.
    private var births: [[Int]]
    private var eventIndex = 0

    init(_ trace: Trace) {
        self.trace = trace
        calls = Array(repeating: [], count: trace.threads.count)
        births = Array(repeating: [], count: trace.threads.count)
        lives = trace.threads.map { thread in
            guard thread.threadID == thread.processID, thread.entryEvent != nil,
                thread.role.isTarget
            else { return nil }
            var isComplete = false
            if case .exited = thread.exit { isComplete = true }
            if case .stopped = trace.end { isComplete = false }
            return RoleLife(role: thread.role, isComplete: isComplete)
        }
    }

    mutating func take(_ event: Event, index: (Event, CallSite?) -> Int) {
        let thread = Int(event.thread)
        defer { eventIndex += 1 }
        calls[thread].insert(event.number)
        if event.makesTask { births[thread].append(lives[thread]?.steps.count ?? 0) }
        guard lives[thread] != nil, eventIndex >= trace.threads[thread].entryEvent ?? .max else {
            return
        }
        let hasSite = trace.modules.indices.contains(Int(event.module))
        lives[thread]?.steps.append(index(event, hasSite ? trace.site(of: event) : nil))
    }

    /// The lives, when all events are taken.
    mutating func finish(_ kinds: [CallKind]) -> [RoleLife] {
        var offspring = [[Int: SyscallSet]](repeating: [:], count: lives.count)
        let steps = birthSteps()
        // Those made later first, so that what came of a task is in its calls already.
        for child in trace.threads.indices.reversed() {
            guard let parent = trace.threads[child].parent, (0..<child).contains(parent) else {
                continue
            }
            calls[parent].formUnion(calls[child])
            // What has no birth of its own may call at any time.
            let step = steps[child] ?? lives[parent]?.steps.count ?? 0
            offspring[parent][step, default: []].formUnion(calls[child])
        }
        return lives.indices.compactMap { index in
            guard var life = lives[index] else { return nil }
            life.settle(kinds, offspring[index])
            return life
        }
    }

    /// At which step of its maker a process was born; nil for threads, and for what a process
    /// became by `execve`.
    private func birthSteps() -> [Int?] {
        var counts = [Int](repeating: 0, count: trace.threads.count)
        return trace.threads.indices.map { child in
            guard let maker = trace.maker(of: child) else { return nil }
            defer { counts[maker] += 1 }
            let isThread = trace.threads[child].processID == trace.threads[maker].processID
            guard !isThread, births[maker].indices.contains(counts[maker]) else { return nil }
            return births[maker][counts[maker]]
        }
    }
}
