package import Syscalls
package import Texts

/// What the extractor says about a program; its encoding is the JSON of a stable shape.
package struct ExtractionView: Sendable, Encodable {
    /// One call of the set.
    package struct Row: Sendable, Encodable {
        package let name: String
        package let number: UInt32
        package let sites: [CallSite]
        /// A shortest way to the call, root first.
        package let chain: [StaticSet.Step]
        package let gates: [String]
        /// A way for each stage of the program's life that has one; nil unless asked for.
        package let ways: [StaticSet.Way]?

        init(_ entry: StaticSet.Entry) {
            name = entry.number.name
            number = entry.number.rawValue
            sites = entry.sites
            chain = entry.chain
            gates = entry.gates
            ways = entry.ways
        }
    }

    package let binary: String
    package let convention: StaticSet.Convention
    /// By name.
    package let syscalls: [Row]
    package let modules: [String]
    package let unresolved: [StaticSet.Unresolved]
    package let assumptions: [StaticSet.Assumption]
    package let programs: [StaticSet.ProgramRun]
    package let inputs: [StaticSet.Input]
    /// What the set may lack, by kind; the places are those of ``unresolved``.
    package let soundness: [Concern]
    /// The descriptions of the gates that rows name.
    package let gates: [GateDescription]
    let isVerbose: Bool

    private enum CodingKeys: CodingKey {
        case binary, convention, syscalls, modules, unresolved, assumptions, programs, inputs
        case soundness, gates
    }

    /// A view of the whole set, or of one call in it.
    ///
    /// - Parameter isVerbose: whether texts show every place of a concern, not the first ones.
    package init(
        _ set: StaticSet, only number: SyscallNumber? = nil, isVerbose: Bool = false
    ) {
        self.isVerbose = isVerbose
        binary = set.binary
        convention = set.convention
        syscalls = set.entries.filter { number == nil || $0.number == number }.map(Row.init)
            .sorted { $0.name < $1.name }
        modules = set.modules
        unresolved = set.unresolved
        assumptions = set.assumptions
        programs = set.programs
        inputs = set.inputs
        soundness = Concern.concerns(in: set.unresolved)
        let names = Set(syscalls.flatMap(\.gates))
        gates = GateDescription.all.filter { names.contains($0.name) }
    }

    /// The set for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        let sections = [
            header(width), table(width), assumptionText(width), programText(width),
            inputText(width), soundnessText(width),
        ]
        return sections.compactMap { $0 }.joined(separator: "\n\n")
    }

    /// The ways to each of the calls, one hop a line, by the stage of the program's life in which
    /// they begin.
    package func explanation(width: Int) -> ShownText {
        syscalls.map { row in
            var parts: [ShownText] = [
                "\(row.name) (\(row.number)) in \(binary)\nConvention: \(conventionText)."
            ]
            let ways = row.ways ?? []
            if ways.isEmpty {
                parts.append("Root first\n" + ChainText.table(row.chain, width: width))
            }
            parts += ways.map { way -> ShownText in
                "From \(way.stage.rawValue), root first\n"
                    + ChainText.table(way.chain, width: width)
            }
            if !row.gates.isEmpty {
                parts.append("Every way needs\n" + GateText.conditions(row.gates, width: width))
            }
            parts.append(SiteList.text(row.sites, title: "Sites"))
            return parts.joined(separator: "\n\n")
        }.joined(separator: "\n\n")
    }

    private var conventionText: String { Self.text(of: convention) }

    /// Where counting begins, in words.
    static func text(of convention: StaticSet.Convention) -> String {
        switch convention {
        case .wholeProcess: "whole process, from execve on"
        case .afterMain: "after main, without what the loader does"
        }
    }

    private func header(_ width: Int) -> ShownText {
        return """
            \(binary)
            Convention: \(conventionText).
            \(Figures.count(syscalls.count, "system call")) in \
            \(Figures.count(modules.count, "module")); --explain NAME shows the way to one.
            """
    }

    private func table(_ width: Int) -> ShownText? {
        guard !syscalls.isEmpty else { return nil }
        var table = TextTable([
            ("SYSCALL", .left), ("NUMBER", .right), ("SITES", .right), ("MODULES", .left),
        ])
        for row in syscalls {
            let names = Set(row.sites.map { Figures.fileName($0.module) }).sorted()
            table.append([
                row.name, String(row.number), Figures.count(row.sites.count),
                names.joined(separator: " ")
                    + (row.gates.isEmpty
                        ? "" : " (only with \(row.gates.joined(separator: ", ")))"),
            ])
        }
        return table.text(width: width)
    }
}
