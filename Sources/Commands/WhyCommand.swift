internal import Reporting
internal import Store
internal import Syscalls
internal import Texts

/// `fathom why`: the evidence for one system call, or why there is none.
struct WhyCommand: Command {
    static let name = "why"
    static let summary = "Show the evidence for one system call, or why there is none."
    static let usage = "CAMPAIGN SYSCALL [--json]"
    static let table = OptionTable<WhyCommand>([
        .flag("--json", \.asJSON, "print JSON instead of text")
    ])

    var asJSON = false
    private var campaign = CampaignFolder("")
    private var syscall = SyscallNumber.read

    mutating func accept(operands: [String]) throws(UsageError) {
        guard operands.count == 2 else {
            throw UsageError(
                "why needs a campaign and a system call: fathom why diff.campaign openat")
        }
        campaign = CampaignFolder(operands[0])
        syscall = try SyscallOperand.parse(operands[1])
    }

    /// 1 for a call that nothing is known about: neither static nor observed.
    func run(in terminal: Terminal) throws -> ExitCode {
        let record = try campaign.load()
        let reader = try campaign.open()
        let view = try EvidenceView(record, syscall: syscall) { try reader.testCase($0) }
        terminal.print(asJSON ? try Terminal.json(view) : view.text(width: terminal.tableWidth))
        return view.standing == .unknown ? .negative : .success
    }
}
