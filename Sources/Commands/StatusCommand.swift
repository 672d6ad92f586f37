internal import Campaigns
internal import Reporting
internal import Texts

/// `fathom status`: where a campaign stands, while it runs or after.
struct StatusCommand: Command {
    static let name = "status"
    static let summary = "Show where a campaign stands, while it runs or after."
    static let usage = "CAMPAIGN [--json]"
    static let table = OptionTable<StatusCommand>([
        .flag("--json", \.asJSON, "print JSON instead of text")
    ])

    var asJSON = false
    private var campaign = CampaignFolder("")

    mutating func accept(operands: [String]) throws(UsageError) {
        campaign = try .only(operands, of: Self.name)
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let record = try campaign.load()
        let view = StatusView(record, owner: campaign.owner, changes: record.changes())
        terminal.print(asJSON ? try Terminal.json(view) : view.text(width: terminal.tableWidth))
        return .success
    }
}
