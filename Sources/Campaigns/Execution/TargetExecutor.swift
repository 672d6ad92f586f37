internal import Phasing
internal import Sandboxing
internal import TestCases
internal import Traces
internal import Tracing

/// Runs one target on test cases, inside the sandbox of the calling worker.
///
/// The exec executor: every execution begins with `execve`, and every system call is seen on
/// entry and exit.
struct TargetExecutor: ~Copyable {
    private let program: String
    private let bounds: Harness.Bounds
    private var scratch: Scratch
    private var session = TraceSession()
    private var recognizer: PhaseRecognizer
    private var segmentation = Segmentation(phases: [])
    /// Executions so far, those included that could not be launched.
    private(set) var executions: UInt64 = 0

    init(
        program: String, bounds: Harness.Bounds, phases: PhaseModel,
        scratch: consuming Scratch
    ) {
        self.program = program
        self.bounds = bounds
        self.scratch = scratch
        recognizer = PhaseRecognizer(model: phases)
    }

    /// What one execution showed.
    struct Execution: Sendable {
        var trace: Trace
        var segmentation: Segmentation
        /// What was written to descriptors 1 and 2, when asked for.
        var output: Bytes
        var errors: Bytes
    }

    /// Bytes of output that are kept when asked for.
    private static let captureLimit = 64 << 10

    /// Executes a test case from a fresh scratch tree.
    ///
    /// A test case that the kernel refuses to start the target with, such as too long a command
    /// line, gives an empty trace.
    mutating func execute(
        _ testCase: TestCase, capturing: Bool = false
    ) throws -> Execution {
        executions += 1
        try scratch.reset()
        let input = try scratch.prepare(testCase)
        let trace = try follow(launch(testCase, input), options: options(testCase, input))
        recognizer.segment(trace, into: &segmentation)
        return Execution(
            trace: trace, segmentation: segmentation,
            output: capturing ? input.captured(input.output, limit: Self.captureLimit) : [],
            errors: capturing ? input.captured(input.errors, limit: Self.captureLimit) : [])
    }

    private mutating func follow(_ launch: Launch, options: TraceOptions) throws -> Trace {
        do {
            return try session.run(launch, options: options)
        } catch {
            // A refusal after the first execution is the input's doing, not the target's.
            guard case .launch = error, executions > 1 else { throw error }
            return Trace()
        }
    }
    private func launch(_ testCase: TestCase, _ input: borrowing PreparedInput) -> Launch {
        var launch = Launch(
            path: program, arguments: [Bytes(program.utf8)] + testCase.arguments,
            environment: testCase.environment,
            descriptors: input.descriptors.map {
                Launch.Descriptor(number: $0.number, source: $0.source)
            })
        launch.workingDirectory = input.workingDirectory
        launch.limits =
            [(resource: Resource.core, value: 0)]
            + testCase.limits.map { (resource: Resource.number(of: $0.resource), value: $0.value) }
        launch.identity = Launch.Identity(user: Scratch.owner, group: Scratch.owner)
        launch.dropsCapabilities = true
        launch.startsSession = true
        launch.emptiesKeyrings = true
        launch.hasFixedAddresses = true
        return launch
    }

    private func options(
        _ testCase: TestCase, _ input: borrowing PreparedInput
    ) -> TraceOptions {
        var options = TraceOptions()
        options.cpuTime = bounds.cpuTime
        options.wallTime = bounds.wallTime
        options.blockedTime = bounds.blockedTime
        options.memory = bounds.memory
        options.maximumEvents = bounds.events
        options.maximumProcesses = bounds.processes
        options.drainedDescriptors = input.terminals
        options.signals = testCase.signals
        options.faults = testCase.faults
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
