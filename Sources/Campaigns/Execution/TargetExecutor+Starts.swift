internal import TestCases
internal import Traces
internal import Tracing

/// Executions from `execve` that write their calls down, for the search; whatever is evidence stops
/// at each.
extension TargetExecutor {
    /// Executes a test case from `execve`, or with a server of its own, as fast as that goes.
    mutating func startedAnew(_ testCase: TestCase) throws -> Execution {
        guard recordsStarts, testCase.signals.isEmpty, testCase.faults.isEmpty else {
            return try execute(testCase)
        }
        let execution = try execute(testCase, recorded: true)
        guard server == nil, (state.recordedStarts ?? 0) % comparisonInterval == 0 else {
            return execution
        }
        return try asStopped(execution, testCase)
    }

    /// Has what comes later write down what the last execution or visit stopped at.
    mutating func learnSites() {
        guard let learned = servers.recorded?.learn(Array(session.stoppedSites)), !learned.isEmpty,
            var server = servers.full.take()
        else { return }
        for (file, windows) in learned { server.divert(windows, in: file) }
        servers.full = consume server
    }

    /// Starts that what is written down is learned from.
    private static let learningStarts = 2
    /// Test cases that tell whether a start that writes is like one that stops.
    private static let trialStarts = 3

    /// Sees whether starts are the same, and faster, when they write their calls down.
    mutating func chooseRecordedStarts(base: TestCase, seeds: [TestCase]) throws {
        guard servers.recorded != nil else { return }
        for _ in 0..<Self.learningStarts {
            // What waits for something would take its time again and again.
            guard Self.isComplete(try execute(base, recorded: true)) else { return }
        }
        recordsStarts = true
        var (writing, stopping) = (Duration.zero, Duration.zero)
        for testCase in [base, base] + seeds.prefix(Self.trialStarts) {
            let start = ContinuousClock.now
            let recorded = try execute(testCase, recorded: true)
            let middle = ContinuousClock.now
            guard Self.isComplete(recorded) else { break }
            _ = try execute(testCase)
            stopping += ContinuousClock.now - middle
            writing += middle - start
            _ = try asStopped(recorded, testCase)
        }
        if writing >= stopping { recordsStarts = false }
    }

    /// What stands for an execution that wrote its calls down: one that stopped at each where they
    /// differ. No more are written down if two of these agree with each other, and two that were
    /// written down do not agree with them.
    private mutating func asStopped(
        _ recorded: Execution, _ testCase: TestCase
    ) throws -> Execution {
        let stopped = try execute(testCase)
        guard Self.isComplete(recorded), Self.isComplete(stopped),
            recorded.trace.difference(from: stopped.trace) != nil
        else { return recorded }
        let again = try execute(testCase, recorded: true)
        if again.trace.difference(from: stopped.trace) != nil,
            try execute(testCase).trace.difference(from: stopped.trace) == nil
        {
            recordsStarts = false
        }
        return stopped
    }
}
