internal import Campaigns
internal import Contact
internal import Extraction
internal import Phasing
internal import Platform
internal import Policies
internal import Reporting
internal import Syscalls
internal import TestCases
internal import Texts
internal import Traces
internal import Tracing

/// `fathom trace`: runs a command as it is, outside of any sandbox, or inside of one as `fuzz` would,
/// and shows its system calls.
struct TraceCommand: Command {
    static let name = "trace"
    static let summary = "Run a command and show its processes and system calls."
    static let usage = "[--phases | --check-sites] [--sandbox] [options] -- CMD ARG…"
    static let takesCommandLine = true
    static let table = OptionTable<TraceCommand>([
        .flag("--phases", \.showsPhases, "show each role's calls by phase"),
        .flag("--learn", \.learnsPhases, "learn the phases from this run alone"),
        .value("--campaign", "DIR", \.campaign, "the phases that this campaign has learned"),
        .value("--harness", "DIR", \.harness, "the phases that this harness names"),
        .flag("--sandbox", \.isSandboxed, "run it in the sandbox, as fuzz does"),
        .list(
            "--expose", "PATH", \.exposed,
            "with --sandbox, show it though it is hidden there"),
        .list(
            "--executor", "NAME", \.executors,
            "exec, recorded-start, fork-server, standing-server"),
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
    var isSandboxed = false
    var executors: [String] = []
    var exposed: [String] = []
    private var ways: [ExecutionWay] = []
    var asJSON = false
    var output: String?
    var commandLine: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard !operands.isEmpty || (isSandboxed && harness != nil) else {
            throw UsageError("trace needs a command: fathom trace -- ls -l")
        }
        guard executors.isEmpty || isSandboxed else {
            throw UsageError("--executor needs --sandbox, where there are several")
        }
        guard exposed.isEmpty || isSandboxed else {
            throw UsageError("--expose needs --sandbox, where something is hidden")
        }
        ways = try executors.map { name throws(UsageError) in
            guard let way = ExecutionWay(rawValue: name) else {
                let names = ExecutionWay.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("--executor needs one of \(names), not '\(name)'")
            }
            return way
        }
        guard [learnsPhases, campaign != nil, harness != nil].count(where: { $0 }) < 2 else {
            throw UsageError("trace takes one of --learn, --campaign and --harness")
        }
        guard !checksArguments || policy != nil else {
            throw UsageError("--arguments needs --policy FILE, which it is about")
        }
        commandLine = operands
    }

    var standsInForProgram: Bool { !isSandboxed }

    /// 1 when sites are checked and the static set is wrong at one.
    func run(in terminal: Terminal) throws -> ExitCode {
        guard !isSandboxed else { return try runSandboxed(in: terminal) }
        let path = try Executable.find(commandLine[0])
        if let obstacle = ProgramFile.obstacle(at: path) {
            throw CommandFailure("cannot trace \(path), \(obstacle)")
        }
        let file = try output.map { path throws(SystemError) in try OutputFile.create(path) }
        // Not when the command has run and all is lost.
        if let policy { try OutputFile.append(policy).write("" as ShownText) }
        let launch = Launch.inheriting(
            path: path, arguments: commandLine.map(\.wordBytes),
            environment: Environment.variables())
        let source = try phaseSource()
        let trace = try Interruption.leavingToCommand {
            var session = TraceSession()
            return try session.run(launch, options: TraceOptions())
        }
        let phases = TracedPhases(trace, source: source)
        try writePolicy(of: trace, phases)
        let check = checksSites ? SiteCheckView(trace, command: commandLine, extract: extract) : nil
        let result = try check.map { try text(of: $0, terminal) } ?? render(trace, phases)
        try show(result, in: file, terminal)
        return check?.isSound ?? true ? .success : .negative
    }

    private func writePolicy(of trace: Trace, _ phases: TracedPhases) throws {
        guard let policy else { return }
        let options = Policy.Options(arguments: checksArguments)
        let bytes = try phases.policy(of: trace, options: options).canonicalBytes
        try OutputFile.create(policy).write(bytes: bytes)
    }

    private func text(of check: SiteCheckView, _ terminal: Terminal) throws -> ShownText {
        asJSON ? try Terminal.json(check) : check.text(width: terminal.tableWidth)
    }

    private func show(
        _ result: ShownText, in file: consuming OutputFile?, _ terminal: Terminal
    ) throws {
        if let file {
            try file.write(result + "\n")
        } else {
            terminal.print(result)
        }
    }

    // MARK: In the sandbox

    /// Shows what each of the executors sees; 1 where one of them does not suit the command.
    private func runSandboxed(in terminal: Terminal) throws -> ExitCode {
        let file = try output.map { path throws(SystemError) in try OutputFile.create(path) }
        let source = try phaseSource()
        let target = try SandboxedCommand(
            commandLine, harness: harness, exposing: exposed)
        let ways = ways.isEmpty ? [.exec] : ways
        let run = try target.start(ways: ways)
        var views: [SandboxedTraceView] = []
        var texts: [ShownText] = []
        var isSound = true
        for way in ways {
            let execution = try run.execute(by: way)
            let trace = execution.trace
            let phases = TracedPhases(trace, source: source)
            if let obstacle = execution.obstacle {
                isSound = false
                terminal.note("fathom: no execution by \(way.rawValue): \(obstacle)")
            } else {
                try writePolicy(of: trace, phases)
            }
            if asJSON, !checksSites {
                views.append(
                    SandboxedTraceView(
                        execution, by: way, trace: trace, phases: phases.list,
                        command: target.words))
                continue
            }
            guard execution.obstacle == nil else { continue }
            if checksSites {
                let check = SiteCheckView(trace, command: target.words, extract: extract)
                isSound = isSound && check.isSound
                texts.append(try text(of: check, terminal))
                continue
            }
            terminal.pass(execution.output)
            terminal.pass(execution.errors, on: .errors)
            if ways.count > 1 { texts.append("By \(way.rawValue):") }
            texts.append(try render(trace, phases))
            if let files = SandboxedTraceView.files(of: execution) { texts.append(files) }
        }
        if asJSON, !checksSites {
            let isList = executors.count > 1
            texts.append(try isList ? Terminal.json(views) : Terminal.json(views[0]))
        }
        try show(texts.joined(separator: "\n\n"), in: file, terminal)
        return isSound ? .success : .negative
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

    private func render(_ trace: Trace, _ phases: TracedPhases) throws -> ShownText {
        guard !asJSON else {
            return try Terminal.json(
                TraceView(
                    trace, phases: phases.list, command: commandLine, unseen: Self.unseen(in: trace)
                ))
        }
        let text = TraceText(trace, phases: phases.list, unseen: Self.unseen(in: trace))
            .render(byPhase: showsPhases)
        guard showsPhases else { return text }
        return try
            ([text, phases.table(of: trace)]
            + phases.contradictions.map { ShownText($0) }).joined(separator: "\n\n")
    }

    /// What the trace cannot show, in sentences. Root has the rights anyway that a file may give.
    private static func unseen(in trace: Trace) -> [String] {
        let images = Set(trace.threads.map(\.image)).sorted()
        return TracingGap.found(
            in: trace.events.lazy.map(\.number),
            privileged: images.filter(ProgramFile.losesRightsWhenTraced)
        ).map(\.sentence)
    }

    private func phaseSource() throws -> TracedPhases.Source {
        if learnsPhases { return .run }
        if let harness {
            let loaded = try Harness.load(harness)
            guard let model = loaded.phases else {
                // Without a command it is there to be run.
                if commandLine.isEmpty {
                    return .model(loaded.server == nil ? .commandLine : .server)
                }
                throw CommandFailure("the harness \(harness) names no phases")
            }
            return .model(model)
        }
        guard let campaign else { return .model(.commandLine) }
        return .campaign(try CampaignFolder(campaign).load())
    }
}
