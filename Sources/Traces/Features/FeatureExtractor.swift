internal import Syscalls

/// Finds the features of traces, one trace after the other.
///
/// Holds its scratch memory between traces, so that extraction allocates nothing once the buffers
/// have grown. For each trace: ``extract(from:segmentation:)``, then read ``sightings``, and ask for
/// ``feature(of:in:segmentation:tier:)`` where the key is novel.
package struct FeatureExtractor: Sendable {
    /// One feature of the current trace, without its readable form.
    package struct Sighting: Hashable, Sendable {
        package let key: FeatureKey
        package let kind: Feature.Kind
        /// Index of the event that showed it; for an image or a phase path, of the thread.
        package let subject: Int32
    }

    /// The distinct features of the trace last given, in the order of their first appearance.
    package private(set) var sightings: [Sighting] = []
    private var seen = KeySet()
    private var threads: [ThreadState] = []
    private var modules: [UInt64] = []
    private var phases: [UInt64] = []
    private var learnedPhases: [UInt64] = []
    /// What the hashes above are of: mostly the same from one trace to the next.
    private var hashedModules: [String] = []
    private var hashedPhases: [Phase] = []
    private var hashedLearnedPhases: [Phase] = []
    /// By number.
    private let scalars: [Scalars]

    /// The scalar arguments of one call, without a list of its own to look up.
    private struct Scalars: Sendable {
        var count = 0
        var indexes = InlineArray<6, Int>(repeating: 0)
        var masks = InlineArray<6, UInt64>(repeating: 0)

        init(of number: SyscallNumber) {
            for argument in number.scalarArguments.prefix(6) {
                indexes[count] = argument.index
                masks[count] = argument.kind.mask
                count += 1
            }
        }
    }

    /// What is remembered of one thread while its events go by.
    private struct ThreadState: Sendable {
        let role: StableHash
        let isTarget: Bool
        var path = StableHash()
        var phase: UInt8?
        /// The last two calls after collapsing repetitions.
        var last: SyscallNumber?
        var beforeLast: SyscallNumber?
    }

    package init() {
        scalars = (0..<SyscallSet.capacity).map {
            Scalars(of: SyscallNumber(rawValue: UInt32($0)))
        }
    }

    /// Replaces ``sightings`` by those of the trace.
    ///
    /// Events that refer to a thread which the trace does not have, or that the segmentation does
    /// not cover, are passed over. Of programs that the target started only the image and the
    /// calls count.
    ///
    /// - Parameter learned: a second division of the trace, by phases that were learned.
    package mutating func extract(
        from trace: Trace, segmentation: Segmentation, learned: Segmentation? = nil
    ) {
        prepare(trace, segmentation)
        for index in 0..<min(trace.events.count, segmentation.indexes.count) {
            let thread = Int(trace.events[index].thread)
            let phase = segmentation.indexes[index]
            guard threads.indices.contains(thread), phase < phases.count else { continue }
            visit(trace.events[index], index, thread, phase)
        }
        if let learned { noteLearnedPhases(of: trace, learned) }
        for index in threads.indices where threads[index].isTarget && threads[index].phase != nil {
            let path = threads[index].path.value
            note(FeatureKey(.phasePath, threads[index].role, path), .phasePath, index)
        }
    }

    private mutating func noteLearnedPhases(of trace: Trace, _ learned: Segmentation) {
        if hashedLearnedPhases != learned.phases {
            hashedLearnedPhases = learned.phases
            learnedPhases = hashedLearnedPhases.map { StableHash($0.name).value }
        }
        for index in 0..<min(trace.events.count, learned.indexes.count) {
            let thread = Int(trace.events[index].thread)
            let phase = Int(learned.indexes[index])
            guard threads.indices.contains(thread), threads[thread].isTarget,
                phase < learnedPhases.count
            else { continue }
            let number = UInt64(Feature.counted(trace.events[index].number).rawValue)
            let key = FeatureKey(.learnedPhase, threads[thread].role, number, learnedPhases[phase])
            note(key, .learnedPhase, index)
        }
    }

    private mutating func prepare(_ trace: Trace, _ segmentation: Segmentation) {
        sightings.removeAll(keepingCapacity: true)
        seen.removeAll()
        threads.removeAll(keepingCapacity: true)
        if hashedModules != trace.modules {
            hashedModules = trace.modules
            modules = hashedModules.map { StableHash($0).value }
        }
        if hashedPhases != segmentation.phases {
            hashedPhases = segmentation.phases
            phases = hashedPhases.map { StableHash($0.name).value }
        }
        for index in trace.threads.indices {
            let isTarget = trace.threads[index].role.isTarget
            let role = StableHash(trace.threads[index].role)
            threads.append(ThreadState(role: role, isTarget: isTarget))
            if !isTarget { note(FeatureKey(.image, role), .image, index) }
        }
    }

    private mutating func visit(_ event: Event, _ index: Int, _ thread: Int, _ phase: UInt8) {
        let number = Feature.counted(event.number)
        let word = UInt64(number.rawValue)
        let role = threads[thread].role
        guard threads[thread].isTarget else {
            return note(FeatureKey(.foreignSyscall, role, word), .foreignSyscall, index)
        }
        note(FeatureKey(.syscall, role, word), .syscall, index)
        note(FeatureKey(.phasedSyscall, role, word, phases[Int(phase)]), .phasedSyscall, index)
        if modules.indices.contains(Int(event.module)) {
            let module = modules[Int(event.module)]
            note(FeatureKey(.site, role, word, module, event.offset), .site, index)
        }
        noteArguments(event, index, role)
        if event.result != nil {
            let error = UInt64(event.error?.magnitude ?? 0)
            note(FeatureKey(.outcome, role, word, error), .outcome, index)
        }
        if threads[thread].phase != phase {
            threads[thread].phase = phase
            threads[thread].path.combine(phases[Int(phase)])
        }
        noteSequences(endingIn: number, index, thread)
    }

    @inline(__always)
    private mutating func noteArguments(_ event: Event, _ index: Int, _ role: StableHash) {
        let number = Int(Feature.counted(event.number).rawValue)
        guard number < scalars.count, scalars[number].count > 0 else { return }
        var hash = StableHash()
        for scalar in 0..<scalars[number].count {
            let register = event.arguments[scalars[number].indexes[scalar]]
            hash.combine(register & scalars[number].masks[scalar])
        }
        note(FeatureKey(.arguments, role, UInt64(number), hash.value), .arguments, index)
    }

    private mutating func noteSequences(
        endingIn number: SyscallNumber, _ index: Int, _ thread: Int
    ) {
        let (last, beforeLast) = (threads[thread].last, threads[thread].beforeLast)
        guard number != last else { return }
        threads[thread].beforeLast = last
        threads[thread].last = number
        guard let last else { return }
        let role = threads[thread].role
        var pair = StableHash()
        pair.combine(UInt64(last.rawValue))
        pair.combine(UInt64(number.rawValue))
        note(FeatureKey(.pair, role, pair.value), .pair, index)
        guard let beforeLast else { return }
        var triple = StableHash()
        triple.combine(UInt64(beforeLast.rawValue))
        triple.combine(UInt64(last.rawValue))
        triple.combine(UInt64(number.rawValue))
        note(FeatureKey(.triple, role, triple.value), .triple, index)
    }

    @inline(__always)
    private mutating func note(_ key: FeatureKey, _ kind: Feature.Kind, _ subject: Int) {
        guard seen.insert(key.rawValue) else { return }
        sightings.append(
            Sighting(key: key, kind: kind, subject: Int32(truncatingIfNeeded: subject)))
    }
}
