internal import Campaigns
internal import TestCases

/// What `trace` runs in the sandbox: a command, or what a harness starts from.
struct SandboxedCommand {
    private let harness: Harness
    /// The program and its arguments.
    let words: [String]

    /// How long a command may take that no harness bounds.
    private static let time = Duration.seconds(60)
    private static let blockedTime = Duration.seconds(1)

    /// - Parameter harness: the path of one, whose program is run where there is no command.
    init(_ commandLine: [String], harness path: String?, exposing exposed: [String]) throws {
        if !commandLine.isEmpty {
            var harness = try Harness.forCommand(commandLine)
            harness.bounds.cpuTime = Self.time
            harness.bounds.wallTime = Self.time
            harness.bounds.blockedTime = Self.blockedTime
            try harness.expose(exposed)
            self.harness = harness
            words = commandLine
            return
        }
        var harness = try Harness.load(path ?? "")
        try harness.expose(exposed)
        self.harness = harness
        words =
            [harness.program]
            + (harness.prefix + harness.base.arguments)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func start(ways: [ExecutionWay]) throws -> SandboxedRun {
        try SandboxedRun.start(
            harness, try TargetFile.inspect(harness), ways: ways)
    }
}
