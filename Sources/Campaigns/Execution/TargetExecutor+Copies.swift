internal import CLinux
internal import Sandboxing
internal import TestCases
internal import Traces
internal import Tracing

/// Executions by copies of a template.
extension TargetExecutor {
    /// Tries the fork server out: copies have to make the same calls as fresh starts, in the
    /// base test case and some seeds.
    ///
    /// - Parameter baseTime: processor time of an execution of the base.
    mutating func chooseExecutor(
        base: TestCase, seeds: [TestCase], baseTime: Duration = .zero
    ) throws {
        guard server == nil else {
            try chooseServerExecutor(base: base)
            return
        }
        guard choice != .exec else {
            state.reason = "nothing else was tried"
            return
        }
        let trial = TrialCases(base: base, seeds: seeds, baseTime: baseTime)
        try chooseForkServer(trial)
        try chooseRecordedStarts(trial)
    }

    private mutating func chooseForkServer(_ trial: TrialCases) throws {
        // Copies would share what one of them left with other identities, such as keys.
        guard scratch.user == .ordinary else {
            state.reason = "a target that is root gets a user namespace for each execution"
            return
        }
        guard try hasServer() else { return }
        state.usesForkServer = true
        let began = ContinuousClock.now
        for testCase in trial.all {
            let start = ContinuousClock.now
            guard trial.goesOn(after: start - began) else { break }
            let copy = try copied(testCase)
            let middle = ContinuousClock.now
            // What waits for something, like a server, would take its time again and again.
            guard let copy, Self.isComplete(copy) else { break }
            let fresh = try execute(testCase)
            let end = ContinuousClock.now
            state.forkServerRate = max(state.forkServerRate, .seconds(1) / (middle - start))
            state.execRate = max(state.execRate, .seconds(1) / (end - middle))
            if let comparison = try compare(copy, with: fresh, testCase, by: .copy) {
                servers.comparisons.note(comparison)
                demote(tolerating: 0)
            }
            guard state.usesForkServer else { return }
        }
        if servers.comparisons.isUnproven, choice == .automatic { giveUpUnproven() }
        guard state.usesForkServer, servers.recorded != nil else { return }
        state.reason =
            servers.comparisons.decided > 0
            ? "copies make the same calls as fresh starts" : "nothing before main speaks against it"
    }

    /// Executes a test case in the fastest way that shows every call.
    mutating func explore(_ testCase: TestCase) throws -> Execution {
        let purpose = patience.purpose
        if purpose == .evidence { patience.purpose = .search }
        defer { patience.purpose = purpose }
        return try exploreBest(testCase)
    }

    private mutating func exploreBest(_ testCase: TestCase) throws -> Execution {
        if server != nil, let visit = try visit(testCase) { return visit }
        guard state.usesForkServer else { return try startedAnew(testCase) }
        let rule = rule(for: testCase)
        guard let copy = try copied(testCase, given: rule) else {
            if let rule { state.byRule[rule.rawValue, default: 0] += 1 }
            return try startedAnew(testCase)
        }
        if rule == nil, state.forkServer % comparisonInterval == 0 {
            let fresh = try execute(testCase)
            if let comparison = try compare(copy, with: fresh, testCase, by: .copy) {
                servers.comparisons.note(comparison)
                demote(tolerating: 1)
                guard comparison == .same else { return fresh }
            }
        }
        return copy
    }

    /// Executes a test case once more, depending on nothing that was executed before: by a copy
    /// where there are any, which takes a fraction of what a fresh start does.
    mutating func repeated(_ testCase: TestCase) throws -> Execution {
        if state.usesForkServer, let copy = try copied(testCase, given: rule(for: testCase)) {
            return copy
        }
        return try startedAnew(testCase)
    }

    /// By a copy that does the test case justice; nil where there is none.
    private mutating func copied(
        _ testCase: TestCase, given rule: ForkServerRule?
    ) throws -> Execution? {
        guard let rule else { return try copied(testCase) }
        return rule.isOfConditions ? try copiedUnderConditions(testCase) : nil
    }

    /// Whether a test case is executed from `execve` although others are by copies.
    func startsAnew(_ testCase: TestCase) -> Bool {
        guard state.usesForkServer, let rule = rule(for: testCase) else { return false }
        return !rule.isOfConditions || !servers.loadTemplates.holds(LoadConditions(of: testCase))
    }

    func rule(for testCase: TestCase) -> ForkServerRule? {
        ForkServerRule.first(
            for: testCase, base: servers.conditions, prefixCalls: servers.prefixCalls)
    }

    /// After a comparison: where too few have decided anything, no copies are made any more; where
    /// there are more differences than are tolerated, and than one in so many
    /// comparisons, copies no longer write their calls down; where they do not, or are no better
    /// for it, no copies are made.
    private mutating func demote(tolerating least: UInt64) {
        guard choice == .automatic else { return }
        if servers.comparisons.isDoubtful {
            giveUpUnproven()
            return
        }
        guard servers.comparisons.differs(tolerating: least), let server = servers.full.take()
        else { return }
        let isRecording = server.isRecording
        session.end(server)
        guard isRecording else {
            giveUp("copies differ from fresh starts: \(state.difference ?? "")")
            return
        }
        servers.recorded = nil
        endLoadTemplates()
        servers.comparisons = ComparisonCount()
        state.reason = "copies that write their calls down differ from fresh starts, others do not"
    }

    private mutating func giveUpUnproven() {
        giveUp(
            "fresh starts differ among themselves, so that nothing tells whether copies are like "
                + "them")
    }

    private mutating func giveUp(_ reason: String) {
        state.usesForkServer = false
        state.reason = reason
        endServers()
    }

