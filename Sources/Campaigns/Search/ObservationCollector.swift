internal import Syscalls
internal import Traces

/// Turns one execution into the evidence that a campaign keeps.
enum ObservationCollector {
    private struct Place: Hashable {
        let syscall: SyscallNumber
        let role: Role
        let phase: Phase
    }

    /// Every call of the execution by role and phase, with the sites it came from.
    ///
    /// With `only`, those alone whose call, or call in its phase, is among the keys.
    static func observations(
        in execution: TargetExecutor.Execution, tier: Tier, witness: String, execution number: UInt64,
        isStable: Bool, only keys: Set<FeatureKey>?
    ) -> [Observation] {
        let trace = execution.trace
        var sites: [Place: Set<CallSite>] = [:]
        for (index, event) in trace.events.enumerated() {
            guard let phase = execution.segmentation.phase(ofEvent: index) else { continue }
            let place = Place(
                syscall: event.number, role: trace.threads[Int(event.thread)].role, phase: phase)
            if let site = trace.site(of: event) {
                sites[place, default: []].insert(site)
            } else if sites[place] == nil {
                sites[place] = []
            }
        }
        return sites.filter { place, _ in
            guard let keys else { return true }
            let facts: [Feature.Fact] = [
                .syscall(place.syscall), .phasedSyscall(place.syscall, place.phase),
            ]
            return facts.contains {
                keys.contains(Feature(role: place.role, fact: $0, tier: tier).key)
            }
        }.map { place, sites in
            Observation(
                syscall: place.syscall, role: place.role, phase: place.phase, tier: tier,
                sites: sites.sorted(), executions: 1, witness: witness, firstExecution: number,
                firstSeconds: 0, isStable: isStable)
        }.sorted {
            ($0.syscall, $0.role.name, $0.phase) < ($1.syscall, $1.role.name, $1.phase)
        }
    }
}
