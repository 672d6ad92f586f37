internal import Campaigns
internal import Store
internal import Syscalls
internal import TestCases
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
    private var campaign = ""

    mutating func accept(operands: [String]) throws(UsageError) {
        guard operands.count == 1 else {
            throw UsageError("replay needs one campaign: fathom replay diff.campaign --rarest")
        }
        let choices = [syscall != nil, testCase != nil, rarest, all].count { $0 }
        guard choices == 1 else {
            throw UsageError("replay needs one of --syscall, --test-case, --rarest and --all")
        }
        campaign = operands[0]
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let record = try CampaignRecord.load(campaign)
        if all { return try replayAll(record, terminal) }
        let wanted = try choose(record)
        let replay = try Replay.start(record)
        guard let testCase = try replay.testCase(wanted.testCase) else {
            throw CommandFailure("the campaign has no test case \(wanted.testCase)")
        }
        let reports = try replay.execute(testCase, times: times)
        let reproduced = reports.count { wanted.isShown(by: $0) }
        let view = ReplayView(
            testCase: wanted.testCase, syscall: wanted.syscall?.name, phase: wanted.phase?.name,
            attempts: times, reproduced: reproduced)
        if asJSON {
            terminal.print(try Terminal.json(view))
        } else {
            terminal.print(view.text(of: testCase, wanted: wanted, reports: reports))
        }
        return reproduced > 0 ? .success : .negative
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
        let name = syscall ?? ""
        guard let number = SyscallNumber(name: name) else {
            let names = SyscallNumber.table.map { "\($0.name)" }
            let hint = Spelling.nearest(to: name, among: names).map { "; did you mean \($0)?" }
            throw UsageError("there is no system call named \(name)\(hint ?? "")")
        }
        let place = phase.map(Phase.init(name:))
        guard
            let target = ReplayTarget(number, in: place, observations: record.observations)
        else {
            throw CommandFailure(
                "no execution has shown \(name)\(phase.map { " in phase \($0)" } ?? ""); "
                    + "fathom why \(campaign) \(name) says more", code: .negative)
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
            let view = ReplayView(
                testCase: nil, syscall: nil, phase: nil, attempts: total, reproduced: reproduced)
            terminal.print(try Terminal.json(view))
        } else {
            terminal.print(
                "\(reproduced) of \(total) entries reproduced from \(witnesses.count) witnesses.")
        }
        return failures.isEmpty ? .success : .negative
    }
}

/// A test case and the call it is to show; any execution will do where there is no call.
struct ReplayTarget {
    let testCase: String
    var syscall: SyscallNumber?
    var role: Role?
    var phase: Phase?

    init(testCase: String) {
        self.testCase = testCase
    }

    private init(_ observation: Observation) {
        testCase = observation.witness
        syscall = observation.syscall
        role = observation.role
        phase = observation.phase
    }

    /// The best witness of a call, of the target's own code if there is one.
    init?(_ syscall: SyscallNumber, in phase: Phase?, observations: [Observation]) {
        let all = observations.filter {
            $0.syscall == syscall && (phase == nil || $0.phase == phase)
        }
        let own = all.filter(\.role.isTarget)
        guard let first = (own.isEmpty ? all : own).first else { return nil }
        self.init(
            (own.isEmpty ? all : own).dropFirst().reduce(first) {
                $1.isBetterWitness(than: $0) ? $1 : $0
            })
    }

    /// The call of the target's own code that the fewest executions showed.
    static func rarest(in observations: [Observation]) -> ReplayTarget? {
        let own = observations.filter { $0.role.isTarget && $0.isStable }
        let counts = Dictionary(grouping: own, by: \.syscall).mapValues {
            $0.reduce(UInt64(0)) { $0 &+ $1.executions }
        }
        guard let (syscall, _) = counts.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else {
            return nil
        }
        return ReplayTarget(syscall, in: nil, observations: own)
    }

    func isShown(by report: ExecutionReport) -> Bool {
        guard let syscall else { return true }
        return report.observations.contains {
            $0.syscall == syscall && $0.role == role && $0.phase == phase
        }
    }
}

/// The result of a replay, as JSON of a stable shape and as text.
struct ReplayView: Encodable {
    let testCase: String?
    let syscall: String?
    let phase: String?
    let attempts: Int
    let reproduced: Int

    /// Calls shown before and behind the one that was asked for.
    private static let context = 4

    func text(
        of testCase: TestCase, wanted: ReplayTarget, reports: [ExecutionReport]
    ) -> String {
        var lines = ["Test case \(wanted.testCase)", ""]
        lines += String(decoding: testCase.encoded().text, as: UTF8.self)
            .split(separator: "\n").dropFirst().dropLast().map { "    " + $0 }
        if let report = reports.first(where: wanted.isShown) ?? reports.first {
            lines += ["", "The execution \(report.end)."] + around(wanted, in: report)
            lines += output(report)
        }
        let what = syscall.map { "\($0) in phase \(phase ?? "")" } ?? "it ran"
        lines += ["", "\(reproduced) of \(attempts) executions: \(what)."]
        return lines.joined(separator: "\n")
    }

    private func around(_ wanted: ReplayTarget, in report: ExecutionReport) -> [String] {
        let hit = report.events.firstIndex {
            $0.syscall == syscall && $0.role == wanted.role?.name && $0.phase == phase
        }
        let range: Range<Int>
        if let hit {
            range = max(0, hit - Self.context)..<min(report.events.count, hit + Self.context + 1)
        } else {
            range = 0..<min(report.events.count, 2000)
        }
        return report.events[range].enumerated().map { offset, event in
            let mark = offset + range.lowerBound == hit ? ">" : " "
            let place = "\(event.role) \(event.phase)"
            let pad = String(repeating: " ", count: max(1, 13 - place.count))
            let gap = String(repeating: " ", count: max(1, 58 - event.text.count))
            return " \(mark) \(place)\(pad)\(event.text)\(gap)\(event.site)"
        }
    }

    private func output(_ report: ExecutionReport) -> [String] {
        [("Standard output", report.output), ("Standard error", report.errors)]
            .filter { !$0.1.isEmpty }
            .flatMap { name, bytes in
                let text = String(decoding: bytes.prefix(1000), as: UTF8.self)
                let rows = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(10)
                return ["", "\(name) (\(bytes.count) bytes):"] + rows.map { "    " + $0 }
            }
    }
}
