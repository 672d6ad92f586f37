internal import Policies
internal import Reporting

/// `fathom diff`: what one policy allows that another does not.
struct DiffCommand: Command {
    static let name = "diff"
    static let summary = "Compare two policies by what they allow, with the evidence."
    static let usage = "POLICY POLICY [--json]"
    static let table = OptionTable<DiffCommand>([
        .flag("--json", \.asJSON, "print JSON instead of text")
    ])

    var asJSON = false
    private var paths: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard operands.count == 2 else {
            throw UsageError(
                "diff needs two policies: fathom diff old.policy.json new.policy.json")
        }
        paths = operands
    }

    /// 1 when the policies differ in what they allow.
    func run(in terminal: Terminal) throws -> ExitCode {
        let (old, new) = (try PolicyFile.load(paths[0]), try PolicyFile.load(paths[1]))
        let difference = try PolicyDifference(from: old, to: new)
        terminal.print(
            asJSON
                ? try Terminal.json(difference) : difference.text(width: terminal.tableWidth))
        return difference.isEmpty ? .success : .negative
    }
}
