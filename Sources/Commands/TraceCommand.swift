internal import Platform
internal import Reporting
internal import TestCases
internal import Traces
internal import Tracing

/// `fathom trace`: runs a command as it is, outside of any sandbox, and shows its system calls.
struct TraceCommand: Command {
    static let name = "trace"
    static let summary = "Run a command and show its processes and system calls."
    static let usage = "[--phases] [--json] [-o FILE] -- CMD ARG…"
    static let takesCommandLine = true
    static let table = OptionTable<TraceCommand>([
        .flag("--phases", \.showsPhases, "show each role's calls by phase"),
        .flag("--json", \.asJSON, "print JSON instead of tables"),
        .value("--output", short: "-o", "FILE", \.output, "write to a file, not standard output"),
    ])

    var showsPhases = false
    var asJSON = false
    var output: String?
    var commandLine: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard !operands.isEmpty else {
            throw UsageError("trace needs a command: fathom trace -- ls -l")
        }
        commandLine = operands
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let path = try Executable.find(commandLine[0])
        let launch = Launch.inheriting(
            path: path, arguments: commandLine.map { Array($0.utf8) },
            environment: Environment.variables())
        // Ctrl-C is for the command; its end is what this process waits for.
        try Interruption.catchRequests()
        var session = TraceSession()
        let trace = try session.run(launch, options: TraceOptions())
        let view = TraceView(trace, command: commandLine)
        if asJSON {
            try terminal.printJSON(view)
        } else {
            terminal.print(view.text(byPhase: showsPhases))
        }
        return .success
    }
}
