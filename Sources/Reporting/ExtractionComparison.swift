package import Syscalls
package import Texts

/// What the static sets of two programs do not have in common; its encoding is the JSON that
/// `extract --compare` prints.
package struct ExtractionComparison: Sendable, Encodable {
    /// One of the two.
    package struct Side: Sendable, Encodable {
        package let binary: String
        package let syscalls: Int
        package let modules: [String]

        init(_ set: StaticSet) {
            binary = set.binary
            syscalls = set.entries.count
            modules = set.modules
        }
    }

    package let old: Side
    package let new: Side
    package let convention: StaticSet.Convention
    /// Only in the second, by name, with the way to them there.
    package let added: [ExtractionView.Row]
    /// Only in the first, by name, with the way to them there.
    package let removed: [ExtractionView.Row]

    /// Both sets must be of one convention, which is the second's.
    package init(old: StaticSet, new: StaticSet) {
        self.old = Side(old)
        self.new = Side(new)
        convention = new.convention
        added = Self.rows(of: new, without: old)
        removed = Self.rows(of: old, without: new)
    }

    private static func rows(of set: StaticSet, without other: StaticSet) -> [ExtractionView.Row] {
        let known = Set(other.entries.map(\.number))
        return set.entries.filter { !known.contains($0.number) }.map(ExtractionView.Row.init)
            .sorted { $0.name < $1.name }
    }

    package var isEqual: Bool { added.isEmpty && removed.isEmpty }

    /// The comparison for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        let head: ShownText = """
            - \(describe(old))
            + \(describe(new))
            Convention: \(ExtractionView.text(of: convention)).
            \(isEqual ? "The same system calls." : "\(added.count) added, \(removed.count) removed.")
            """
        let parts = [
            section("Added", added, width), section("Removed", removed, width),
        ]
        return ([head] + parts.compactMap { $0 }).joined(separator: "\n\n")
    }

    private func describe(_ side: Side) -> String {
        """
        \(side.binary): \(Figures.count(side.syscalls, "system call")) in \
        \(Figures.count(side.modules.count, "module"))
        """
    }

    private func section(
        _ title: String, _ rows: [ExtractionView.Row], _ width: Int
    ) -> ShownText? {
        guard !rows.isEmpty else { return nil }
        return "\(title) (\(rows.count)), with the way to each, root first\n"
            + rows.map { row in
                let gates = row.gates.isEmpty ? "" : "; needs " + GateText.list(row.gates)
                return WrappedText.paragraph(
                    "  \(row.name) (\(row.number)): ",
                    ChainText.oneLine(row.chain, width: .max) + gates, width: width)
            }.joined(separator: "\n")
    }
}