    private mutating func endServers() {
        if let server = servers.full.take() { session.end(server) }
        if let server = servers.filtered.take() { session.end(server) }
        if let server = servers.capturing.take() { session.end(server) }
        endLoadTemplates()
    }

    /// Traced in full; nil when there is no copy to be had.
    private mutating func copied(_ testCase: TestCase) throws -> Execution? {
        guard try hasServer(), var server = servers.full.take() else { return nil }
        var execution = try copy(of: server, for: testCase, watch: .everything)
        servers.recorded?.learn(session.stoppedCalls, in: &server)
        if session.hasRecorded { state.recorded = (state.recorded ?? 0) + 1 }
        let isNew = servers.visits?.note(session.sightings.visits, in: &server) == true
        execution?.entersNewFunction = isNew
        servers.full = consume server
        guard let execution else { return nil }
        state.forkServer += 1
        if state.forkServer <= Self.learningExecutions { learn(from: execution) }
        return execution
    }

    mutating func copy(
        of server: borrowing ForkServer, for testCase: TestCase, watch: TraceOptions.Watch
    ) throws -> Execution? {
        try renewScratch()
        let input = try prepare(testCase)
        var options = options(testCase, input)
        options.watch = watch
        let isRecorded = server.isRecording
        let start = clinux_monotonic_time()
        let trace = try session.run(
            copyOf: server, as: launch(copyOf: server, testCase, input), options: options)
        guard let trace else { return nil }
        note(trace, since: start)
        executions += 1
        if options.server != nil {
            state.connections = (state.connections ?? 0) + session.connectionsMade
        }
        return Execution(
            trace: trace, segmentation: segment(trace),
            output: keepsOutput ? input.captured(input.output, limit: Self.captureLimit) : [],
            errors: keepsOutput
                ? input.captured(input.errors, limit: Self.captureLimit)
                : complaint(of: trace, input),
            isRecorded: isRecorded)
    }

    // MARK: Comparing

    /// Ways of executing a test case that are held against fresh starts which stop at each call.
    enum Way {
        case copy
        case copyUnderConditions
        case recordedStart
    }

    /// Holds an execution against a fresh start, and where they differ against a second one. Where
    /// that shows no likeness, the same is asked without chance, for runtimes that allow it: two
    /// fresh starts may also agree by chance.
    ///
    /// What the same way does not show twice is no difference. Nil where a bound has ended one of
    /// them, wherever that was.
    mutating func compare(
        _ execution: Execution, with fresh: Execution, _ testCase: TestCase, by way: Way
    ) throws -> LikenessVerdict? {
        guard var verdict = try decide(execution, with: fresh, testCase, by: way) else {
            return nil
        }
        if verdict != .same,
            let fixed = FixedSeeds.fixing(testCase, images: fresh.trace.threads.map(\.image)),
            let execution = try repeated(fixed, by: way)
        {
            verdict =
                try decide(execution, with: try execute(fixed), fixed, by: way) ?? .undecided
        }
        switch verdict {
        case .same: state.compared += 1
        case .differs(let difference):
            state.compared += 1
            state.differed += 1
            state.difference = "\(difference), in test case \(testCase.id)"
        case .undecided: state.undecided = (state.undecided ?? 0) + 1
        }
        return verdict
    }

    private mutating func decide(
        _ execution: Execution, with fresh: Execution, _ testCase: TestCase, by way: Way
    ) throws -> LikenessVerdict? {
        guard Self.isComplete(execution), Self.isComplete(fresh) else { return nil }
        guard execution.trace.difference(from: fresh.trace) != nil else { return .same }
        let again = try execute(testCase)
        guard Self.isComplete(again) else { return nil }
        let first = LikenessVerdict(of: execution.trace, fresh: fresh.trace, again: again.trace)
        guard case .differs = first, let second = try repeated(testCase, by: way) else {
            return first
        }
        guard Self.isComplete(second) else { return nil }
        return LikenessVerdict(of: second.trace, fresh: fresh.trace, again: again.trace)
    }

    /// Nil where the way does not go a second time.
    private mutating func repeated(_ testCase: TestCase, by way: Way) throws -> Execution? {
        switch way {
        case .copy: try copied(testCase)
        case .copyUnderConditions: nil
        case .recordedStart: try execute(testCase, recorded: true)
        }
    }

    /// One that met a bound ends wherever it was.
    static func isComplete(_ execution: Execution) -> Bool {
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
        guard var server = try startServer(records: servers.recorded != nil) else { return false }
        servers.record(in: &server)
        servers.prefixCalls = server.prefixCalls
        servers.visits?.plant(in: &server)
        servers.full = consume server
        return true
    }

    mutating func startServer(records: Bool = false) throws -> ForkServer? {
        var base = TestCase()
        base.environment = servers.environment
        switch try makeServer(base: base, records: records) {
        case .made(let server): return server
        case .refused(let obstacle):
            state.usesForkServer = false
            state.reason = obstacle.description
            endServers()
            return nil
        }
    }

    /// A template, or why there is none.
    enum NewServer: ~Copyable {
        case made(ForkServer)
        case refused(ForkServerObstacle)
    }

    mutating func makeServer(base: TestCase, records: Bool) throws -> NewServer {
        try renewScratch()
        var launch = launch(base)
        if servers.nullDescriptors.isEmpty {
            servers.nullDescriptors = try scratch.nullDescriptors().map {
                Launch.Descriptor(number: $0.number, source: $0.source)
            }
        }
        launch.descriptors = servers.nullDescriptors
        var options = TraceOptions()
        options.wallTime = .seconds(3)
        options.isConfined = true
        do throws(ForkServerObstacle) {
            return .made(
                try ForkServer.start(
                    launch, in: &session, options: options,
                    inputFolders: SandboxRoot.writableFolders, records: records))
        } catch {
            return .refused(error)
        }
    }
}
