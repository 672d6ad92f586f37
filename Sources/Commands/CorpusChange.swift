internal import Campaigns
internal import Reporting
internal import Texts

/// What `fathom corpus` does to a campaign's test cases.
enum CorpusChange: Sendable {
    case `import`(sources: [String], arguments: [String]?)
    case merge(campaigns: [String])
    case minimize
    case record(port: UInt16)

    static let names = ["import", "merge", "minimize", "record"]

    /// Options of the command that say how.
    struct Options: Sendable {
        var meaning = CorpusImport.FileMeaning.automatic
        var files: String?
        var asSeeds = false
        /// Of `record`: where clients connect to, and after how many of them it ends.
        var listen: UInt16 = 0
        var connections: UInt64?
        var asJSON = false
    }

    /// The change and the campaign that the operands name; nil where their first names none.
    static func parse(
        _ operands: [String]
    ) throws(UsageError) -> (change: CorpusChange, campaign: CampaignFolder)? {
        guard let name = operands.first, names.contains(name) else { return nil }
        let separator = name == "import" ? operands.firstIndex(of: "--") : nil
        let arguments = separator.map { Array(operands[($0 + 1)...]) }
        let words = operands[1..<(separator ?? operands.endIndex)].filter { $0 != "--" }
        switch (name, words.count) {
        case ("import", 2...):
            let change = CorpusChange.import(
                sources: Array(words.dropFirst()), arguments: arguments)
            return (change, CampaignFolder(words[0]))
        case ("merge", 2...):
            return (.merge(campaigns: Array(words.dropFirst())), CampaignFolder(words[0]))
        case ("minimize", 1): return (.minimize, CampaignFolder(words[0]))
        case ("record", 2):
            guard let port = UInt16(words[1]), port > 0 else {
                throw UsageError(
                    "corpus record passes on to a port from 1 to 65535, which \(words[1]) is not")
            }
            return (.record(port: port), CampaignFolder(words[0]))
        case ("record", _):
            throw UsageError(
                "corpus record needs a campaign and the port of a server that runs here: "
                    + "fathom corpus record redis.campaign 6379")
        case ("import", _):
            throw UsageError(
                "corpus import needs a campaign and what to take in: "
                    + "fathom corpus import diff.campaign ~/.bash_history")
        case ("merge", _):
            throw UsageError(
                "corpus merge needs a campaign and others of the same target: "
                    + "fathom corpus merge diff.campaign other.campaign")
        default:
            throw UsageError(
                "corpus minimize takes one campaign: fathom corpus minimize diff.campaign")
        }
    }

    func run(
        on campaign: CampaignFolder, _ options: Options, in terminal: Terminal
    ) throws -> ExitCode {
        let record = try campaign.load()
        switch self {
        case .import(let sources, let arguments):
            return try run(
                CorpusImport.open(
                    record, arguments: arguments, meaning: options.meaning, files: options.files),
                sources, campaign, options, terminal)
        case .merge(let campaigns):
            var merge = try CorpusMerge.open(record, asSeeds: options.asSeeds)
            var outcomes: [CorpusMerge.Outcome] = []
            for other in campaigns.map(CampaignFolder.init) {
                guard !other.isSame(as: campaign) else {
                    throw UsageError("cannot merge \(other.path) into itself")
                }
                let outcome = try merge.add(try other.load())
                if !options.asJSON { terminal.print("\(outcome.sentence)") }
                outcomes.append(outcome)
            }
            if options.asJSON {
                terminal.print(try Terminal.json(["campaigns": outcomes]))
            } else {
                let areSeeds = outcomes.contains { $0.difference != nil }
                terminal.print(
                    areSeeds
                        ? "Next: fathom fuzz with --campaign \(ShellText.word(campaign.path)) executes the seeds."
                        : "Next: fathom corpus minimize \(ShellText.word(campaign.path))")
            }
        case .record(let port): return try recordSessions(record, port, campaign, options, terminal)
        case .minimize:
            let result = try CorpusMinimisation.run(record) { done, count in
                if terminal.isInteractive {
                    terminal.note("\r\u{1b}[Kexecuted \(done) of \(count)", terminator: "")
                }
            }
            if terminal.isInteractive { terminal.note("\r\u{1b}[K", terminator: "") }
            terminal.print(options.asJSON ? try Terminal.json(result) : "\(result.sentence)")
        }
        return .success
    }

    private func run(
        _ opened: consuming CorpusImport, _ sources: [String], _ campaign: CampaignFolder,
        _ options: Options, _ terminal: Terminal
    ) throws -> ExitCode {
        var corpusImport = opened
        var tallies: [ImportTally] = []
        for source in sources {
            let tally = try corpusImport.add(source)
            if !options.asJSON { terminal.print("\(tally.sentence)") }
            tallies.append(tally)
        }
        let waiting = try corpusImport.waitingCount()
        if options.asJSON {
            terminal.print(try Terminal.json(Imported(sources: tallies, waiting: waiting)))
        } else if waiting > 0 {
            terminal.print(
                """
                \(Figures.count(waiting, "test case")) wait\(waiting == 1 ? "s" : ""). \
                Next: fathom fuzz with --campaign \(ShellText.word(campaign.path)) executes \
                \(waiting == 1 ? "it" : "them") first.
                """)
        }
        // Nothing at all to take in is an answer as well.
        return tallies.contains { $0.queued + $0.known > 0 } ? .success : .negative
    }

    private func recordSessions(
        _ record: CampaignRecord, _ port: UInt16, _ campaign: CampaignFolder, _ options: Options,
        _ terminal: Terminal
    ) throws -> ExitCode {
        var corpusImport = try CorpusImport.open(
            record, arguments: nil, meaning: .automatic, files: nil)
        try corpusImport.checkTalks("127.0.0.1:\(port)")
        var proxy = try SessionProxy(at: options.listen, passingTo: port)
        terminal.note(
            "127.0.0.1:\(proxy.port) passes on to 127.0.0.1:\(port) and writes down what is said"
                + (options.connections == nil ? "; end it with Ctrl-C." : "."))
        let sessions = try proxy.record(connections: options.connections.map { Int(clamping: $0) })
        let tally = try corpusImport.add(sessions, from: "127.0.0.1:\(port)")
        let waiting = try corpusImport.waitingCount()
        terminal.print(
            options.asJSON
                ? try Terminal.json(Imported(sources: [tally], waiting: waiting))
                : "\(tally.sentence)\n"
                    + "Next: fathom fuzz with --campaign \(ShellText.word(campaign.path)) executes them "
                    + "first.")
        return tally.queued + tally.known > 0 ? .success : .negative
    }

    /// What `import --json` prints.
    private struct Imported: Encodable {
        let sources: [ImportTally]
        let waiting: Int
    }
}

extension CorpusImport.FileMeaning: ChoiceOption {}
