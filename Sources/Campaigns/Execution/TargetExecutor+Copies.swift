internal import Glibc
internal import Sandboxing
internal import TestCases
internal import Traces
internal import Tracing

/// Executions by copies of a template.
extension TargetExecutor {
    /// How a test case is explored when it is not known what it will show.
    enum Outcome: Sendable {
        /// Every call was known; how the execution ended.
        case known(Trace.End)
        case seen(Execution)
    }

    /// One comparison in so many may differ before the fork server is given up; a target that
    /// looks at the time or at other processes differs now and then.
    private static let toleratedDifferences: UInt64 = 20
    /// Test cases that tell whether copies are like fresh starts.
    private static let trialCases = 8
    /// What an armed template has stopped at what is known by now before a new one is made.
    private static let stopsBeforeRenewal = 12
    /// Executions in full before the first armed one, so that its filter knows the ordinary.
    private static let learningExecutions: UInt64 = 200

    /// Tries the fork server out: copies have to make the same calls as fresh starts, in the
    /// base test case and some seeds.
    mutating func chooseExecutor(base: TestCase, seeds: [TestCase]) throws {
        servers.environment = base.environment
        guard choice != .exec else {
            state.reason = "asked for"
            return
        }
        guard try hasServer() else { return }
        state.usesForkServer = true
        for testCase in ([base] + seeds).prefix(Self.trialCases) {
            let start = ContinuousClock.now
            let copy = try copied(testCase)
            let middle = ContinuousClock.now
            guard let copy else { continue }
            let fresh = try execute(testCase)
            let end = ContinuousClock.now
            state.forkServerRate = max(state.forkServerRate, .seconds(1) / (middle - start))
            state.execRate = max(state.execRate, .seconds(1) / (end - middle))
            try compare(copy, fresh, testCase)
            if state.differed > 0, choice == .automatic {
                giveUp("copies differ from fresh starts: \(state.difference ?? "")")
                return
            }
        }
        state.reason = "copies make the same calls as fresh starts"
    }

    /// Executes a test case in the fastest way that shows every call.
    mutating func explore(_ testCase: TestCase) throws -> Execution {
        guard state.usesForkServer else { return try execute(testCase) }
        if let rule = rule(for: testCase) {
            state.byRule[rule.rawValue, default: 0] += 1
            return try execute(testCase)
        }
        guard let copy = try copied(testCase) else { return try execute(testCase) }
        if state.forkServer % comparisonInterval == 0 {
            let fresh = try execute(testCase)
            try compare(copy, fresh, testCase)
            if choice == .automatic,
                state.differed * Self.toleratedDifferences > state.compared
            {
                giveUp("copies differ from fresh starts: \(state.difference ?? "")")
                return fresh
            }
        }
        return copy
    }

    /// Executes a test case without looking, and again in full where it makes a call that is not
    /// known.
    mutating func probe(_ testCase: TestCase) throws -> Outcome {
        guard testCase.signals.isEmpty, testCase.faults.isEmpty, rule(for: testCase) == nil,
            try hasArmedServer(), let end = try armed(testCase)
        else { return .seen(try explore(testCase)) }
        guard session.isNovel else { return .known(end) }
        state.novel += 1
        servers.stopsSinceArmed += 1
        let execution = try explore(testCase)
        learn(execution.trace)
        return .seen(execution)
    }

    /// Takes the calls of an execution for known in armed ones.
    mutating func learn(_ trace: Trace) {
        servers.known.learn(trace)
    }

    /// Whether a test case is executed from `execve` although others are by copies.
    func startsAnew(_ testCase: TestCase) -> Bool {
        state.usesForkServer && rule(for: testCase) != nil
    }

    private func rule(for testCase: TestCase) -> ForkServerRule? {
        ForkServerRule.first(
            for: testCase, base: servers.environment, prefixCalls: servers.prefixCalls)
    }

    private mutating func giveUp(_ reason: String) {
        state.usesForkServer = false
        state.reason = reason
        endServers()
    }

    private mutating func endServers() {
        if let server = servers.full.take() { session.end(server) }
        if let server = servers.armed.take() { session.end(server) }
    }

