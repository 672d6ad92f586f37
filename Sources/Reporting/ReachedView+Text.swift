internal import Reconciliation
internal import Syscalls
package import Texts
internal import Traces

extension ReachedView {
    /// The table for people, at most `width` columns wide: what was reached, the latest first,
    /// then what was not, then what needs an explanation.
    package func text(width: Int) -> ShownText {
        let sections = [
            header(width), reached(width), unreached(width), explained(width), bugs(width),
            foreign(width),
        ]
        return sections.compactMap { $0 }.joined(separator: "\n\n")
    }

    private func header(_ width: Int) -> ShownText {
        let verdicts = Verdict.allCases.compactMap { verdict in
            summary.verdicts[verdict.rawValue].map { "\($0) \(verdict.rawValue)" }
        }
        let sentence = """
            \(summary.staticSyscalls) static, \(summary.dynamicSyscalls) dynamic, \
            \(summary.staticOnly) static-only, \(summary.dynamicOnly) dynamic-only after \
            \(Figures.count(executions)) executions in \(Figures.clock(elapsedSeconds)): \
            \(verdicts.joined(separator: ", ")).
            """
        return WrappedText.paragraph("", sentence, width: width)
    }

    private func reached(_ width: Int) -> ShownText? {
        let reached = rows.filter(\.isDynamic).sorted {
            ($1.firstExecution ?? 0, $0.syscall.name) < ($0.firstExecution ?? 0, $1.syscall.name)
        }
        guard !reached.isEmpty else { return nil }
        var table = TextTable([
            ("SYSCALL", .left), ("TIER", .left), ("FIRST SEEN", .right), ("EXECUTION", .right),
            ("WITNESS", .left), ("VERDICT", .left), ("PHASES", .left),
        ])
        for row in reached {
            table.append([
                row.syscall.name, row.tier?.name ?? "",
                row.firstSeconds.map { Figures.clock($0) } ?? "",
                row.firstExecution.map { Figures.count($0) } ?? "",
                Figures.short(row.witness ?? ""), row.verdict.rawValue, places(row.places),
            ])
        }
        return "Reached (\(reached.count)), the latest first\n"
            + table.text(width: width, indent: 2)
    }

    /// Phases in the model's order; those of roles other than the root with the role before them.
    private func places(_ places: [ReconciliationTable.Place]) -> String {
        let roles = [Role.root, .worker, .thread].filter { role in
            places.contains { $0.role == role }
        }
        return roles.map { role in
            let names = phases.filter { phase in
                places.contains { $0.role == role && $0.phase == phase }
            }.map(\.name)
            return (role == .root ? "" : role.name + ": ") + names.joined(separator: " ")
        }.joined(separator: ", ")
    }

    private func unreached(_ width: Int) -> ShownText? {
        guard !unreachedRows.isEmpty else { return nil }
        var table = TextTable([
            ("SYSCALL", .left), ("VERDICT", .left), ("AWAY", .right),
            ("HOW THE STATIC SET HAS IT", .left),
        ])
        let names = unreachedRows.map(\.syscall.name.count).max() ?? 0
        let verdicts = unreachedRows.map(\.verdict.rawValue.count).max() ?? 0
        let room = max(20, width - names - verdicts - 12)
        for row in unreachedRows {
            table.append([
                row.syscall.name, row.verdict.rawValue, row.distance.map { "\($0)" } ?? "-",
                how(row, room: room),
            ])
        }
        let title = """
            Static-only (\(unreachedRows.count)), never reached, the nearest to code that ran first; \
            AWAY counts calls; fathom why shows the whole way
            """
        return WrappedText.paragraph("", title, width: width) + "\n"
            + table.text(width: width, indent: 2)
    }

    private func how(_ row: ReconciliationTable.Row, room: Int) -> String {
        let entry = staticSet.entry(for: row.syscall)
        let needs = GateText.list(entry?.gates ?? [])
        guard row.verdict != .gated else { return "needs " + needs }
        let chain = ChainText.oneLine(entry?.chain ?? [], width: room)
        return needs.isEmpty ? chain : chain + "; needs " + needs
    }

    /// Sightings that show an error of the extractor.
    private func bugs(_ width: Int) -> ShownText? {
        guard !siteCheck.bugs.isEmpty else { return nil }
        var table = TextTable([
            ("SYSCALL", .left), ("NUMBER", .right), ("WITNESS", .left), ("SITE AND REASON", .left),
        ])
        for bug in siteCheck.bugs {
            table.append([
                bug.syscall.name, String(bug.syscall.rawValue), Figures.short(bug.witness),
                "\(bug.site): \(bug.reason)",
            ])
        }
        let title = """
            Extractor bugs (\(siteCheck.bugs.count) of \(Figures.count(siteCheck.checked)) \
            sites seen): the static set is wrong there
            """
        return WrappedText.paragraph("", title, width: width) + "\n"
            + table.text(width: width, indent: 2)
    }

    /// Verdicts that say something about the extractor or the kernel rather than the target.
    private func explained(_ width: Int) -> ShownText? {
        let verdicts: [Verdict] = [.missed, .confirmedElsewhere, .kernelMade]
        let unlike = verdicts.flatMap { verdict in rows.filter { $0.verdict == verdict } }
        guard !unlike.isEmpty else { return nil }
        var table = TextTable([("SYSCALL", .left), ("VERDICT", .left), ("EVIDENCE", .left)])
        for row in unlike {
            table.append([row.syscall.name, row.verdict.rawValue, row.evidence])
        }
        return "Reached otherwise than the static set has it (\(unlike.count))\n"
            + table.text(width: width, indent: 2)
    }

    private func foreign(_ width: Int) -> ShownText? {
        guard !foreignPrograms.isEmpty else { return nil }
        var table = TextTable([
            ("PROGRAM", .left), ("WITNESS", .left), ("CALLS", .right), ("SYSCALLS", .left),
        ])
        for program in foreignPrograms {
            let image = program.role.name.dropFirst("exec:".count)
            table.append([
                String(image), Figures.short(program.witness),
                Figures.count(program.syscalls.count),
                program.syscalls.sortedNames.joined(separator: " "),
            ])
        }
        return "Programs that the target started (\(foreignPrograms.count)), not compared\n"
            + table.text(width: width, indent: 2)
    }
}
