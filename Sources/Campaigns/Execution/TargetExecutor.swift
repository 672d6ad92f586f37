internal import CLinux
internal import Mutation
internal import Phasing
internal import Platform
internal import Sandboxing
internal import TestCases
internal import Traces
internal import Tracing

/// Runs one target on test cases, inside the sandbox of the calling worker.
///
/// The one that is always right begins each execution with `execve` and sees every system call on
/// entry and exit. Where the target allows it, test cases are explored by copies of a process that
/// stands at `main`; see ``explore(_:)`` and ``probe(_:)``.
struct TargetExecutor: ~Copyable {
    let program: String
    /// Arguments before those of every test case.
    var prefix: [Bytes] = []
    /// What stands in the tree of every test case.
    var fixedFiles: [TestCase.File] = []
    private let bounds: Harness.Bounds
    var scratch: Scratch
    var session = TraceSession()
    private var recognizer: PhaseRecognizer
    private var segmentation = Segmentation(phases: [])
    /// Executions so far, those included that could not be launched.
    var executions: UInt64 = 0
    var servers = ForkServers()
    var state = ExecutorState()
    var patience = Patience()
    private var began = clinux_monotonic_time()
    let choice: ExecutorChoice
    /// One in so many copies is compared with an execution from `execve`.
    let comparisonInterval: UInt64
    /// Nil for a target that is no server.
    let server: Harness.Server?
    /// Nil for a target that is not known to connect to others.
    var client: Harness.Client?
    var companion: Harness.Companion?
    var standing: StandingServer?
    var visitLimit = VisitLimit()
    /// What the server had been told before the last execution, visit by visit; nothing where it
    /// was one of its own.
    var earlierVisits: [[TestCase.Session]] = []
    /// What a server that stays up is started with; nil to start one for each execution.
    var standingBase: TestCase?
    /// Servers that failed to come up one after the other.
    var failedStarts = 0
    /// Whether what is started anew to search with writes its calls down, servers as well.
    var recordsStarts = false
    /// Whether what every target writes, and answers, is kept.
    var keepsOutput = false
    /// Whether the server that stays up is one to show again what was found, which stops at each
    /// call.
    var isConfirming = false
    /// What time is spent on.
    var work = WorkClock(.selfTests)

    init(
        program: String, bounds: Harness.Bounds, phases: PhaseModel,
        scratch: consuming Scratch, choice: ExecutorChoice = .automatic,
        comparisonInterval: UInt64 = 100, server: Harness.Server? = nil
    ) {
        self.program = program
        self.choice = choice
        self.comparisonInterval = comparisonInterval
        self.bounds = bounds
        self.server = server
        self.scratch = scratch
        state.unsealed = self.scratch.unsealed
        recognizer = PhaseRecognizer(model: phases)
    }

    /// What one execution showed.
    struct Execution: Sendable {
        var trace: Trace
        var segmentation: Segmentation
        /// What was written to descriptor 1, when asked for.
        var output: Bytes
        /// What was written to descriptor 2, when asked for; else its beginning where the target
        /// complains.
        var errors: Bytes
        /// How the first companion failed that did, and its last words.
        var companionFailure: String?
        /// Whether the target wrote calls down in memory of its own, where it can write what it
        /// never made; else the tracer has stopped at each, which is evidence.
        var isRecorded = false
        /// Whether a function was entered that no execution had entered before, where that is
        /// watched.
        var entersNewFunction = false

        var ending: Ending {
            guard case .exited(let status) = trace.end else {
                return Ending(status: nil, message: errors)
            }
            return Ending(status: status, message: errors)
        }
    }

    /// The beginning of what an execution that failed wrote about it.
    func complaint(of trace: Trace, _ input: borrowing PreparedInput) -> Bytes {
        guard case .exited(let status) = trace.end, status != 0 else { return [] }
        return input.captured(input.errors, limit: Advice.messageLimit)
    }

    /// The file tree and the output that the last execution has left, see ``Scratch/leftTree()``.
    func left() -> (files: [TestCase.File]?, output: Bytes) {
        (scratch.leftTree(), scratch.leftOutput(limit: Artifact.outputLimit))
    }

    /// Bytes of output that are kept when asked for.
    static let captureLimit = 64 << 10

    /// Executes a test case from `execve` and a fresh scratch tree.
    ///
    /// A test case that the kernel refuses to start the target with, such as too long a command
    /// line, gives an empty trace. One that is `recorded` writes down what it can of its calls; of
    /// one with `naming` the trace has the names that calls were given.
    mutating func execute(
        _ testCase: TestCase, capturing: Bool = false, recorded: Bool = false,
        naming: Bool = false
    ) throws -> Execution {
        executions += 1
        state.exec += 1
        earlierVisits = []
        try endStandingServer()
        try renewScratch()
        let input = try prepare(testCase)
        var options = options(testCase, input)
        // Whoever reads what the target says wants to know what its companion does.
        if capturing { options.server?.awaitsCompanions = true }
        options.readsNames = naming
        let windows = recorded ? servers.recorded?.all : nil
        let trace = try follow(
            launch(testCase, input), options: options, recording: windows)
        guard !session.hasBrokenRecord else { return try execute(testCase, capturing: capturing) }
        if windows != nil {
            state.recordedStarts = (state.recordedStarts ?? 0) + 1
            learnSites()
        } else {
            servers.known.learn(trace)
        }
        if options.server != nil {
            state.connections = (state.connections ?? 0) + session.connectionsMade
        }
        return Execution(
            trace: trace, segmentation: segment(trace),
            output: capturing ? input.captured(input.output, limit: Self.captureLimit) : [],
            errors: capturing
                ? input.captured(input.errors, limit: Self.captureLimit)
                : complaint(of: trace, input),
            companionFailure: session.companionFailure, isRecorded: windows != nil)
    }

