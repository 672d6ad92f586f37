internal import Platform
internal import TestCases
internal import Texts

/// One subcommand: its options are its stored properties, its table says how they are written.
protocol Command: Sendable {
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// What follows the command's name in the usage line.
    static var usage: String { get }
    static var table: OptionTable<Self> { get }
    /// Whether everything behind the first operand belongs to the target's command line.
    static var takesCommandLine: Bool { get }
    /// How many operands stand before that command line.
    static var operandsBeforeCommandLine: Int { get }
    /// Whether the operands say where `--` stood.
    static var keepsSeparator: Bool { get }
    /// Whether the list of commands leaves it out.
    static var isHidden: Bool { get }
    init()
    /// Receives what is left when the options are taken out.
    mutating func accept(operands: [String]) throws(UsageError)
    /// Whether it executes a program in this process's place, under this process's limits.
    var standsInForProgram: Bool { get }
    func run(in terminal: Terminal) throws -> ExitCode
}

extension Command {
    var standsInForProgram: Bool { false }
    static var takesCommandLine: Bool { false }
    static var operandsBeforeCommandLine: Int { 0 }
    static var keepsSeparator: Bool { false }
    static var isHidden: Bool { false }

    /// Parses the words behind the command's name and runs it.
    static func invoke(_ words: [String], in terminal: Terminal) throws -> ExitCode {
        guard let command = try parsed(words) else {
            terminal.print(helpText)
            return .success
        }
        if !command.standsInForProgram, let obstacle = OwnLimits.obstacle {
            throw CommandFailure(obstacle)
        }
        return try command.run(in: terminal)
    }

    /// The command that the words spell, nil when they ask for help.
    static func parsed(_ words: [String]) throws(UsageError) -> Self? {
        var command = Self()
        let operands = try table.parse(
            words, into: &command,
            stopsAtOperand: takesCommandLine ? operandsBeforeCommandLine : nil,
            keepsSeparator: keepsSeparator)
        guard let operands else { return nil }
        let own =
            takesCommandLine
            ? operands.prefix(operandsBeforeCommandLine) : operands.prefix { $0 != "--" }
        if let word = own.first(where: \.holdsOtherBytes) {
            throw UsageError(
                "\(name) cannot use \(word), which is no UTF-8; only the command line of a program "
                    + "may be of any bytes, and stands behind --")
        }
        try command.accept(operands: operands)
        return command
    }

    static var helpText: ShownText {
        let line = WrappedText.paragraph("usage: fathom \(name) ", usage, width: 80)
        let head: ShownText = "\(line)\n\n\(summary)\n"
        return table.rows.isEmpty ? head : "\(head)\n\(ShownText(lines: table.help))\n"
    }
}

/// What the process's exit status says, see `fathom --help`.
///
/// A command that runs another passes that one's status on.
struct ExitCode: RawRepresentable, Hashable, Sendable {
    let rawValue: Int32

    static let success = ExitCode(rawValue: 0)
    /// The answer is no: a witness did not reproduce, a check failed.
    static let negative = ExitCode(rawValue: 1)
    static let usage = ExitCode(rawValue: 2)
    /// The machine cannot do it.
    static let environment = ExitCode(rawValue: 3)
    static let interrupted = ExitCode(rawValue: 130)
}

/// The command cannot be carried out: one sentence for standard error, and the exit code.
struct CommandFailure: Error {
    let sentence: String
    let code: ExitCode

    init(_ sentence: String, code: ExitCode = .environment) {
        self.sentence = sentence
        self.code = code
    }
}
