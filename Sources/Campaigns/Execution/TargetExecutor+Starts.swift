internal import TestCases
internal import Traces
internal import Tracing

/// Executions from `execve` that write their calls down, for the search; whatever is evidence stops
/// at each.
extension TargetExecutor {
    /// Executes a test case from `execve`, or with a server of its own, as fast as that goes.
    mutating func startedAnew(_ testCase: TestCase) throws -> Execution {
        let former = work.turnFromSearch(to: .starts)
        defer { work.turn(to: former) }
        guard recordsStarts, testCase.signals.isEmpty, testCase.faults.isEmpty else {
            return try execute(testCase)
        }
        let execution = try execute(testCase, recorded: true)
        guard server == nil, (state.recordedStarts ?? 0) % comparisonInterval == 0 else {
            return execution
        }
        let stopped = try execute(testCase)
        try judge(execution, by: stopped, testCase)
        return stopped
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

    /// Sees whether starts are the same, and faster, when they write their calls down.
    mutating func chooseRecordedStarts(_ trial: TrialCases) throws {
        guard servers.recorded != nil else { return }
        for _ in 0..<Self.learningStarts {
            // What waits for something would take its time again and again.
            guard Self.isComplete(try execute(trial.learned, recorded: true)) else { return }
        }
        recordsStarts = true
        var (writing, stopping) = (Duration.zero, Duration.zero)
        let began = ContinuousClock.now
        for testCase in trial.all {
            let start = ContinuousClock.now
            guard trial.goesOn(after: start - began) else { break }
            let recorded = try execute(testCase, recorded: true)
            let middle = ContinuousClock.now
            guard Self.isComplete(recorded) else { break }
            let stopped = try execute(testCase)
            stopping += ContinuousClock.now - middle
            writing += middle - start
            try judge(recorded, by: stopped, testCase)
        }
        if writing >= stopping { recordsStarts = false }
    }

    /// Has no more starts write their calls down if one that did is not provably like one that
    /// stopped.
    private mutating func judge(
        _ recorded: Execution, by stopped: Execution, _ testCase: TestCase
    ) throws {
        let comparison = try compare(recorded, with: stopped, testCase, by: .recordedStart)
        if let comparison, comparison != .same { recordsStarts = false }
    }
}
