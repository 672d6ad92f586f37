internal import Campaigns
internal import Reporting
internal import Texts

/// `fathom reached`: the static set against what was reached.
struct ReachedCommand: Command {
    static let name = "reached"
    static let summary = "Show which system calls of the static set were ever reached."
    static let usage = "CAMPAIGN [--static-only] [--json]"
    static let table = OptionTable<ReachedCommand>([
        .flag("--static-only", \.isStaticOnly, "show only what was never reached"),
        .flag("--json", \.asJSON, "print JSON instead of tables"),
    ])

    var isStaticOnly = false
    var asJSON = false
    private var campaign = CampaignFolder("")

    mutating func accept(operands: [String]) throws(UsageError) {
        campaign = try .only(operands, of: Self.name)
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let record = try campaign.load()
        guard let view = ReachedView(record, isStaticOnly: isStaticOnly) else {
            throw CommandFailure(
                "cannot compare: the campaign \(campaign.path) has no static set, as "
                    + "\(record.targetPath) could not be analysed; fathom extract says why, "
                    + "fathom status shows what was reached")
        }
        terminal.print(asJSON ? try Terminal.json(view) : view.text(width: terminal.tableWidth))
        return .success
    }
}
