internal import Phasing
package import Policies
internal import Syscalls
package import Texts
package import Traces

/// Where the life of each role is divided, and what each transition takes away.
package struct PhaseTable: Sendable, Encodable {
    package struct Row: Sendable, Encodable {
        package let role: String
        package let phase: String
        /// The calls that begin the phase, any of them.
        package let begins: [String]
        /// How many calls may come from here on.
        package let allowed: Int
        /// Calls that could come before and cannot any more, by name.
        package let removed: [String]
    }

    /// By role, in the order of its phases.
    package let rows: [Row]
    /// Whether the phases were learned.
    package let isLearned: Bool

    package init(_ policy: Policy) {
        isLearned = policy.model.name == PhaseLearner.modelName
        var rows: [Row] = []
        var before: Policy.PhaseRules?
        for part in policy.phases {
            let allowed = part.rules.allowed
            let isNext = before?.role == part.role
            let removed =
                isNext ? (before?.rules.allowed ?? []).subtracting(allowed).sortedNames : []
            rows.append(
                Row(
                    role: part.role.name, phase: part.phase.name,
                    begins: Self.begins(part.phase, of: part.role, policy.model),
                    allowed: allowed.count, removed: removed))
            before = part
        }
        self.rows = rows
    }

    private static func begins(_ phase: Phase, of role: Role, _ model: PhaseModel) -> [String] {
        guard let rule = model.rules.first(where: { $0.phase == phase }) else { return [] }
        guard !rule.triggers.isEmpty else {
            return [role == .root ? rule.summary : "its birth"]
        }
        let own = rule.triggers.filter { $0.role == nil || $0.role == role }
        // A task begins in the phase of its maker.
        return own.isEmpty ? ["its birth"] : own.map(\.descriptionWithoutRole)
    }

    /// The table for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        var table = TextTable([
            ("ROLE", .left), ("PHASE", .left), ("TO COME", .right), ("BEGINS WITH", .left),
        ])
        for row in rows {
            let more = row.begins.count > 2 ? " or \(row.begins.count - 2) others" : ""
            table.append([
                row.role, row.phase, String(row.allowed),
                row.begins.prefix(2).joined(separator: " or ") + more,
            ])
        }
        let removals = rows.filter { !$0.removed.isEmpty }.flatMap { row -> [ShownText] in
            [
                "With \(row.phase) of \(row.role) end (\(row.removed.count))"
            ]
                + WrappedText.lines(row.removed.joined(separator: " "), width: width - 2)
                .map { "  " + $0 }
        }
        return ([table.text(width: width)] + removals).joined(separator: "\n")
    }
}

/// What an execution did that the evidence so far says its phase would not.
package enum PhaseContradictions {
    /// One sentence for each call of a role in a phase where the policy does not allow it.
    package static func sentences(_ observations: [Observation], under policy: Policy) -> [String] {
        var sentences: [String] = []
        for observation in observations where observation.role.isTarget {
            guard let rules = policy.rules(role: observation.role, phase: observation.phase),
                !rules.allowed.contains(observation.syscall), observation.syscall.isNamed
            else { continue }
            let sentence = """
                contradicts the phases: \(observation.role.name) called \(observation.syscall) in \
                \(observation.phase), where no kept trace shows it; a filter for this phase would \
                deny it
                """
            if !sentences.contains(sentence) { sentences.append(sentence) }
        }
        return sentences
    }
}
