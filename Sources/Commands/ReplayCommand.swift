internal import Campaigns
internal import Policies
internal import Reporting
internal import Store
internal import Syscalls
internal import TestCases
internal import Texts
internal import Traces

/// `fathom replay`: executes a stored witness again and shows what it does.
struct ReplayCommand: Command {
    static let name = "replay"
    static let summary = "Execute the input behind a system call again."
    static let usage = "CAMPAIGN (--syscall NAME | --test-case ID | --rarest | --all) [options]"
    static let table = OptionTable<ReplayCommand>([
        .value("--syscall", short: "-s", "NAME", \.syscall, "the witness of this system call"),
        .value("--phase", "NAME", \.phase, "in this phase"),
        .value("--test-case", short: "-t", "ID", \.testCase, "this test case; its first digits do"),
        .flag("--rarest", \.rarest, "the call that the fewest executions showed"),
        .flag("--all", \.all, "every witness of the campaign, without traces"),
        .value("--times", short: "-n", "N", \.times, "execute it so often; default 5"),
        .flag("--json", \.asJSON, "print JSON"),
    ])

    var syscall: String?
    var phase: String?
    var testCase: String?
    var rarest = false
    var all = false
    var times = 5
    var asJSON = false
    private var campaign = CampaignFolder(".")

    mutating func accept(operands: [String]) throws(UsageError) {
        let choices = [syscall != nil, testCase != nil, rarest, all].count { $0 }
        guard choices == 1 else {
            throw UsageError("replay needs one of --syscall, --test-case, --rarest and --all")
        }
        campaign = try .only(operands, of: Self.name)
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let record = try campaign.load()
        if all { return try replayAll(record, terminal) }
        let wanted = try choose(record)
        let replay = try Replay.start(record)
        guard let testCase = try replay.testCase(wanted.testCase) else {
            throw CommandFailure("the campaign has no test case \(wanted.testCase)")
        }
        let reports = try replay.execute(testCase, times: times)
        let view = ReplayView(wanted, reports: reports)
        if asJSON {
            terminal.print(try Terminal.json(view))
        } else {
            let script = ShellScript(
                testCase, program: record.program, prefix: record.prefix, base: record.base)
            terminal.print(view.text(of: script, target: wanted, reports: reports))
        }
        let policy = try Policy(
            record, options: Policy.Options(tiers: Set(Tier.allCases), environment: false),
            tool: Fathom.tool)
        for sentence in PhaseContradictions.sentences(
            reports.flatMap(\.observations), under: policy)
        {
            terminal.note("fathom: \(wanted.testCase.prefix(8)) \(sentence)")
        }
        return view.reproduced > 0 ? .success : .negative
    }

    /// The test case to execute, and what it should show.
    private func choose(_ record: CampaignRecord) throws -> ReplayTarget {
        if let testCase {
            let ids = record.corpus.map(\.id).filter { $0.hasPrefix(testCase) }
            guard let id = ids.first, ids.count == 1 else {
                throw CommandFailure(
                    ids.isEmpty
                        ? "no test case's id begins with \(testCase); see fathom corpus list"
                        : "\(ids.count) test cases' ids begin with \(testCase); give more digits",
                    code: .negative)
            }
            return ReplayTarget(testCase: id)
        }
        if rarest {
            guard let rarest = ReplayTarget.rarest(in: record.observations) else {
                throw CommandFailure("the campaign has seen no system call yet", code: .negative)
            }
            return rarest
        }
        let number = try SyscallOperand.parse(syscall ?? "")
        let place = phase.map(Phase.init(name:))
        guard
            let target = ReplayTarget(number, in: place, observations: record.observations)
        else {
            throw CommandFailure(
                "no execution has shown \(number)\(phase.map { " in phase \($0)" } ?? ""); "
                    + "fathom why \(campaign.path) \(number) says more", code: .negative)
        }
        return target
    }

    /// Executes each witness, and counts those that show what they stand for.
    private func replayAll(_ record: CampaignRecord, _ terminal: Terminal) throws -> ExitCode {
        let replay = try Replay.start(record)
        let witnesses = Dictionary(
            grouping: record.observations.filter(\.isStable), by: \.witness)
        var failures: [Observation] = []
        var total = 0
        for (id, observations) in witnesses.sorted(by: { $0.key < $1.key }) {
            guard let testCase = try replay.testCase(id) else { continue }
            let report = try replay.execute(testCase, times: 1)[0]
            let shown = Set(report.observations.map(\.subject))
            total += observations.count
            failures += observations.filter { !shown.contains($0.subject) }
        }
        for failure in failures {
            terminal.note(
                "\(failure.witness.prefix(12)) did not show \(failure.syscall) in "
                    + "\(failure.phase) of \(failure.role.name)")
        }
        let reproduced = total - failures.count
        if asJSON {
            let view = ReplayView(attempts: total, reproduced: reproduced)
            terminal.print(try Terminal.json(view))
        } else {
            terminal.print(
                "\(reproduced) of \(total) entries reproduced from "
                    + "\(witnesses.count) \(witnesses.count == 1 ? "witness" : "witnesses").")
        }
        return failures.isEmpty ? .success : .negative
    }
}
