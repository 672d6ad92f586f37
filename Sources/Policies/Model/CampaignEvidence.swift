internal import Phasing
internal import Syscalls
internal import Traces

/// All observations of a campaign, ready to be asked what a role may still call.
struct CampaignEvidence {
    private let model: PhaseModel
    /// Every observation of a call that kernels have, those of foreign programs too.
    let observations: [Observation]
    private let ranks: [Phase: Int]

    /// Throws when an observation is of a phase that the model does not have.
    init(_ all: [Observation], model: PhaseModel) throws(PolicyError) {
        self.model = model
        observations = all.filter { $0.syscall.isNamed }
        ranks = Dictionary(
            model.phases.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: min)
        for observation in all where ranks[observation.phase] == nil {
            throw PolicyError(
                .unknownPhase,
                "cannot place \(observation.syscall) of role \(observation.role.name): the phase "
                    + "model \(model.name) has no phase \(observation.phase); use the model that "
                    + "the campaign was traced with")
        }
    }

    /// The target's own roles that were observed, in the order of their names.
    var roles: [Role] {
        Set(observations.lazy.map(\.role).filter(\.isTarget)).sorted { $0.name < $1.name }
    }

    /// The phases in which a role was observed, in the model's order.
    func phases(of role: Role) -> [Phase] {
        let seen = Set(observations.lazy.filter { $0.role == role }.map(\.phase))
        return model.phases.filter(seen.contains)
    }

    /// What the process may still do that has come to a phase: its own calls from there on; those
    /// of threads in any phase, as a filter is for all threads of a process and says nothing of
    /// how far each has come; if it makes tasks from there on, those of every other role that a
    /// task can have from that phase on, as it begins in its maker's phase; and if any of them
    /// executes programs, all of theirs. Only the process that was started is the root.
    ///
    /// Which role makes which is not in the evidence, so all are taken. Each part shrinks as the
    /// phase advances, hence so does the union.
    func toCome(role: Role, from phase: Phase) -> [Observation] {
        let threads = role == .thread ? [] : observations.filter { $0.role == .thread }
        let own = later(than: phase) { $0 == role } + threads
        let makesTasks = own.contains { Self.makingTasks.contains($0.syscall) }
        let target =
            makesTasks
            ? own
                + later(than: phase) {
                    $0.isTarget && $0 != role && $0 != .thread && $0 != .root
                } : own
        // The execve in the loader's phase is the one that started the target.
        let executes = target.contains {
            ($0.syscall == .execve || $0.syscall == .execveat) && $0.phase != .load
        }
        return executes ? target + observations.filter { !$0.role.isTarget } : target
    }

    private func later(than phase: Phase, _ isMeant: (Role) -> Bool) -> [Observation] {
        let rank = ranks[phase] ?? 0
        return observations.filter { isMeant($0.role) && (ranks[$0.phase] ?? 0) >= rank }
    }

    private static let makingTasks: SyscallSet = [.clone, .clone3, .fork, .vfork]
}
