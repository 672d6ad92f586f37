package import Sandboxing
internal import TestCases
package import Traces
internal import Tracing

/// A way of executing a test case.
package enum ExecutionWay: String, Codable, Sendable, CaseIterable {
    /// From `execve`, with a stop at every call: the one that is always right.
    case exec
    /// From `execve`, with calls that the target writes down.
    case recordedStart = "recorded-start"
    /// By a copy of a template.
    case forkServer = "fork-server"
    /// As a visit of a server that is up.
    case standingServer = "standing-server"
}

/// One execution with everything that is to be known of it.
package struct ShownExecution: Codable, Sendable {
    /// Why the target cannot be executed in this way, a clause; then the rest is empty.
    package fileprivate(set) var obstacle: String?
    private var encodedTrace: [UInt8] = []
    /// What was written to descriptors 1 and 2, the beginning of it where it is much.
    package fileprivate(set) var output: [UInt8] = []
    package fileprivate(set) var errors: [UInt8] = []
    /// What is in the writable places afterwards, which includes what was put there before.
    package fileprivate(set) var files: [LeftFile] = []
    /// What was said to each session.
    package fileprivate(set) var answers: [[UInt8]] = []

    fileprivate init(obstacle: String) {
        self.obstacle = obstacle
    }

    fileprivate init(_ execution: TargetExecutor.Execution) {
        encodedTrace = execution.trace.encoded(fullEvents: .max)
        output = execution.output
        errors = execution.errors
    }

    /// Without what registers held that were addresses.
    package var trace: Trace { Trace(encoded: encodedTrace) ?? Trace() }
}

extension TargetExecutor {
    /// After so many executions calls are written down that can be.
    private static let learningTimes = 2

    /// Executes a test case in one way, and no other.
    mutating func show(_ testCase: TestCase, by way: ExecutionWay) throws -> ShownExecution {
        keepsOutput = true
        defer { keepsOutput = false }
        let execution: Execution?
        switch way {
        case .exec: execution = try execute(testCase, capturing: true)
        case .recordedStart: execution = try startedAndWritten(testCase)
        case .forkServer: execution = try copiedOnly(testCase)
        case .standingServer:
            try endStandingServer()
            execution = try visit(testCase)
        }
        guard let execution else { return ShownExecution(obstacle: obstacle(to: way)) }
        var shown = ShownExecution(execution)
        // A server that is up waits, and touches nothing.
        if way != .standingServer { try endLeftProcesses() }
        shown.files = scratch.leftFiles()
        shown.answers = session.answers
        return shown
    }

    private func obstacle(to way: ExecutionWay) -> String {
        switch way {
        case .standingServer where server == nil: "a harness has to say that it is a server"
        case .forkServer where server != nil: "a server is not copied: it stays up"
        default: state.reason
        }
    }

    private mutating func startedAndWritten(_ testCase: TestCase) throws -> Execution {
        // Also where the search does without, such as where that is faster.
        if servers.recorded == nil { servers.recorded = RecordedCalls() }
        for _ in 0..<Self.learningTimes {
            _ = try execute(testCase, recorded: true)
        }
        return try execute(testCase, capturing: true, recorded: true)
    }

    private mutating func copiedOnly(_ testCase: TestCase) throws -> Execution? {
        var execution: Execution?
        for _ in 0...Self.learningTimes {
            let copies = state.forkServer
            execution = try repeated(testCase)
            guard state.forkServer > copies else { return nil }
        }
        return execution
    }
}
