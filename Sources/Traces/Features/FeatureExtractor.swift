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

    package init() {}

    /// Replaces ``sightings`` by those of the trace.
    ///
    /// Events that refer to a thread which the trace does not have, or that the segmentation does
    /// not cover, are passed over. Of programs that the target started only the image and the
    /// calls count.
    package mutating func extract(from trace: Trace, segmentation: Segmentation) {
        prepare(trace, segmentation)
        for index in 0..<min(trace.events.count, segmentation.indexes.count) {
            let thread = Int(trace.events[index].thread)
            let phase = segmentation.indexes[index]
            guard threads.indices.contains(thread), phase < phases.count else { continue }
            visit(trace.events[index], index, thread, phase)
        }
        for index in threads.indices where threads[index].isTarget && threads[index].phase != nil {
            let path = threads[index].path.value
            note(FeatureKey(.phasePath, threads[index].role, path), .phasePath, index)
        }
    }

    private mutating func prepare(_ trace: Trace, _ segmentation: Segmentation) {
        sightings.removeAll(keepingCapacity: true)
        seen.removeAll()
        threads.removeAll(keepingCapacity: true)
        modules.removeAll(keepingCapacity: true)
        phases.removeAll(keepingCapacity: true)
        for module in trace.modules { modules.append(StableHash(module).value) }
        for phase in segmentation.phases { phases.append(StableHash(phase.name).value) }
        for (index, thread) in trace.threads.enumerated() {
            let role = StableHash(thread.role)
            threads.append(ThreadState(role: role, isTarget: thread.role.isTarget))
            if !thread.role.isTarget { note(FeatureKey(.image, role), .image, index) }
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
        let scalars = number.scalarArguments
        if !scalars.isEmpty {
            var hash = StableHash()
            for scalar in scalars { hash.combine(scalar.value(of: event.arguments[scalar.index])) }
            note(FeatureKey(.arguments, role, word, hash.value), .arguments, index)
        }
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
