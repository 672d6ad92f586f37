internal import CLinux
internal import Sandboxing
internal import TestCases
internal import Traces
internal import Tracing

extension TargetExecutor {
    /// Keeps where a server was reached in the last execution, and how its companion does.
    mutating func noteService() {
        state.companionFailure = session.companionFailure
        guard server != nil else { return }
        state.destinations = Self.addresses(session.destinations.filter { !$0.isOfSystem })
        state.addresses = Self.addresses(session.endpoints)
    }

    /// Notes which other program the first process of the last execution became.
    mutating func noteLastImage() {
        guard let image = session.lastImage else { return }
        let words = image.arguments.map { String(word: $0) }
        // The name that it was executed by may say more than the file that this led to.
        let named = words.first.map { $0.hasPrefix("/") } ?? false
        state.lastImage = [named ? words[0] : image.path] + words.dropFirst()
    }

    /// Those of the signals that the server of the last execution took when it was ready.
    func takenSignals(of signals: [UInt8]) -> [UInt8] {
        guard server != nil, let taken = session.takenSignals else { return [] }
        return signals.filter(taken.contains)
    }

    /// Whether the target is a server or a client, which waits for others.
    var isTalkedTo: Bool { server != nil || client != nil }

    /// What is said to the target; nil where it has nothing to do with others.
    func conversation(
        with testCase: TestCase, _ input: borrowing PreparedInput
    ) -> ServerOptions? {
        guard isTalkedTo else { return nil }
        var options = ServerOptions(
            sessions: testCase.sessions, endSignal: server?.endSignal,
            companion: companion.map { companion in
                var launch = launch(TestCase())
                launch.path = companion.program
                launch.arguments = [companion.program.wordBytes]
                launch.environment = servers.environment
                launch.workingDirectory = input.workingDirectory
                return launch
            })
        // The first execution says whether it works.
        options.awaitsCompanions = executions <= 1
        options.keepsAnswers = keepsOutput
        return options
    }

    /// So many servers in a row may fail to come up.
    private static let toleratedStarts = 3
    /// Visits of a server that tell how fast it is.
    private static let trialVisits = 20

    /// Sees whether a server stays up, and how much that is worth.
    mutating func chooseServerExecutor(base: TestCase) throws {
        guard choice != .exec else {
            state.reason = "nothing else was tried"
            return
        }
        let start = ContinuousClock.now
        _ = try execute(base)
        let middle = ContinuousClock.now
        state.execRate = .seconds(1) / (middle - start)
        standingBase = Self.withoutSessions(base)
        // The first is slower, as it starts the server.
        guard try visit(base) != nil, session.hasServer else {
            standingBase = nil
            state.reason =
                session.hasDrifted
                ? "behind a session it does not wait as before" : "it does not stay up"
            return
        }
        state.visitRate = try rateOfVisits(with: base)
        state.reason = "a server stays up for many sessions"
        try chooseRecording(base)
        guard standingBase != nil else { return }
        let startBegan = ContinuousClock.now
        try endStandingServer()
        guard try visit(base) != nil else { return }
        visitLimit.expect(
            startTime: ContinuousClock.now - startBegan, visitsPerSecond: state.visitRate ?? 0)
    }

    /// Visits in a second.
    private mutating func rateOfVisits(with base: TestCase) throws -> Double {
        let start = ContinuousClock.now
        for _ in 0..<Self.trialVisits where try visit(base) == nil { break }
        return .seconds(1) / (ContinuousClock.now - start) * Double(Self.trialVisits)
    }

    /// Sees whether the server is as well, and faster, when it writes its calls down.
    private mutating func chooseRecording(_ base: TestCase) throws {
        guard servers.recorded != nil, let first = try visit(base), let second = try visit(base)
        else { return }
        recordsStarts = true
        defer { if !recordsStarts { servers.recorded = nil } }
        // What the first one stops at, the second writes down.
        for _ in 0..<2 {
            try endStandingServer()
            for _ in 0..<Self.learningVisits where try visit(base) == nil { break }
        }
        guard standingBase != nil, session.recordsServer, let recorded = try visit(base),
            LikenessVerdict(of: recorded.trace, fresh: first.trace, again: second.trace) == .same
        else {
            try endRecording(base)
            return
        }
        let rate = try rateOfVisits(with: base)
        guard rate > (state.visitRate ?? 0) else {
            try endRecording(base)
            return
        }
        state.visitRate = rate
    }

    private mutating func endRecording(_ base: TestCase) throws {
        recordsStarts = false
        standingBase = Self.withoutSessions(base)
        try endStandingServer()
    }

    private static let learningVisits = 3

    /// Keeps what the last visit stopped at, and whether that was a visit to one that writes.
    private mutating func learnFromVisit() {
        guard recordsStarts, session.recordsServer else { return }
        state.recorded = (state.recorded ?? 0) + 1
        learnSites()
    }

