package import Syscalls
package import Traces

/// Follows threads through the phases of a model, call by call.
///
/// The same steps serve a running program and a stored trace. A call that no rule mentions costs
/// one bit test.
package struct PhaseRecognizer: Sendable {
    /// How far one thread has come.
    package struct Progress: Hashable, Sendable {
        /// Index into ``PhaseModel/rules``.
        package fileprivate(set) var phase: UInt8 = 0
        /// How often each trigger has matched; empty when the model counts nothing.
        fileprivate var matches: [UInt32] = []
    }

    package let model: PhaseModel
    let phases: [Phase]
    private let watched: SyscallSet
    /// Ordered by call.
    private let triggers: [(rule: UInt8, trigger: Trigger)]
    /// By number: the first of the call's triggers, where there are some, and how many there are.
    private let places: [(first: Int32, count: Int32)]
    private let counts: Bool
    var scratch = SegmentationScratch()

    package init(model: PhaseModel) {
        self.model = model
        phases = model.phases
        triggers = model.rules.prefix(256).enumerated().flatMap { index, rule in
            rule.triggers.map { (UInt8(truncatingIfNeeded: index), $0) }
        }.sorted { $0.1.syscall.rawValue < $1.1.syscall.rawValue }
        watched = SyscallSet(triggers.map(\.trigger.syscall))
        var places = [(first: Int32, count: Int32)](
            repeating: (0, 0), count: SyscallSet.capacity)
        for (index, trigger) in triggers.enumerated() {
            let number = Int(trigger.trigger.syscall.rawValue)
            guard places.indices.contains(number) else { continue }
            if places[number].count == 0 { places[number].first = Int32(index) }
            places[number].count += 1
        }
        self.places = places
        counts = triggers.contains { $0.trigger.occurrence != 1 }
    }

    /// A thread that was just executed. Threads and forks begin with a copy of their parent's
    /// progress instead.
    package func start() -> Progress {
        Progress(matches: counts ? Array(repeating: 0, count: triggers.count) : [])
    }

    /// The thread reaches its program's entry point.
    package func enterProgram(_ progress: inout Progress) {
        if progress.phase == 0 { progress.phase = 1 }
    }

    /// The thread enters a call; returns whether a phase begins with it.
    ///
    /// While the loader runs nothing is looked at.
    @discardableResult
    package func advance(
        _ progress: inout Progress, _ number: SyscallNumber, _ arguments: InlineArray<6, UInt64>,
        by role: Role, from site: @autoclosure () -> CallSite?
    ) -> Bool {
        guard progress.phase > 0, watched.contains(number) else { return false }
        var reached = progress.phase
        let place = places[Int(number.rawValue)]
        for index in Int(place.first)..<Int(place.first + place.count)
        where triggers[index].rule > progress.phase {
            let trigger = triggers[index].trigger
            guard trigger.matches(number, arguments, by: role, from: site()) else { continue }
            if counts {
                progress.matches[index] &+= 1
                guard progress.matches[index] == triggers[index].trigger.occurrence else {
                    continue
                }
            }
            reached = max(reached, triggers[index].rule)
        }
        defer { progress.phase = reached }
        return reached != progress.phase
    }
}
