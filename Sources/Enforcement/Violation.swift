package import Policies
package import Syscalls
package import Traces

/// A call that the filter of the moment did not allow.
package struct Violation: Hashable, Sendable {
    package let process: Int32
    package let role: Role
    package let phase: Phase
    package let syscall: SyscallNumber
    package let site: CallSite?
    /// Values of its checked arguments.
    package let choice: [UInt64]

    /// What happened, and the nearest thing that the policy knows of the call, in a sentence.
    package func explanation(under policy: Policy) -> String {
        let origin = site.map { " at \($0)" } ?? ""
        let head = "process \(process) (\(role.name), \(phase)) called \(syscall)\(origin), which "
        guard !syscall.isCompatibility else {
            return head + "comes through the 32-bit gate, at which every filter kills"
        }
        let rules = policy.rulesInForce(role: role, phase: phase)
        if let entry = rules.entry(for: syscall), entry.action != .deny, !entry.passes(choice) {
            let texts = entry.argumentTexts
            let more = texts.count > 4 ? " and \(texts.count - 4) others" : ""
            return head + "is allowed only where "
                + texts.prefix(4).joined(separator: ", or ") + more + ", and this was with "
                + choice.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
        }
        guard let known = nearest(in: policy) else {
            return head + "nothing in the policy speaks of: no test case showed it and the "
                + "program's code is not known to have it"
        }
        let (place, entry) = known
        guard let evidence = entry.evidence else {
            return head + "the program's code has, but no test case showed"
        }
        let witness = evidence.witness.isEmpty ? "" : " by test case \(evidence.witness.prefix(12))"
        return head + "was seen in \(place) only\(witness), tier \(evidence.tier.name)"
    }

    /// The entry of the nearest phase: of this role first, then of any.
    private func nearest(in policy: Policy) -> (place: String, entry: RuleSet.Entry)? {
        let parts = policy.phases.filter { $0.role == role }.reversed() + policy.phases
        for part in parts {
            let entry = part.rules.entries.first {
                $0.syscall == syscall && $0.reason == .observed
            }
            if let entry { return ("\(part.phase) of \(part.role.name)", entry) }
        }
        return policy.wholeLife.entries.first { $0.syscall == syscall }.map {
            ("another role, or at a tier that is left out,", $0)
        }
    }
}
