internal import Campaigns
internal import Reporting
internal import Store
internal import TestCases
internal import Texts

/// `fathom corpus`: the test cases that a campaign keeps, and taking in those of others.
struct CorpusCommand: Command {
    static let name = "corpus"
    static let summary =
        "List or show a campaign's test cases, take in others, or make them fewer."
    static let usage = """
        list CAMPAIGN   or   show CAMPAIGN ID   or   import CAMPAIGN SOURCE… [-- ARG…]   or   \
        merge INTO FROM…   or   minimize CAMPAIGN   or   record CAMPAIGN PORT   or   \
        grammar (CAMPAIGN | -- CMD ARG…)
        """
    static let keepsSeparator = true
    static let table = OptionTable<CorpusCommand>([
        .flag("--json", \.asJSON, "print JSON instead of text"),
        .value(
            "--as", "KIND", \.options.meaning,
            "what imported files are: automatic, inputs or commands"),
        .value(
            "--files", "DIR", \.options.files,
            "import: where files that commands name are"),
        .flag(
            "--as-seeds", \.options.asSeeds,
            "merge: another build's test cases, to be executed"),
        .value(
            "--listen", "PORT", \.options.listen,
            "record: where clients connect to; default a free one"),
        .value(
            "--connections", "N", \.options.connections,
            "record: end after so many"),
    ])

    var asJSON = false
    private var options = CorpusChange.Options()
    /// Nil for what only reads.
    private var change: CorpusChange?
    private var campaign = CampaignFolder("")
    /// The beginning of an id; nil for the list.
    private var prefix: String?

    /// Of `grammar`.
    private var grammar: GrammarSource?

    private static let actions = ["list": 1, "show": 2]

    mutating func accept(operands: [String]) throws(UsageError) {
        if let (change, campaign) = try CorpusChange.parse(operands) {
            self.change = change
            self.campaign = campaign
            return
        }
        if operands.first == "grammar" {
            grammar = try GrammarSource(operands: Array(operands.dropFirst()))
            return
        }
        let operands = operands.filter { $0 != "--" }
        guard let action = operands.first else {
            throw UsageError(
                "corpus needs list, show, grammar, import, merge, minimize or record: "
                    + "fathom corpus list diff.campaign")
        }
        guard let count = Self.actions[action] else {
            let known = Self.actions.keys.sorted() + ["grammar"] + CorpusChange.names
            let near = Spelling.nearest(to: action, among: known)
            let hint =
                near.map { "; did you mean \($0)?" }
                ?? "; it has list, show, grammar, import, merge, minimize and record"
            throw UsageError("corpus cannot \(action)\(hint)")
        }
        guard operands.count == count + 1 else {
            let example = action == "list" ? "list diff.campaign" : "show diff.campaign 3f2a"
            throw UsageError("corpus \(action) is used as: fathom corpus \(example)")
        }
        campaign = CampaignFolder(operands[1])
        prefix = action == "show" ? operands[2].lowercased() : nil
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        if let change {
            var options = options
            options.asJSON = asJSON
            return try change.run(on: campaign, options, in: terminal)
        }
        if let grammar {
            let view = try GrammarView(grammar.load())
            terminal.print(asJSON ? try Terminal.json(view) : view.text(width: terminal.tableWidth))
            return .success
        }
        let record = try campaign.load()
        let reader = try campaign.open()
        let ids = try prefix.map { [try Self.identify($0, in: record)] }
        let view = try CorpusView(
            record, features: try reader.features(), only: ids.map(Set.init)
        ) { try reader.testCase($0) }
        guard let id = ids?.first else {
            terminal.print(asJSON ? try Terminal.json(view) : view.list(width: terminal.tableWidth))
            return .success
        }
        guard let entry = view.testCases.first, let testCase = try reader.testCase(id) else {
            throw CommandFailure("the store of \(campaign.path) has lost the test case \(id)")
        }
        let encoding = String(decoding: testCase.encoded().text, as: UTF8.self)
        terminal.print(
            asJSON
                ? try Terminal.json(Shown(testCase: entry, encoding: encoding))
                : entry.text(encoding: encoding, width: terminal.tableWidth))
        return .success
    }

    /// What `show --json` prints.
    private struct Shown: Encodable {
        let testCase: CorpusView.Entry
        let encoding: String
    }

    /// The one id that begins with the prefix.
    private static func identify(_ prefix: String, in record: CampaignRecord) throws -> String {
        let matches = record.corpus.map(\.id).filter { $0.hasPrefix(prefix) }
        guard let first = matches.first else {
            throw CommandFailure(
                "\(record.folder) has no test case \(prefix); fathom corpus list shows them",
                code: .negative)
        }
        guard matches.count == 1 else {
            let some = matches.prefix(3).map { $0.prefix(prefix.count + 4) }
            throw UsageError(
                "\(prefix) begins \(matches.count) ids, such as \(some.joined(separator: ", ")); "
                    + "give more digits")
        }
        return first
    }
}
