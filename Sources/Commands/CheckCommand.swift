internal import Campaigns
internal import Enforcement
internal import Platform
internal import Policies
internal import Reporting
internal import Store
internal import TestCases
internal import Texts
internal import Traces

/// `fathom check`: whether a policy still holds, for continuous integration.
struct CheckCommand: Command {
    static let name = "check"
    static let summary = "Check that a policy holds for this build, machine and corpus."
    static let usage = "POLICY [--campaign DIR] [--json]"
    static let table = OptionTable<CheckCommand>([
        .value("--campaign", "DIR", \.campaign, "execute its test cases and judge their calls"),
        .flag("--json", \.asJSON, "print JSON instead of text"),
    ])

    var campaign: String?
    var asJSON = false
    private var path = ""

    mutating func accept(operands: [String]) throws(UsageError) {
        guard let first = operands.first, operands.count == 1 else {
            throw UsageError("check needs one policy: fathom check diff.policy.json")
        }
        path = first
    }

    /// 1 when the policy does not hold.
    func run(in terminal: Terminal) throws -> ExitCode {
        let policy = try PolicyFile.load(path)
        var check = PolicyCheck(policy: path)
        check.compareFiles(of: policy) { try? MappedFile.open($0).contentHash() }
        if let facts = try? TargetFacts.gather(TargetFile.inspect(policy.target.path)) {
            check.compareMachine(of: policy, kernel: facts.kernel, library: facts.library)
        }
        do throws(EnforcementError) {
            _ = try EnforcementPlan(policy)
        } catch {
            check.add(.init(.order, "\(error)", fails: true))
        }
        if let campaign {
            try replay(CampaignFolder(campaign).load(), under: policy, &check, terminal)
        }
        terminal.print(
            asJSON ? try Terminal.json(check) : check.text(width: terminal.tableWidth))
        return check.holds ? .success : .negative
    }

    /// Executes every test case of a tier that the policy allows, and judges its calls in the
    /// policy's phases.
    private func replay(
        _ record: CampaignRecord, under policy: Policy, _ check: inout PolicyCheck,
        _ terminal: Terminal
    ) throws {
        guard
            record.targetPath == policy.target.path || record.targetHash == policy.target.sha256
        else {
            throw CommandFailure(
                "the campaign is of \(record.targetPath) and the policy of "
                    + "\(policy.target.path); give a campaign of that program")
        }
        let replay = try Replay.start(record, phases: policy.model)
        let entries = record.corpus.filter { policy.options.tiers.contains($0.tier) }
        for (index, entry) in entries.enumerated() {
            if terminal.isInteractive {
                terminal.note("\r\(index + 1) of \(entries.count)", terminator: "")
            }
            guard let testCase = try replay.testCase(entry.id) else { continue }
            for report in try replay.execute(testCase, times: 1) {
                check.judge(report.observations, of: entry.id, under: policy)
            }
        }
        if terminal.isInteractive { terminal.note("") }
    }
}
