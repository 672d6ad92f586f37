internal import Platform
internal import Reporting
internal import Texts

/// The command line as a whole.
public enum Fathom {
    /// Stands in every exported policy.
    static let version = "0.1"
    static let tool = "fathom \(version)"

    static let commands: [any Command.Type] = [
        FuzzCommand.self,
        HarnessCommand.self,
        StatusCommand.self,
        ReachedCommand.self,
        WhyCommand.self,
        ExportCommand.self,
        EnforceCommand.self,
        DiffCommand.self,
        CheckCommand.self,
        ReplayCommand.self,
        ReportCommand.self,
        TraceCommand.self,
        ExtractCommand.self,
        CorpusCommand.self,
        DoctorCommand.self,
        WorkerCommand.self,
    ]

    /// Runs the command that this process was started with.
    public static func main() -> Int32 { main(Environment.words) }

    /// Runs the command that the words name; returns the process's exit status.
    public static func main(_ words: [String]) -> Int32 {
        let terminal = Terminal()
        OwnLimits.failAtFileSize()
        do {
            return try dispatch(words, terminal).rawValue
        } catch let error as UsageError {
            terminal.note("fathom: \(error)")
            return ExitCode.usage.rawValue
        } catch let failure as CommandFailure {
            terminal.note("fathom: \(failure.sentence)")
            return failure.code.rawValue
        } catch {
            terminal.note("fathom: \(error)")
            return ExitCode.environment.rawValue
        }
    }

    private static func dispatch(_ words: [String], _ terminal: Terminal) throws -> ExitCode {
        guard let name = words.first else {
            terminal.note(help)
            return .usage
        }
        guard !["version", "--version"].contains(name) else {
            terminal.print("fathom \(version)")
            return .success
        }
        if ["help", "--help", "-h"].contains(name) {
            if words.count > 1, let command = commands.first(where: { $0.name == words[1] }) {
                terminal.print(command.helpText)
            } else {
                terminal.print(help)
            }
            return .success
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            let near = Spelling.nearest(to: name, among: commands.map { $0.name })
            let hint = near.map { "; did you mean \($0)?" } ?? "; see fathom --help"
            throw UsageError("unknown command \(name)\(hint)")
        }
        return try command.invoke(Array(words.dropFirst()), in: terminal)
    }

    static var help: ShownText {
        let visible = commands.filter { !$0.isHidden }
        let width = visible.map { $0.name.count }.max() ?? 0
        let rows = visible.map { command in
            let pad = String(repeating: " ", count: width - command.name.count + 2)
            return WrappedText.paragraph("  " + command.name + pad, command.summary, width: 80)
        }
        return """
            usage: fathom COMMAND …

            Finds every system call that a Linux program can make, by running it.

            \(rows.joined(separator: "\n"))

            fathom COMMAND --help shows a command's options. Exit codes: 0 done or yes,
            1 the answer is no, 2 wrong usage, 3 the machine cannot do it, 130 interrupted.
            """
    }
}
