internal import Phasing
internal import Syscalls
package import Traces

extension Policy {
    /// The rules that a process of the role is under when it is in the phase: those of the last
    /// phase up to there that has some. Threads are under their process's, of which nothing is
    /// known here but that they allow what threads call; started programs under the whole life's.
    package func rulesInForce(role: Role, phase: Phase) -> RuleSet {
        guard role == .root || role == .worker,
            let rank = model.phases.firstIndex(of: phase)
        else { return wholeLife }
        let earlier = Set(model.phases[...rank])
        return phases.last { $0.role == role && earlier.contains($0.phase) }?.rules ?? wholeLife
    }

    /// What was observed and the policy denies; number and role and phase, each once, in order.
    package func denied(of observations: [Observation]) -> [Observation] {
        observations.filter { observation in
            guard observation.syscall.isNamed else { return false }
            let rules = rulesInForce(role: observation.role, phase: observation.phase)
            return !rules.allowed.contains(observation.syscall)
                && !rules.logged.contains(observation.syscall)
        }
    }
}