    /// Nil when there is no copy to be had.
    private mutating func copied(_ testCase: TestCase) throws -> Execution? {
        guard try hasServer() else { return nil }
        try renewScratch()
        let input = try scratch.prepare(testCase)
        guard let server = servers.full.take() else { return nil }
        let trace = try session.run(
            copyOf: server, as: launch(testCase, input), options: options(testCase, input))
        servers.full = consume server
        guard let trace else { return nil }
        executions += 1
        state.forkServer += 1
        if state.forkServer <= Self.learningExecutions { servers.known.learn(trace) }
        return Execution(trace: trace, segmentation: segment(trace), output: [], errors: [])
    }

    /// Nil when there is no copy to be had.
    private mutating func armed(_ testCase: TestCase) throws -> Trace.End? {
        try renewScratch()
        let input = try scratch.prepare(testCase)
        guard let server = servers.armed.take() else { return nil }
        var options = options(testCase, input)
        options.watch = .novelty
        let trace = try session.run(
            copyOf: server, as: launch(testCase, input), options: options)
        servers.armed = consume server
        guard let trace else { return nil }
        executions += 1
        state.armed += 1
        return trace.end
    }

    // MARK: Comparing

    /// Counts a difference where fresh starts agree with each other and copies do, too.
    private mutating func compare(
        _ copy: Execution, _ fresh: Execution, _ testCase: TestCase
    ) throws {
        state.compared += 1
        guard Self.isComplete(copy), Self.isComplete(fresh),
            copy.trace.difference(from: fresh.trace) != nil
        else { return }
        let secondFresh = try execute(testCase)
        guard secondFresh.trace.difference(from: fresh.trace) == nil,
            let secondCopy = try copied(testCase), Self.isComplete(secondCopy),
            let difference = secondCopy.trace.difference(from: fresh.trace)
        else { return }
        state.differed += 1
        state.difference = "\(difference), in test case \(testCase.id)"
    }

    /// One that met a bound ends wherever it was.
    private static func isComplete(_ execution: Execution) -> Bool {
        if case .stopped = execution.trace.end { return false }
        return !execution.trace.events.isEmpty
    }

    // MARK: Templates

    /// Whether there is a template to copy, starting one where there is none.
    private mutating func hasServer() throws -> Bool {
        if let server = servers.full.take() {
            if session.isAlive(server) {
                servers.full = consume server
                return true
            }
            state.restarts += 1
            if state.restarts > 100, state.restarts * 20 > state.forkServer + state.armed {
                giveUp("the target ends it again and again")
                return false
            }
        }
        guard let server = try startServer() else { return false }
        servers.prefixCalls = server.prefixCalls
        servers.full = consume server
        return true
    }

    /// Whether there is a template whose filter knows what is known.
    private mutating func hasArmedServer() throws -> Bool {
        guard state.usesForkServer, state.forkServer >= Self.learningExecutions else {
            return false
        }
        // A target whose every execution has something to be looked at gains nothing.
        if state.armed > 500, state.novel * 2 > state.armed { return false }
        if let server = servers.armed.take() {
            let isOld =
                servers.armedCount != servers.known.count
                && servers.stopsSinceArmed >= Self.stopsBeforeRenewal
            if session.isAlive(server), !isOld {
                servers.armed = consume server
                return true
            }
            session.end(server)
        }
        guard let server = try startServer() else { return false }
        do {
            try server.arm(SyscallFilter(allowing: servers.known.permissions))
        } catch {
            session.end(server)
            return false
        }
        servers.armed = consume server
        servers.armedCount = servers.known.count
        servers.stopsSinceArmed = 0
        return true
    }

    private mutating func startServer() throws -> ForkServer? {
        try renewScratch()
        var base = TestCase()
        base.environment = servers.environment
        var launch = launch(base)
        if servers.nullDescriptors.isEmpty {
            servers.nullDescriptors = try scratch.nullDescriptors().map {
                Launch.Descriptor(number: $0.number, source: $0.source)
            }
        }
        launch.descriptors = servers.nullDescriptors
        var options = TraceOptions()
        options.wallTime = .seconds(3)
        do throws(ForkServerObstacle) {
            return try ForkServer.start(
                launch, in: &session, options: options,
                inputFolders: SandboxRoot.writableFolders)
        } catch {
            state.usesForkServer = false
            state.reason = error.description
            endServers()
            return nil
        }
    }
}
