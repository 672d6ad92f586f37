internal import Phasing
internal import Syscalls
internal import Texts
internal import Traces

extension Policy {
    /// The policy as a person reads it before signing it off: each call with why it is there, and
    /// what it is worth to an attacker.
    func review(of rules: RuleSet, title: String) -> String {
        var lines = [
            heading(title),
            "Learned on Linux \(Self.commentText(basis.kernel)) with "
                + "\(Self.commentText(basis.library)); tiers "
                + options.tiers.map(\.name).joined(separator: " ") + ".",
            "Denied calls: \(denialText).", "",
        ]
        for (action, name) in [
            (RuleSet.Action.allow, "Allowed"), (.log, "Logged"), (.deny, "Denied although known"),
        ] {
            let entries = rules.entries.filter { $0.action == action }
                .sorted {
                    ($0.syscall.threatLevel, $0.syscall.name) < (
                        $1.syscall.threatLevel, $1.syscall.name
                    )
                }
            guard !entries.isEmpty else { continue }
            lines.append("\(name) (\(entries.count)), by what an attacker gains")
            for entry in entries {
                let head = "  \(entry.syscall.threatLevel.rawValue)  \(entry.syscall.name)"
                let room = String(repeating: " ", count: max(2, 28 - head.count))
                lines.append(head + room + ShownText.escaped(Self.why(entry)))
                lines += entry.argumentTexts.map { "       only where \($0)" }
            }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }

    private var denialText: String {
        switch options.denial {
        case .error: "fail with EPERM, those newer than this release with ENOSYS"
        case .kill: "kill the process"
        case .log: "are made and logged"
        }
    }

    private static func why(_ entry: RuleSet.Entry) -> String {
        let environment = entry.environment.joined(separator: ", ")
        guard let evidence = entry.evidence else {
            return entry.reason.rawValue + (environment.isEmpty ? "" : ": " + environment)
        }
        let witness = evidence.witness.isEmpty ? "" : ", test case \(evidence.witness.prefix(12))"
        return "\(entry.reason.rawValue), \(evidence.tier.name), \(evidence.executions) executions"
            + witness + (evidence.isStable ? "" : ", not every time")
    }
}
