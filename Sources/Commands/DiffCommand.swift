internal import Policies
internal import Reporting
internal import Texts

/// `fathom diff`: what one policy allows that another does not.
struct DiffCommand: Command {
    static let name = "diff"
    static let summary = "Compare two policies, or campaigns, by what they allow."
    static let usage = "OLD NEW [--json]"
    static let table = OptionTable<DiffCommand>([
        .flag("--json", \.asJSON, "print JSON instead of text")
    ])

    var asJSON = false
    private var paths: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard operands.count == 2 else {
            throw UsageError(
                "diff needs two policies or campaigns: fathom diff old.policy.json new.campaign")
        }
        paths = operands
    }

    /// 1 when the policies differ in what they allow.
    func run(in terminal: Terminal) throws -> ExitCode {
        // A campaign is exported as the policy beside it was.
        let exported = try paths.first { !CampaignFolder($0).isThere }.map(PolicyFile.load)
        let options = exported?.options
        let (old, new) = (
            try PolicyFile.load(paths[0], orExportWith: options),
            try PolicyFile.load(paths[1], orExportWith: options)
        )
        let difference = try PolicyDifference(from: old, to: new)
        terminal.print(
            asJSON
                ? try Terminal.json(difference) : difference.text(width: terminal.tableWidth))
        return difference.isEmpty ? .success : .negative
    }
}
