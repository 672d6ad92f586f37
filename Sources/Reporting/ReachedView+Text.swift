internal import Reconciliation
internal import Syscalls
internal import Traces

extension ReachedView {
    /// The table for people, at most `width` columns wide: what was reached, the latest first,
    /// then what was not, then what needs an explanation.
    package func text(width: Int) -> String {
        let sections = [
            header(width), reached(width), unreached(width), explained(width), foreign(width),
        ]
        return sections.compactMap { $0 }.joined(separator: "\n\n")
    }

    private func header(_ width: Int) -> String {
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

    private func reached(_ width: Int) -> String? {
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

    private func unreached(_ width: Int) -> String? {
        let unreached = rows.filter { !$0.isDynamic }.sorted {
            (rank($0.verdict), $0.syscall.name) < (rank($1.verdict), $1.syscall.name)
        }
        guard !unreached.isEmpty else { return nil }
        var table = TextTable([
            ("SYSCALL", .left), ("VERDICT", .left), ("HOW THE STATIC SET HAS IT", .left),
        ])
        let names = unreached.map(\.syscall.name.count).max() ?? 0
        let verdicts = unreached.map(\.verdict.rawValue.count).max() ?? 0
        let room = max(20, width - names - verdicts - 6)
        for row in unreached {
            let entry = staticSet.entry(for: row.syscall)
            let how =
                row.verdict == .gated
                ? "needs " + (entry?.gates.joined(separator: ", ") ?? "")
                : ChainText.oneLine(entry?.chain ?? [], width: room)
            table.append([row.syscall.name, row.verdict.rawValue, how])
        }
        return "Static-only (\(unreached.count)), never reached; fathom why shows the whole way\n"
            + table.text(width: width, indent: 2)
    }

    private func rank(_ verdict: Verdict) -> Int {
        Verdict.allCases.firstIndex(of: verdict) ?? Verdict.allCases.count
    }

    /// Verdicts that say something about the extractor or the kernel rather than the target.
    private func explained(_ width: Int) -> String? {
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

    private func foreign(_ width: Int) -> String? {
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
