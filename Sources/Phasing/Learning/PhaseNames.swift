internal import Syscalls
package import Traces

/// What learned phases are called, which is what their triggers are.
enum PhaseNames {
    /// In the order in which a role can go through them.
    static let order: [Phase] =
        ["setup", "work", "serve"].flatMap { name in
            (1...3).map { Phase(name: $0 == 1 ? name : "\(name)-\($0)") }
        } + [.shutdown]

    /// A program that waits once or twice may look a name up, and serve nobody.
    private static let leastWaits = 3

    /// Names in ascending ``order`` for a role's triggers.
    ///
    /// - Parameter waits: how often the role's processes wait for others, as most of them do.
    static func assign(to chain: [TriggerCandidate], waits: Int) -> [(Phase, [Trigger])] {
        // A server that will not wait any more leaves, whatever it does for that.
        let isBehindService =
            waits >= leastWaits
            && chain.last?.toCome.intersection(CallKind.waits).isEmpty == true
        let wait = chain.firstIndex { CallKind.waits.contains($0.trigger.syscall) }
        var counts: [String: Int] = [:]
        return chain.enumerated().map { index, candidate in
            let leaves =
                candidate.toCome.isSubset(of: CallKind.leaving) || isBehindService
                || candidate.trigger.endsOutput
            guard index < chain.count - 1 || !leaves else { return (.shutdown, candidate.triggers) }
            let name = wait.map { index < $0 ? "setup" : "serve" } ?? "work"
            counts[name, default: 0] += 1
            let count = counts[name, default: 1]
            return (Phase(name: count == 1 ? name : "\(name)-\(count)"), candidate.triggers)
        }
    }

    /// Ends the sentence "begins when …".
    static func summary(of phase: Phase) -> String {
        if phase == .shutdown { return "only calls by which programs end are to come" }
        return phase.name.hasPrefix("serve")
            ? "it waits for whom it serves" : "calls of the phase before are over"
    }
}

extension Trigger {
    /// Whether the program says by it that it has nothing left to do: it exits, or closes standard
    /// output, which programs do as their last act to see whether all was written.
    fileprivate var endsOutput: Bool {
        switch syscall {
        case .exit, .exitGroup: true
        case .close: tests.contains(ArgumentTest(0, .equal, 1))
        default: false
        }
    }
}

extension Phase {
    /// Where only the end is to come, in models that were learned.
    package static let shutdown = Phase(name: "shutdown")
}
