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

    /// What was observed and the policy denies, in order; where it denies some arguments only,
    /// with these as its choices.
    package func denied(of observations: [Observation]) -> [Observation] {
        observations.compactMap { observation in
            // Numbers that no kernel has a call for fail with and without a filter; those of another
            // table are calls, at which every filter kills.
            guard observation.syscall.isNamed || observation.syscall.isCompatibility else {
                return nil
            }
            let rules = rulesInForce(role: observation.role, phase: observation.phase)
            var denied = observation
            guard let entry = rules.entry(for: observation.syscall), entry.action != .deny else {
                denied.choices = nil
                return denied
            }
            denied.choices = (observation.choices ?? []).filter { !entry.passes($0) }
            return denied.choices?.isEmpty == false ? denied : nil
        }
    }
}

extension Observation {
    /// The call, with the arguments that its choices are, for people.
    package var callText: String {
        let texts = (choices ?? []).map { choice in
            syscall.tests(for: choice).map { $0.describe(for: syscall) }.joined(separator: " and ")
        }
        return texts.isEmpty ? syscall.name : "\(syscall) where \(texts.joined(separator: " or "))"
    }
}
