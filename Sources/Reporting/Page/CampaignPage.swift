package import Campaigns
internal import Phasing
internal import Policies
internal import Reconciliation
internal import Store
internal import Syscalls
package import TestCases
internal import Traces

/// A campaign as one HTML page that needs nothing else: no network, no script, no second file.
package struct CampaignPage {
    private let record: CampaignRecord
    private let status: StatusView
    private let table: ReconciliationTable?
    private let policy: Policy
    private let surface: AttackSurface
    /// By id: how a person would run the test case.
    private let commands: [String: String]
    /// By id, where it has one.
    private let sizes: [String: Int]

    /// `load` reads a test case of the campaign by its id; `owner` is the process that writes to it.
    package init(
        _ record: CampaignRecord, owner: Int32?, tool: String,
        load: (String) throws -> TestCase?
    ) throws {
        self.record = record
        status = StatusView(record, owner: owner)
        table = record.staticSet.map {
            ReconciliationTable(static: $0, observations: record.observations, tries: record.tries)
        }
        policy = try Policy(
            record, options: Policy.Options(tiers: record.allowedTiers), tool: tool)
        surface = AttackSurface(policy, staticCalls: record.staticSet?.syscalls)
        sizes = Dictionary(record.corpus.map { ($0.id, $0.size) }) { first, _ in first }
        var commands: [String: String] = [:]
        for id in Set(record.observations.map(\.witness)).sorted() {
            guard let testCase = try load(id) else { continue }
            commands[id] =
                ShellScript(
                    testCase, program: record.program, prefix: record.prefix,
                    base: record.base
                ).summary
        }
        self.commands = commands
    }

    /// The page.
    package var text: String {
        let page: Markup = """
            <!DOCTYPE html>
            <html lang=en>
            <head>
            <meta charset=utf-8>
            <meta name=viewport content="width=device-width">
            <meta http-equiv=Content-Security-Policy content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(record.name): system calls</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>\(record.name): system calls</h1>
            \(target)\(reached)\(transitions)\(matrix)\(attackSurface)\(reconciliation)\(convergence)\
            \(witnesses)</body>
            </html>

            """
        return page.text
    }

    // MARK: Sections

    private var target: Markup {
        let rows: [(String, String)] =
            [
                ("target", record.targetPath), ("SHA-256", record.targetHash),
                ("learned on", "Linux \(record.kernel) with \(record.library)"),
                (
                    "executions",
                    "\(Figures.count(record.executions)) in \(Figures.clock(record.seconds)), "
                        + "\(Figures.rate(status.executionsPerSecond)) per second"
                ),
                ("state", status.running ? "running when this was written" : "not running"),
                ("first execution", firstContact),
                ("corpus", Figures.count(status.corpus, "test case")),
                ("bound", status.convergence.sentence),
            ] + status.unseen.map { ("not seen", $0) }
        return Markup.section(
            "Target", status.firstContact?.failure ?? "",
            [Markup.table(["", ""], rows.map { ["\($0.0)", "\($0.1)"] })])
    }

    private var firstContact: String {
        guard let contact = status.firstContact else { return "not kept" }
        return ([contact.sentence] + contact.words).joined(separator: " | ")
    }

    private var reached: Markup {
        let calls = status.syscalls
        let rows: [(String, [String])] = [
            ("natural", calls.natural), ("resource", calls.resource), ("signal", calls.signal),
            ("injected", calls.injected), ("static-only", status.staticOnly),
            ("dynamic-only", status.dynamicOnly),
        ]
        return Markup.section(
            "Reached, by tier",
            "How a call was provoked: by inputs alone, by limits and closed descriptors, by signals, "
                + "or by system calls that were made to fail. Each under its most ordinary tier.",
            [
                curve,
                Markup.table(
                    ["tier", "calls#", "names"],
                    rows.map {
                        ["\($0.0)", "\($0.1.count)", "\($0.1.joined(separator: " "))"]
                    }),
            ])
    }

    private var transitions: Markup {
        let rows = (status.phases?.rows ?? []).map { row -> [Markup] in
            [
                "\(row.role)", "\(row.phase)", "\(row.begins.joined(separator: " or "))",
                "\(row.allowed)", "\(row.removed.joined(separator: " "))",
            ]
        }
        return Markup.section(
            "Phases", record.hasLearnedPhases ? "Learned from the campaign." : "By fixed rules.",
            [Markup.table(["role", "phase", "begins with", "to come#", "ends with it"], rows)])
    }

    private var matrix: Markup {
        let calls = policy.wholeLife.entries.filter { entry in
            policy.phases.contains { $0.rules.entry(for: entry.syscall) != nil }
        }.sorted {
            ($0.syscall.threatLevel, $0.syscall.name) < ($1.syscall.threatLevel, $1.syscall.name)
        }
        let rows = calls.map { entry -> [Markup] in
            let head: [Markup] = ["\(entry.syscall.threatLevel.rawValue)", "\(entry.syscall.name)"]
            return head + policy.phases.map { Self.mark($0.rules.entry(for: entry.syscall)) }
        }
        return Markup.section(
            "Calls by role and phase",
            "● called in the phase; ○ called later, by what it starts, or by the machine; "
                + "? too few processes have left it behind to say that it is over; "
                + "· denied. A filter for the phase allows the first three.",
            [
                Markup.table(
                    ["level#", "call"]
                        + policy.phases.map { "\($0.role.name) \($0.phase)" }, rows)
            ])
    }

    private static func mark(_ entry: RuleSet.Entry?) -> Markup {
        guard let entry, entry.action != .deny else { return "<span class=no>·</span>" }
        switch entry.reason {
        case .observed: return "<span class=yes>●</span>"
        case .undecided: return "?"
        case .observedElsewhere, .startedProgram, .environment, .otherTier, .staticOnly: return "○"
        }
    }

    private var attackSurface: Markup {
        let rows = surface.rows.map { row -> [Markup] in
            var cells: [Markup] = ["\(row.name)", "\(row.calls)"]
            cells += row.byLevel.map { "\($0)" }
            cells += [
                "\(row.weight)", "\(row.closed.count) of \(surface.vulnerabilities)",
                "\(row.controlling.joined(separator: " "))",
            ]
            return cells
        }
        return Markup.section(
            "Attack surface",
            "What a program that was taken over could still call, " + AttackSurface.legend + ".",
            [
                Markup.table(
                    ["under", "calls#", "1#", "2#", "3#", "4#", "weight#", "closed#", "level 1"],
                    rows)
            ])
    }

    private var reconciliation: Markup {
        guard let table else {
            return Markup.section(
                "Reconciliation", "There is no static set: the target could not be analysed.", [])
        }
        let rows = table.rows.map { row -> [Markup] in
            [
                "\(row.syscall.name)", "\(row.verdict.rawValue)", "\(row.tier?.name ?? "")",
                "\(row.firstSeconds.map { Figures.clock($0) } ?? "")",
                row.witness.map { id in
                    "<a href=\"#t\(Figures.short(id))\">\(Figures.short(id))</a>"
                } ?? "",
                "\(row.evidence)",
            ]
        }
        return Markup.section(
            "Reconciliation",
            "The calls that the program's code could make, and those that were seen.",
            [
                Markup.table(
                    ["call", "verdict", "tier", "first seen#", "witness", "evidence"], rows)
            ])
    }

    private var convergence: Markup {
        let view = status.convergence
        guard !view.baseFails else {
            return Markup.section("Convergence", "The base case fails: nothing can be said.", [])
        }
        let rows = view.rows.map { row -> [Markup] in
            [
                "\(row.tier.name)", "\(row.phase ?? "all")", "\(Figures.count(row.executions))",
                "\(row.seen)",
                row.upperBound < 1
                    ? "1/\(ConvergenceView.rate(row.upperBound))" : "any",
                "\(Figures.count(row.executionsToNext))",
            ]
        }
        let kept =
            view.boundsTried == 0
            ? "No bound was tried yet."
            : "\(view.boundsKept) of \(view.boundsTried) earlier bounds have held."
        return Markup.section(
            "Convergence",
            "From test cases that were drawn anew; NEW IN is a bound of 95 % on the share that shows "
                + "a call which is new to its phase. " + kept,
            [
                Markup.table(
                    ["tier", "phase", "drawn#", "seen#", "new in#", "next in#"], rows)
            ])
    }

    private var witnesses: Markup {
        let rows = commands.sorted { $0.key < $1.key }.map { id, command -> [Markup] in
            let shown = record.observations.filter { $0.witness == id && $0.role.isTarget }
            return [
                "<span id=\"t\(Figures.short(id))\">\(id)</span>",
                "<code>\(String(command.prefix(Self.longestCommand)))</code>",
                "\(sizes[id].map { Figures.count($0) } ?? "")",
                "\(SyscallSet(shown.map(\.syscall)).sortedNames.joined(separator: " "))",
            ]
        }
        return Markup.section(
            "Witnesses",
            "fathom replay \(record.folder) --test-case ID runs one again.",
            [Markup.table(["test case", "command", "bytes#", "calls it stands for"], rows)])
    }

    private static let longestCommand = 400

    // MARK: Curve

    /// How many calls were known when, over all tiers.
    private var curve: Markup {
        let points = record.samples.map { sample in
            (x: sample.seconds, y: Double(sample.syscalls.values.reduce(0, +)))
        }
        guard let last = points.last, points.count > 1, last.x > 0,
            let most = points.map(\.y).max(), most > 0
        else { return "" }
        let (width, height) = (600.0, 120.0)
        let path = points.map { point in
            let x = Int((point.x / last.x * width).rounded())
            let y = Int((height - point.y / most * height).rounded())
            return "\(x),\(y)"
        }.joined(separator: " ")
        return """
            <svg viewBox="-2 -4 604 128" role=img aria-label="calls over time">
            <polyline points="\(path)" fill=none stroke=currentColor stroke-width=2></polyline></svg>
            <p class=axis>\(Figures.count(Int(most), "call")) after \(Figures.clock(last.x))</p>

            """
    }

    private static let style: Markup = """

        :root { color-scheme: light dark }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
        h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem }
        p { margin: .2rem 0 .6rem; max-width: 50rem }
        .wide { overflow-x: auto }
        table { border-collapse: collapse }
        th, td { text-align: left; vertical-align: top; padding: .15rem .7rem .15rem 0; border-bottom: 1px solid #8884 }
        th { font-weight: 600 } .n { text-align: right; font-variant-numeric: tabular-nums }
        code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
        .yes { color: #1a7f37 } .no { opacity: .35 }
        svg { width: 100%; max-width: 40rem; height: 8rem } .axis { font-size: .85rem; opacity: .7 }

        """
}
