internal import Syscalls

extension FeatureExtractor {
    /// The readable form of a sighting; nil when the sighting is not from this trace.
    ///
    /// `segmentation` and `learned` are those that were given to
    /// ``extract(from:segmentation:learned:)``, `tier` is that of the execution's test case.
    package func feature(
        of sighting: Sighting, in trace: Trace, segmentation: Segmentation,
        learned: Segmentation? = nil, tier: Tier
    ) -> Feature? {
        let segmentation = sighting.kind == .learnedPhase ? learned ?? segmentation : segmentation
        let subject = Int(sighting.subject)
        switch sighting.kind {
        case .image:
            guard trace.threads.indices.contains(subject) else { return nil }
            return Feature(role: trace.threads[subject].role, fact: .image, tier: tier)
        case .phasePath:
            guard trace.threads.indices.contains(subject) else { return nil }
            let path = Self.phasePath(ofThread: subject, in: trace, segmentation)
            return Feature(role: trace.threads[subject].role, fact: .phasePath(path), tier: tier)
        default:
            guard trace.events.indices.contains(subject),
                trace.threads.indices.contains(Int(trace.events[subject].thread)),
                let fact = Self.fact(sighting.kind, ofEvent: subject, in: trace, segmentation)
            else { return nil }
            let role = trace.threads[Int(trace.events[subject].thread)].role
            return Feature(role: role, fact: fact, tier: tier)
        }
    }

    private static func fact(
        _ kind: Feature.Kind, ofEvent index: Int, in trace: Trace, _ segmentation: Segmentation
    ) -> Feature.Fact? {
        let event = trace.events[index]
        let number = Feature.counted(event.number)
        switch kind {
        case .syscall, .foreignSyscall: return .syscall(number)
        case .phasedSyscall:
            return segmentation.phase(ofEvent: index).map { .phasedSyscall(number, $0) }
        case .learnedPhase:
            return segmentation.phase(ofEvent: index).map { .learnedPhase(number, $0) }
        case .site:
            guard trace.modules.indices.contains(Int(event.module)) else { return nil }
            return trace.site(of: event).map { .site(number, $0) }
        case .arguments:
            return .arguments(
                number,
                number.scalarArguments.map { $0.value(of: event.arguments[$0.index]) })
        case .outcome: return .outcome(number, event.error.map(ErrorNumber.init(rawValue:)))
        case .pair: return sequence(of: 2, endingAt: index, in: trace)
        case .triple: return sequence(of: 3, endingAt: index, in: trace)
        case .image, .phasePath: return nil
        }
    }

    /// The last calls of a thread up to an event, repetitions taken as one; nil when there are
    /// fewer than asked for.
    private static func sequence(of count: Int, endingAt index: Int, in trace: Trace)
        -> Feature.Fact?
    {
        let thread = trace.events[index].thread
        var calls: [SyscallNumber] = []
        for event in trace.events[...index].reversed() where event.thread == thread {
            let number = Feature.counted(event.number)
            if calls.last != number { calls.append(number) }
            if calls.count == count { return .sequence(calls.reversed()) }
        }
        return nil
    }

    private static func phasePath(
        ofThread thread: Int, in trace: Trace, _ segmentation: Segmentation
    ) -> [Phase] {
        var path: [Phase] = []
        for (index, event) in trace.events.enumerated() where Int(event.thread) == thread {
            guard let phase = segmentation.phase(ofEvent: index), path.last != phase else {
                continue
            }
            path.append(phase)
        }
        return path
    }
}
