package import Syscalls

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

        init(_ entry: StaticSet.Entry) {
            name = entry.number.name
            number = entry.number.rawValue
            sites = entry.sites
            chain = entry.chain
            gates = entry.gates
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

    /// A view of the whole set, or of one call in it.
    package init(_ set: StaticSet, only number: SyscallNumber? = nil) {
        binary = set.binary
        convention = set.convention
        syscalls = set.entries.filter { number == nil || $0.number == number }.map(Row.init)
            .sorted { $0.name < $1.name }
        modules = set.modules
        unresolved = set.unresolved
        assumptions = set.assumptions
        programs = set.programs
        inputs = set.inputs
    }

    /// The set for people, at most `width` columns wide.
    package func text(width: Int) -> String {
        let sections = [
            header(width), table(width), assumptionText(width), programText(width),
            inputText(width), unresolvedText(width),
        ]
        return sections.compactMap { $0 }.joined(separator: "\n\n")
    }

    /// The way to each of the calls, one hop a line.
    package func explanation(width: Int) -> String {
        syscalls.map { row in
            let gates = row.gates.isEmpty ? "" : "\nOnly with " + row.gates.joined(separator: ", ")
            return "\(row.name) (\(row.number)) in \(binary), root first\n"
                + ChainText.table(row.chain, width: width) + gates + "\n"
                + SiteList.text(row.sites, title: "Sites")
        }.joined(separator: "\n\n")
    }

    private func header(_ width: Int) -> String {
        let words =
            switch convention {
            case .wholeProcess: "whole process, from execve on"
            case .afterMain: "after main, without what the loader does"
            }
        return """
            \(binary)
            Convention: \(words).
            \(Figures.count(syscalls.count, "system call")) in \
            \(Figures.count(modules.count, "module")); --explain NAME shows the way to one.
            """
    }

    private func table(_ width: Int) -> String? {
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

    private func unresolvedText(_ width: Int) -> String? {
        guard !unresolved.isEmpty else { return nil }
        var table = TextTable([("KIND", .left), ("AT", .left), ("WHAT", .left)])
        for place in unresolved {
            let site =
                Figures.fileName(place.site.module)
                + "+0x" + String(place.site.offset, radix: 16)
            table.append([place.kind, site, place.detail])
        }
        return "Unresolved (\(unresolved.count)): calls behind these are not in the set\n"
            + table.text(width: width, indent: 2)
    }
}
