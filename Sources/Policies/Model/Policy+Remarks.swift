internal import Phasing
internal import Syscalls
internal import Traces

extension Policy {
    /// What a program cannot do, or can do more of than its phases say, when it runs under the
    /// filters of its phases; a sentence each.
    package var enforcementRemarks: [String] {
        refusedBirths + [threadRemark].compactMap { $0 }
    }

    /// Those of them about processes that a server would make while it serves.
    package var refusedBirths: [String] { births.compactMap { $0 } }

    /// A filter is for all threads of a process, and phases are told by the first one.
    private var threadRemark: String? {
        let called = phases.filter { $0.role == .thread }
            .reduce(into: SyscallSet()) { $0.formUnion($1.rules.syscalls(of: .observed)) }
        guard !called.isEmpty else { return nil }
        return
            "phases are told by the first thread of a process, so what other threads were seen to "
            + "call stays allowed in all of them: " + called.sortedNames.joined(separator: " ")
    }

    /// Of a role that waits for others in its last phase: what becomes of processes that it would
    /// make there.
    private var births: [String?] {
        [Role.root, .worker].map { role in
            let parts = phases.filter { $0.role == role }
            guard
                let last = parts.last(where: { $0.phase != .shutdown && $0.phase != .exit }),
                let whole = parts.first?.rules.passed,
                !last.rules.syscalls(of: .observed).intersection(PhaseLearner.waits).isEmpty
            else { return nil }
            let place = "in phase \(last.phase) \(role.name)"
            let left = last.rules.passed.intersection(Self.makingTasks)
            guard !left.isEmpty else {
                return whole.intersection(Self.makingTasks).isEmpty
                    ? nil
                    : "\(place) can make no process, as none was seen there: reloading a "
                        + "configuration with new workers, saving in the background and helper "
                        + "programs are refused"
            }
            let started = phases.filter { $0.role == .worker && role == .root }
                .reduce(into: SyscallSet()) { $0.formUnion($1.rules.syscalls(of: .observed)) }
            let lacking = started.subtracting(last.rules.passed)
            guard !lacking.isEmpty else { return nil }
            return "\(place) can make processes, but none that sets itself up as earlier ones did, "
                + "as these calls were not seen there: "
                + lacking.sortedNames.joined(separator: " ")
        }
    }

    private static let makingTasks: SyscallSet = [.clone, .clone3, .fork, .vfork]
}

extension RuleSet {
    fileprivate func syscalls(of reason: Reason) -> SyscallSet {
        SyscallSet(entries.lazy.filter { $0.reason == reason }.map(\.syscall))
    }
}
