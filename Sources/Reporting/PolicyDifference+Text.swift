package import Policies
internal import Syscalls
package import Texts

extension PolicyDifference {
    /// The difference for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        var blocks = basis.map { "The policies were made otherwise: \($0)." as ShownText }
        guard !isEmpty else {
            return (blocks + ["Both policies mean the same."]).joined(separator: "\n")
        }
        for part in parts {
            let title: ShownText =
                part.role.map { "Phase \(part.phase ?? "") of \($0)" } ?? "Whole life"
            if let only = part.only {
                blocks.append("\(title): only in the \(only) policy")
                continue
            }
            var table = TextTable([
                ("", .left), ("SYSCALL", .left), ("BEFORE", .left), ("AFTER", .left),
                ("EVIDENCE", .left),
            ])
            for kind in [Change.Kind.gained, .lost, .changed] {
                for change in part.changes where change.kind == kind {
                    let mark = [.gained: "+", .lost: "-", .changed: "~"][kind] ?? ""
                    let evidence =
                        kind == .lost ? change.evidenceBefore : change.evidenceAfter
                    let arguments = change.arguments.map { " where \($0)" } ?? ""
                    table.append([
                        mark, change.syscall.name + arguments, change.before, change.after,
                        evidence,
                    ])
                }
            }
            blocks.append(title + "\n" + table.text(width: width, indent: 2))
        }
        return blocks.joined(separator: "\n")
    }
}
