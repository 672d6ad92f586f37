package import Policies
package import Texts

extension AttackSurface {
    /// The table for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        var table = TextTable([
            ("CALLS", .right), ("1", .right), ("2", .right), ("3", .right), ("4", .right),
            ("CLOSED", .right), ("UNDER", .left),
        ])
        for row in rows {
            table.append(
                [String(row.calls)] + row.byLevel.map(String.init)
                    + [String(row.closed.count), row.name])
        }
        return table.text(width: width, indent: 2)
    }

    /// What the columns are, for the line above the table.
    package static let legend = """
        by what an attacker gains (1 control of the system, 2 denial of service, 3 subverting the \
        process, 4 nothing); CLOSED counts those of \(KnownVulnerability.all.count) known kernel \
        vulnerabilities to which no way is left
        """
}
