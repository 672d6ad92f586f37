internal import Campaigns
internal import Platform
internal import Reporting
internal import Texts

/// `fathom harness`: writes a harness to begin with.
struct HarnessCommand: Command {
    static let name = "harness"
    static let summary = "Write a harness for a program, to be edited."
    static let usage = "init [DIR] -- PROGRAM [ARG…]"
    static let keepsSeparator = true
    static let table = OptionTable<HarnessCommand>([])

    private var folder: String?
    private var words: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        let separator = operands.firstIndex(of: "--") ?? operands.endIndex
        let head = operands[..<separator]
        words = Array(operands[separator...].dropFirst())
        guard head.first == "init", head.count <= 2, !words.isEmpty else {
            throw UsageError(
                "harness is used as: fathom harness init [DIR] -- PROGRAM [ARG…]")
        }
        folder = head.dropFirst().first
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let described = try Harness.forCommand(words)
        let target = try TargetFile.inspect(described)
        let preparation = try terminal.during("executing \(described.program) for the first time") {
            try Preparation.ofCommand(described, target)
        }
        let contact = FirstContactView(preparation.contact)
        terminal.note(contact.text(width: terminal.tableWidth))
        if let sentence = preparation.provision?.sentence { terminal.note("\(sentence)") }
        let harness = preparation.harness
        let place = folder ?? harness.name
        let file = try HarnessText.write(
            preparation,
            words: try terminal.during("asking \(described.program) for help") {
                try HarnessProbe.words(of: preparation)
            },
            remarks: contact.text(width: Self.remarkWidth).lines.map(\.text),
            to: place)
        if let script = target.script {
            terminal.note("\(script) is run by \(target.image): the system calls are its.")
        }
        terminal.print(
            """
            \(file) and \(Figures.count(harness.seeds.count, "seed")) in \(place)/corpus. Edit them, then
            Next: fathom fuzz \(ShellText.word(place)) --for 60s
            """)
        return .success
    }

    private static let remarkWidth = 86
}