    /// Whether a new server would write more down than the one that is up, and that has been up
    /// long enough to be worth it.
    private mutating func isOutdated() -> Bool {
        guard recordsStarts, !isConfirming else { return false }
        let (visits, known) = (standing?.visits ?? 0, standing?.knownCalls ?? 0)
        return visits >= Self.visitsBeforeRenewal && (servers.recorded?.count ?? 0) > known
    }

    private static let visitsBeforeRenewal = 24

    private static func withoutSessions(_ testCase: TestCase) -> TestCase {
        var testCase = testCase
        testCase.sessions = []
        return testCase
    }

    /// Whether a test case is about what a server is told that came up as the base has it; nothing
    /// that has it begin anew, or end, is.
    func isForStandingServer(_ testCase: TestCase) -> Bool {
        testCase.provocation == .natural && !testCase.sessions.contains(where: \.notifies)
            && standingBase.map { Self.withoutSessions(testCase) == $0 } == true
    }

    /// Plays a test case with a server that is up, starting one where there is none. Nil for one
    /// that needs a server of its own, and where none stays up.
    mutating func visit(_ testCase: TestCase) throws -> Execution? {
        guard isForStandingServer(testCase), let base = standingBase else { return nil }
        if (standing?.visits ?? 0) >= visitLimit.count {
            visitLimit.noteFullLife()
            try endStandingServer()
        }
        if isOutdated() { try endStandingServer() }
        if !session.hasServer {
            guard try startStandingServer(base) else {
                // On a busy machine one may come to nothing that is well otherwise.
                failedStarts += 1
                if failedStarts >= Self.toleratedStarts { standingBase = nil }
                return nil
            }
            failedStarts = 0
        }
        let former = work.turnFromSearch(to: .sessions)
        defer { work.turn(to: former) }
        let start = clinux_monotonic_time()
        // What confirms has to show that by itself.
        let followsDrift = !isConfirming && (standing?.drifts ?? 0) < StandingServer.mostDrifts
        let visited = try session.visit(
            testCase.sessions, keepsAnswers: keepsOutput, followsDrift: followsDrift)
        guard let trace = visited else { return nil }
        note(trace, since: start)
        learnFromVisit()
        executions += 1
        earlierVisits = standing?.said ?? []
        standing?.said.append(testCase.sessions)
        state.visits = (state.visits ?? 0) + 1
        let duration = clinux_monotonic_time() - start
        standing?.lastVisit = .nanoseconds(duration)
        state.visiting = (state.visiting ?? 0) + duration
        if session.hasDrifted {
            state.drifts = (state.drifts ?? 0) + 1
            standing?.drifts += 1
            if !session.hasServer { visitLimit.noteDrift() }
        }
        state.visitLimit = visitLimit.count
        state.visitConnections = (state.visitConnections ?? 0) + session.connectionsMade
        state.connections = (state.connections ?? 0) + session.connectionsMade
        return Execution(
            trace: trace, segmentation: segment(trace), output: [], errors: [],
            isRecorded: standing?.isRecorded ?? false)
    }

    private mutating func startStandingServer(_ base: TestCase) throws -> Bool {
        let former = work.turnFromSearch(to: .serverStarts)
        defer { work.turn(to: former) }
        try endStandingServer()
        try renewScratch()
        let input = try prepare(base)
        var options = options(base, input)
        options.idleTime = nil
        let known = servers.recorded?.count ?? 0
        let windows = recordsStarts && !isConfirming ? servers.recorded?.all : nil
        let isUp = try session.startServer(
            launch(base, input), options: options, recording: windows)
        state.serverStarts = (state.serverStarts ?? 0) + 1
        standing = StandingServer(input: input, knownCalls: known, isRecorded: windows != nil)
        return isUp
    }

    /// Whether test cases can be played with a server that stays up.
    var hasStandingServer: Bool { standingBase != nil }

    /// Whether the last execution was by such a server.
    var wasVisit: Bool { standing != nil }

    /// How long that took; zero where it was none.
    var visitDuration: Duration {
        switch standing {
        case .some(let server): server.lastVisit
        case .none: .zero
        }
    }

    /// Whether the server was not as before after it.
    var visitDrifted: Bool { wasVisit && session.hasDrifted }

    /// From here on the server that stays up is another, which stops at each call: what it shows is
    /// evidence, and starting it once is enough for many test cases.
    mutating func beginConfirming() throws {
        try endStandingServer()
        isConfirming = true
    }

    mutating func endConfirming() throws {
        try endStandingServer()
        isConfirming = false
    }

    /// Executes a test case with every call stopped at: by the server that is there to confirm,
    /// else by one of its own.
    mutating func shownAgain(_ testCase: TestCase) throws -> Execution {
        try visit(testCase) ?? execute(testCase)
    }

    /// Kills the server that is up, if there is one.
    mutating func endStandingServer() throws {
        guard standing != nil else { return }
        try session.endServer()
        standing = nil
    }
}
