internal import Campaigns
internal import Extraction
internal import Phasing
internal import Platform
internal import Policies
internal import Reporting
internal import Syscalls
internal import TestCases
internal import Traces
internal import Tracing

/// `fathom trace`: runs a command as it is, outside of any sandbox, and shows its system calls.
struct TraceCommand: Command {
    static let name = "trace"
    static let summary = "Run a command and show its processes and system calls."
    static let usage = "[--phases | --check-sites] [options] -- CMD ARG…"
    static let takesCommandLine = true
    static let table = OptionTable<TraceCommand>([
        .flag("--phases", \.showsPhases, "show each role's calls by phase"),
        .flag("--learn", \.learnsPhases, "learn the phases from this run alone"),
        .value("--campaign", "DIR", \.campaign, "the phases that this campaign has learned"),
        .value("--harness", "DIR", \.harness, "the phases that this harness names"),
        .value("--policy", "FILE", \.policy, "write what the run did as a policy"),
        .flag("--arguments", \.checksArguments, "with the small arguments that it was seen to use"),
        .flag(
            "--check-sites", \.checksSites,
            "hold the place of each call against the static set"),
        .flag("--json", \.asJSON, "print JSON instead of tables"),
        .value("--output", short: "-o", "FILE", \.output, "write to a file, not standard output"),
    ])

    var showsPhases = false
    var learnsPhases = false
    var campaign: String?
    var harness: String?
    var policy: String?
    var checksArguments = false
    var checksSites = false
    var asJSON = false
    var output: String?
    var commandLine: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard !operands.isEmpty else {
            throw UsageError("trace needs a command: fathom trace -- ls -l")
        }
        guard [learnsPhases, campaign != nil, harness != nil].count(where: { $0 }) < 2 else {
            throw UsageError("trace takes one of --learn, --campaign and --harness")
        }
        guard !checksArguments || policy != nil else {
            throw UsageError("--arguments needs --policy FILE, which it is about")
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
        let source = try phaseSource()
        let trace = try session.run(launch, options: TraceOptions())
        let phases = TracedPhases(trace, source: source)
        if let policy {
            let options = Policy.Options(arguments: checksArguments)
            let bytes = try phases.policy(of: trace, options: options).canonicalBytes
            try OutputFile.create(policy).write(bytes: bytes)
        }
        let check = checksSites ? SiteCheckView(trace, command: commandLine, extract: extract) : nil
        let result =
            if let check {
                asJSON ? try Terminal.json(check) : check.text(width: terminal.tableWidth)
            } else {
                try render(trace, phases)
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

    private func render(_ trace: Trace, _ phases: TracedPhases) throws -> String {
        guard !asJSON else {
            return try Terminal.json(TraceView(trace, phases: phases.list, command: commandLine))
        }
        let text = TraceText(trace, phases: phases.list).render(byPhase: showsPhases)
        guard showsPhases else { return text }
        return try ([text, phases.table(of: trace)] + phases.contradictions).joined(
            separator: "\n\n")
    }

    private func phaseSource() throws -> TracedPhases.Source {
        if learnsPhases { return .run }
        if let harness {
            guard let model = try Harness.load(harness).phases else {
                throw CommandFailure("the harness \(harness) names no phases")
            }
            return .model(model)
        }
        guard let campaign else { return .model(.commandLine) }
        return .campaign(try CampaignFolder(campaign).load())
    }
}
