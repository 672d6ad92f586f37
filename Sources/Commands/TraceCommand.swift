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
        if let obstacle = ProgramFile.obstacle(at: path) {
            throw CommandFailure("cannot trace \(path), \(obstacle)")
        }
        let file = try output.map { path throws(SystemError) in try OutputFile.create(path) }
        let launch = Launch.inheriting(
            path: path, arguments: commandLine.map { Array($0.utf8) },
            environment: Environment.variables())
        try Interruption.leaveToCommand()
        var session = TraceSession()
        let trace = try session.run(launch, options: TraceOptions())
        let result = try render(trace)
        if let file {
            try file.write(result + "\n")
        } else {
            terminal.print(result)
        }
        return .success
    }

    private func render(_ trace: Trace) throws -> String {
        let phases = Self.phases(of: trace)
        guard asJSON else { return TraceText(trace, phases: phases).render(byPhase: showsPhases) }
        return try Terminal.json(TraceView(trace, phases: phases, command: commandLine))
    }

    /// The phase of each event: the loader's work, and the program's.
    private static func phases(of trace: Trace) -> [Phase] {
        let program = Phase(name: "program")
        return trace.events.enumerated().map { index, event in
            let entry = trace.threads[Int(event.thread)].entryEvent
            return index >= entry ?? .max ? program : .load
        }
    }
}
