internal import Syscalls
package import Traces

/// What segmenting remembers of a trace's threads; kept to reuse its memory.
struct SegmentationScratch: Sendable {
    /// nil until a thread's first event.
    var progress: [PhaseRecognizer.Progress?] = []
    /// The clones that succeeded, with what their maker had reached then, in order.
    var births: [(parent: Int, progress: PhaseRecognizer.Progress)] = []
    /// For each thread, how many siblings were made before it.
    var ordinals: [Int] = []
    var childCounts: [Int] = []
}

extension PhaseRecognizer {
    /// Writes the phase of each event of a trace; the buffer given is reused.
    package mutating func segment(_ trace: Trace, into segmentation: inout Segmentation) {
        segmentation.phases = phases
        segmentation.indexes.removeAll(keepingCapacity: true)
        segmentation.indexes.reserveCapacity(trace.events.count)
        prepareScratch(for: trace)
        for index in trace.events.indices {
            let event = trace.events[index]
            let thread = Int(event.thread)
            guard trace.threads.indices.contains(thread) else {
                segmentation.indexes.append(0)
                continue
            }
            var progress = scratch.progress[thread] ?? birth(of: thread, in: trace)
            if let entry = trace.threads[thread].entryEvent, index >= entry {
                enterProgram(&progress)
            }
            advance(
                &progress, event.number, event.arguments, by: trace.threads[thread].role,
                from: Self.site(of: event, in: trace))
            if event.makesTask { scratch.births.append((thread, progress)) }
            segmentation.indexes.append(progress.phase)
            scratch.progress[thread] = progress
        }
    }

    /// The phase of each event of a trace.
    package func segmentation(of trace: Trace) -> Segmentation {
        var copy = self
        var result = Segmentation(phases: [])
        copy.segment(trace, into: &result)
        return result
    }

    private mutating func prepareScratch(for trace: Trace) {
        scratch.progress.removeAll(keepingCapacity: true)
        scratch.births.removeAll(keepingCapacity: true)
        scratch.ordinals.removeAll(keepingCapacity: true)
        scratch.childCounts.removeAll(keepingCapacity: true)
        for index in trace.threads.indices {
            scratch.progress.append(nil)
            scratch.childCounts.append(0)
            guard let parent = trace.maker(of: index) else {
                scratch.ordinals.append(0)
                continue
            }
            scratch.ordinals.append(scratch.childCounts[parent])
            scratch.childCounts[parent] += 1
        }
    }

    /// Where a thread starts: its maker's progress at the clone that made it, which the maker may
    /// long have left when the child makes its first call.
    private func birth(of thread: Int, in trace: Trace) -> Progress {
        guard let parent = trace.maker(of: thread) else { return start() }
        var ordinal = scratch.ordinals[thread]
        for birth in scratch.births where birth.parent == parent {
            if ordinal == 0 { return birth.progress }
            ordinal -= 1
        }
        return (scratch.progress[parent] ?? nil) ?? start()
    }

    private static func site(of event: Event, in trace: Trace) -> CallSite? {
        trace.modules.indices.contains(Int(event.module)) ? trace.site(of: event) : nil
    }
}

extension Trace {
    /// The thread that cloned this one; nil for the first, and for one that was there before as
    /// another program.
    func maker(of index: Int) -> Int? {
        let thread = threads[index]
        guard let parent = thread.parent, (0..<index).contains(parent) else { return nil }
        // Only a process's first thread can be what an execve left of it.
        let isReplaced =
            thread.processID == threads[parent].processID && thread.threadID == thread.processID
        return isReplaced ? nil : parent
    }
}

extension Event {
    /// Whether the call made a process or thread, as far as its result is known.
    var makesTask: Bool {
        switch number {
        case .clone, .clone3, .fork, .vfork: error == nil
        default: false
        }
    }
}
