internal import Campaigns
internal import Contact
internal import Mutation
internal import Platform
internal import Reporting
internal import Store
internal import Syscalls
internal import Texts
internal import Traces

/// `fathom fuzz`: starts a campaign, or goes on with it.
struct FuzzCommand: Command {
    static let name = "fuzz"
    static let summary = "Fuzz a target and keep what reaches something new; resumes a campaign."
    static let usage = "HARNESS [options]   or   [options] -- CMD ARG…"
    static let keepsSeparator = true
    static let table = OptionTable<FuzzCommand>([
        .value("--campaign", short: "-c", "DIR", \.campaign, "its folder; default NAME.campaign"),
        .value("--for", "DURATION", \.duration, "take so long in all, such as 60s, 5m or 8h"),
        .value("--until", "EVENT", \.until, "converged: stop when new calls have become rare"),
        .value("--executions", short: "-n", "N", \.executions, "stop once N executions are made"),
        .value("--jobs", short: "-j", "N", \.jobs, "workers side by side; default 1"),
        .value("--seed", "N", \.seed, "decides every random choice; default 1"),
        .value("--tiers", "LIST", \.tiers, "of natural (default), resource, signal, injected; all"),
        .list(
            "--expose", "PATH", \.exposed,
            "show it to the target though it is hidden, as homes are"),
        .value(
            "--executor", "NAME", \.executor,
            "automatic, exec or fork-server"),
        .flag(
            "--functions", \.watchesFunctions,
            "keep too what enters a function for the first time"),
        .value(
            "--compare", "N", \.comparisonInterval,
            "check one in N copies against execve; default 100"),
        .list(
            "--setting", "NAME=N", \.settings,
            "change a number of the search; repeatable"),
    ])

    var campaign: String?
    var duration: Duration?
    var until: FuzzEnd?
    var executions: UInt64?
    var jobs = 1
    var seed: UInt64 = 1
    var tiers: [Tier] = [.natural]
    var executor = ExecutorChoice.automatic
    var comparisonInterval: UInt64 = 100
    var watchesFunctions = false
    var settings: [String] = []
    var exposed: [String] = []
    private var searchSettings = SearchSettings()
    private var source = Source.harness("")

    private enum Source: Sendable {
        case harness(String)
        case commandLine([String])
    }

    mutating func accept(operands: [String]) throws(UsageError) {
        guard comparisonInterval > 0 else { throw UsageError("--compare must be at least 1") }
        for setting in settings { try apply(setting) }
        guard executions != 0 else {
            throw UsageError("--executions needs a whole number, 1 or more, not '0'")
        }
        guard jobs <= 64 else { throw UsageError("--jobs must be at most 64") }
        if operands.first == "--" {
            guard operands.count > 1 else {
                throw UsageError("fuzz needs a command behind --: fathom fuzz -- diff a b")
            }
            source = .commandLine(Array(operands.dropFirst()))
        } else if operands.count == 1 {
            source = .harness(operands[0])
        } else if operands.isEmpty {
            throw UsageError("fuzz needs a harness, or -- and a command: fathom fuzz -- diff a b")
        } else {
            throw UsageError(
                "fuzz takes one harness, not \(operands.count) words; put -- before a command")
        }
    }

    private mutating func apply(_ setting: String) throws(UsageError) {
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        guard let path = parts.first.flatMap({ SearchSettings.named[$0] }) else {
            let names = SearchSettings.named.keys.sorted().joined(separator: ", ")
            throw UsageError("--setting needs NAME=N with one of \(names), not '\(setting)'")
        }
        guard parts.count == 2, let number = Int(parts[1]), SearchSettings.range.contains(number)
        else {
            throw UsageError("--setting \(parts[0]) needs a number from 0, not '\(setting)'")
        }
        searchSettings[keyPath: path] = number
    }

    func run(in terminal: Terminal) throws -> ExitCode {
        let budget = TimeBudget(duration: duration)
        let described = try makeHarness()
        let target = try TargetFile.inspect(described)
        let folder = campaign ?? "\(described.name).campaign"
        try CampaignWriter.check(folder)
        // The first execution may take as long as any other.
        try Interruption.catchRequests()
        let preparation: Preparation
        do {
            preparation = try terminal.during("executing \(described.program) for the first time") {
                isDescribed
                    ? try Preparation.ofHarness(described, target, within: budget)
                    : try Preparation.ofCommand(described, target, within: budget)
            }
        } catch {
            guard Interruption.isRequested else { throw error }
            return .interrupted
        }
        terminal.note(FirstContactView(preparation.contact).text(width: terminal.tableWidth))
        if let sentence = preparation.provision?.sentence { terminal.note("\(sentence)") }
        let harness = preparation.harness
        try harness.checkService(in: preparation.contact)
        if let script = target.script {
            terminal.note("\(script) is run by \(target.image): the system calls are its.")
        }
        if ProgramFile.hasRightsOfItsOwn(target.image) {
            terminal.note("\(TracingGap.privileges(image: target.image).sentence)")
        }
        if !preparation.kinds.isEmpty {
            let files = preparation.kinds.map(\.fileName).joined(separator: ", ")
            terminal.note(
                "Files to begin with: \(files); fathom harness init writes a harness to edit.")
        }
        var request = CampaignRequest(
            harness: harness, target: target, folder: folder)
        request.budget = budget
        request.executions = executions
        request.jobs = jobs
        request.stopsWhenConverged = until == .converged
        request.seed = seed
        request.tiers = tiers
        request.executor = executor
        request.comparisonInterval = comparisonInterval
        request.watchesFunctions = watchesFunctions
        request.settings = searchSettings
        var screen = ProgressScreen(terminal)
        terminal.note(
            "Fuzzing \(request.subject) into \(request.folder)"
                + (duration == nil && executions == nil ? "; end it with Ctrl-C." : "."))
        let outcome = try Coordinator.run(request) { screen.show($0) }
        screen.finish()
        terminal.print(try summary(of: request.folder))
        return outcome == .interrupted ? .interrupted : .success
    }

    private var isDescribed: Bool {
        if case .harness = source { true } else { false }
    }

    private func makeHarness() throws -> Harness {
        var harness =
            switch source {
            case .harness(let path): try Harness.load(path).led()
            case .commandLine(let words): try Harness.forCommand(words)
            }
        try harness.expose(exposed)
        return harness
    }

    private func summary(of folder: String) throws -> ShownText {
        let record = try CampaignRecord.load(folder)
        let syscalls = TieredSyscalls(record.observations)
        guard record.executions > 0 else {
            return "Nothing was executed before the time was over; give it more with --for."
        }
        let counts = Tier.allCases.map { ($0, syscalls[$0].count) }.filter { $0.1 > 0 }
            .map { "\($0.1) \($0.0.name)" }.joined(separator: ", ")
        return """
            \(Figures.count(syscalls.count, "system call")) reached (\(counts)) in \
            \(Figures.count(record.executions, "execution")).
            Next: fathom reached \(ShellText.word(folder))
            """
    }
}

/// An event that ends a run of `fuzz`.
enum FuzzEnd: String, ChoiceOption, Sendable {
    case converged
}
