package import Policies
internal import Syscalls

/// What the reader of an exported policy should know about it, for standard error.
package enum ExportWarnings {
    /// One sentence each; none when the policy leaves nothing out and adds nothing.
    package static func sentences(_ policy: Policy) -> [String] {
        let rules = policy.wholeLife
        func calls(_ reason: RuleSet.Reason, _ action: RuleSet.Action) -> [String] {
            SyscallSet(
                rules.entries.lazy.filter { $0.reason == reason && $0.action == action }
                    .map(\.syscall)
            ).sortedNames
        }
        var sentences = policy.basis.reservations ?? []
        let denied = calls(.staticOnly, .deny)
        if !denied.isEmpty {
            sentences.append(
                "denied although the program's code has them, as no execution showed them: "
                    + list(denied))
        }
        let otherTier = calls(.otherTier, .deny)
        if !otherTier.isEmpty {
            sentences.append(
                "denied although observed, as --tiers leaves out how they were provoked: "
                    + list(otherTier))
        }
        let started = calls(.startedProgram, .allow)
        if !started.isEmpty {
            sentences.append(
                "allowed only for programs that the target starts, which inherit its filter: "
                    + list(started))
        }
        let tested = rules.entries.filter { $0.arguments != nil }.map(\.syscall.name)
        if !tested.isEmpty {
            sentences.append(
                "allowed only with arguments that were seen, which bounds of convergence do not "
                    + "speak of: " + list(tested))
        }
        let gated = policy.unknownNumbers.filter(\.isCompatibility)
        if !gated.isEmpty {
            sentences.append(
                "called through the 32-bit gate (int 0x80), at which every exported filter kills: "
                    + list(gated.map(\.name)))
        }
        let unknown = policy.unknownNumbers.filter { !$0.isCompatibility }
        if !unknown.isEmpty {
            sentences.append("called, but no calls of any kernel: " + list(unknown.map(\.name)))
        }
        return sentences
    }

    private static let shownNames = 40

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(shownNames).joined(separator: " ")
        let rest = names.count - shownNames
        return "\(names.count): \(shown)" + (rest > 0 ? " and \(rest) more" : "")
    }
}