    /// Makes what a test case needs, beside what every one has.
    mutating func prepare(_ testCase: TestCase) throws(SandboxError) -> PreparedInput {
        guard !fixedFiles.isEmpty else { return try scratch.prepare(testCase) }
        var whole = testCase
        whole.files = fixedFiles.joined(by: testCase.files)
        return try scratch.prepare(whole)
    }

    /// Takes everything away that the last execution left.
    ///
    /// A session waits for all tasks that it knows. Others can only be where the target has asked
    /// for untraced ones, or has killed the template, and are then killed with everything else.
    mutating func renewScratch() throws {
        try endLeftProcesses()
        try scratch.clean()
    }

    mutating func endLeftProcesses() throws {
        guard session.mayLeaveTasks || !session.hasTemplates else { return }
        session.loseTemplates()
        try scratch.endProcesses()
    }

    /// Counts what an execution took, notes whether it slept, and looks how long the search is under
    /// way.
    mutating func note(_ trace: Trace, since start: Int64) {
        let now = clinux_monotonic_time()
        state.executing += now - start
        state.elapsed = now - began
        patience.note(trace, duration: .nanoseconds(now - start))
    }

    /// From here on time is counted.
    mutating func beginCounting() {
        work.turn(to: .search)
        began = clinux_monotonic_time()
        state.executing = 0
    }

    mutating func segment(_ trace: Trace) -> Segmentation {
        recognizer.segment(trace, into: &segmentation)
        return segmentation
    }

    private mutating func follow(
        _ launch: Launch, options: TraceOptions, recording windows: [String: [CallWindow]]?
    ) throws -> Trace {
        let start = clinux_monotonic_time()
        var trace = Trace()
        do {
            trace = try session.run(launch, options: options, recording: windows)
        } catch {
            // A refusal after the first execution is the input's doing, not the target's.
            guard case .launch = error, executions > 1 else { throw error }
        }
        note(trace, since: start)
        return trace
    }

    func launch(_ testCase: TestCase, _ input: borrowing PreparedInput) -> Launch {
        var launch = launch(testCase)
        launch.descriptors = input.descriptors.map {
            Launch.Descriptor(number: $0.number, source: $0.source)
        }
        launch.workingDirectory = input.workingDirectory
        return launch
    }

    /// For a copy, which is given what its template's `main` was: of a script the kernel has made
    /// the interpreter's command line.
    func launch(
        copyOf server: borrowing ForkServer, _ testCase: TestCase, _ input: borrowing PreparedInput
    ) -> Launch {
        var launch = launch(testCase, input)
        launch.arguments = server.arguments + testCase.arguments
        return launch
    }

    /// Without descriptors and directory.
    func launch(_ testCase: TestCase) -> Launch {
        var launch = Launch(
            path: program, arguments: [program.wordBytes] + prefix + testCase.arguments,
            environment: testCase.environment, descriptors: [])
        // With 0 the kernel would still start the machine's crash handler for it, see core(5); with 1
        // it does not, and no file is large enough.
        launch.limits =
            [(resource: Resource.core, value: 1)]
            + testCase.limits.map { (resource: Resource.number(of: $0.resource), value: $0.value) }
        let user = scratch.user
        launch.identity = Launch.Identity(
            user: user.id, group: user.group, groups: user.groups,
            keptCapabilities: user.capabilities,
            boundingCapabilities: user.boundingCapabilities,
            hasOwnNamespace: user != .ordinary)
        launch.dropsCapabilities = true
        launch.startsSession = true
        launch.leavesKeyring = true
        launch.isConfined = true
        launch.hasFixedAddresses = true
        // The worker's own has no bits.
        launch.fileMask = 0o022
        return launch
    }

    func options(
        _ testCase: TestCase, _ input: borrowing PreparedInput
    ) -> TraceOptions {
        var options = TraceOptions()
        let bounds = isTalkedTo ? self.bounds : patience.bounds(of: self.bounds)
        options.cpuTime = bounds.cpuTime
        options.wallTime = bounds.wallTime
        options.blockedTime = bounds.blockedTime
        options.idleTime = patience.idleTime
        options.memory = bounds.memory
        options.maximumEvents = bounds.events
        options.maximumProcesses = bounds.processes
        options.drainedDescriptors = input.terminals
        options.signals = testCase.signals
        options.faults = testCase.faults
        options.isConfined = true
        options.server = conversation(with: testCase, input)
        return options
    }
}

/// `RLIMIT_` numbers of getrlimit(2).
private enum Resource {
    static let core: Int32 = 4

    static func number(of resource: TestCase.Limit.Resource) -> Int32 {
        switch resource {
        case .fileSize: 1
        case .data: 2
        case .stack: 3
        case .processes: 6
        case .openFiles: 7
        case .addressSpace: 9
        }
    }
}
