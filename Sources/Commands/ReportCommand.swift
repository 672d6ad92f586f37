internal import Platform
internal import Reporting
internal import Store
internal import Texts

/// `fathom report`: a campaign as one page to keep or to pass on.
struct ReportCommand: Command {
    static let name = "report"
    static let summary = "Write a campaign as one HTML page that needs nothing else."
    static let usage = "CAMPAIGN -o FILE.html"
    static let table = OptionTable<ReportCommand>([
        .value("--output", short: "-o", "FILE", \.output, "the page; standard output unless given")
    ])

    var output: String?
    private var campaign = CampaignFolder("")

    mutating func accept(operands: [String]) throws(UsageError) {
        campaign = try .only(operands, of: Self.name)
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        if output == nil, terminal.showsOutput {
            throw UsageError("report writes HTML: name a file with -o, or redirect standard output")
        }
        let record = try campaign.load()
        let reader = try campaign.open()
        let page = try CampaignPage(record, owner: campaign.owner, tool: Fathom.tool) {
            try reader.testCase($0)
        }
        if let output {
            try OutputFile.create(output).write(bytes: Array(page.text.utf8))
        } else {
            terminal.pass(Array(page.text.utf8))
        }
        return .success
    }
}
