internal import Extraction
internal import Phasing
internal import Platform
internal import Reporting
internal import Syscalls
internal import TestCases
internal import Traces
internal import Tracing

/// `fathom trace`: runs a command as it is, outside of any sandbox, and shows its system calls.
struct TraceCommand: Command {
    static let name = "trace"
    static let summary = "Run a command and show its processes and system calls."
    static let usage = "[--phases | --check-sites] [--json] [-o FILE] -- CMD ARG…"
    static let takesCommandLine = true
    static let table = OptionTable<TraceCommand>([
        .flag("--phases", \.showsPhases, "show each role's calls by phase"),
        .flag(
            "--check-sites", \.checksSites,
            "hold the place of each call against the static set"),
        .flag("--json", \.asJSON, "print JSON instead of tables"),
        .value("--output", short: "-o", "FILE", \.output, "write to a file, not standard output"),
    ])

    var showsPhases = false
    var checksSites = false
    var asJSON = false
    var output: String?
    var commandLine: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard !operands.isEmpty else {
            throw UsageError("trace needs a command: fathom trace -- ls -l")
        }
        commandLine = operands
    }

    /// 1 when sites are checked and the static set is wrong at one.
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
        let check = checksSites ? SiteCheckView(trace, command: commandLine, extract: extract) : nil
        let result =
            if let check {
                asJSON ? try Terminal.json(check) : check.text(width: terminal.tableWidth)
            } else {
                try render(trace)
            }
        if let file {
            try file.write(result + "\n")
        } else {
            terminal.print(result)
        }
        return check?.isSound ?? true ? .success : .negative
    }

    private func extract(
        _ image: String, libraries: Set<String>
    ) -> (set: StaticSet?, failure: String?) {
        do throws(ExtractionError) {
            let evidence = ExtractionEvidence(libraries: libraries)
            let options = ExtractionOptions(
                evidence: evidence, cacheFolder: CacheFolder.ofUser)
            return (try Extractor.extract(image, options: options), nil)
        } catch {
            return (nil, "\(error)")
        }
    }

    private func render(_ trace: Trace) throws -> String {
        let phases = Self.phases(of: trace)
        guard asJSON else { return TraceText(trace, phases: phases).render(byPhase: showsPhases) }
        return try Terminal.json(TraceView(trace, phases: phases, command: commandLine))
    }

    private static func phases(of trace: Trace) -> [Phase] {
        let segmentation = PhaseRecognizer(model: .commandLine).segmentation(of: trace)
        return trace.events.indices.map { segmentation.phase(ofEvent: $0) ?? .load }
    }
}
