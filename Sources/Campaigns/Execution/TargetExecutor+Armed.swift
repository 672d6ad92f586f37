internal import TestCases
internal import Traces
internal import Tracing

/// Copies that run under a filter of what is known, and are not looked at otherwise.
extension TargetExecutor {
    /// How a test case is explored when it is not known what it will show.
    enum Outcome: Sendable {
        /// Every call was known; of the execution only the end is to be had.
        case known(Execution)
        case seen(Execution)
    }

    /// What an armed template has stopped at what is known by now before a new one is made.
    private static let stopsBeforeRenewal = 12
    /// Executions in full before the first armed one, so that its filter knows the ordinary.
    static let learningExecutions: UInt64 = 200

    /// Executes a test case without looking, and again in full where it makes a call that is not
    /// known; in full at once where copies write their calls down.
    ///
    /// Where most executions have a call that has to be looked at each time, such as one that
    /// makes a thread, every call is looked at when it is entered, and its result is not seen.
    mutating func probe(_ testCase: TestCase) throws -> Outcome {
        patience.purpose = .search
        defer { patience.purpose = .evidence }
        // Whom a target talks to is played in the stops of its calls.
        guard !recordsMost, testCase.signals.isEmpty, testCase.faults.isEmpty,
            testCase.sessions.isEmpty,
            rule(for: testCase) == nil, try hasFilteredServer(), let first = try filtered(testCase)
        else { return .seen(try explore(testCase)) }
        guard !servers.showsEntries else { return .seen(first) }
        guard session.isNovel else { return .known(first) }
        state.novel += 1
        servers.stopsSinceArmed += 1
        // What a target has written down itself is not known well enough to be let through.
        if servers.recorded != nil { learn(from: try execute(testCase)) }
        let execution = try explore(testCase)
        learn(from: execution)
        return .seen(execution)
    }

    /// Takes the calls of an execution that was stopped at each for known in armed ones.
    mutating func learn(from execution: Execution) {
        guard !execution.isRecorded else { return }
        servers.known.learn(execution.trace)
    }

    /// Under the filter; nil when there is no copy to be had.
    private mutating func filtered(_ testCase: TestCase) throws -> Execution? {
        guard let server = servers.filtered.take() else { return nil }
        let execution = try copy(
            of: server, for: testCase, watch: servers.showsEntries ? .entries : .novelty)
        servers.filtered = consume server
        guard let execution else { return nil }
        if servers.showsEntries {
            state.entries += 1
        } else {
            state.armed += 1
        }
        return execution
    }

    /// Armed executions that tell whether a target is fit for them.
    private static let armedTrial: UInt64 = 500

    /// Whether most copies write down whatever they do, so that to look costs no more than not to.
    private var recordsMost: Bool {
        state.forkServer >= Self.learningExecutions && (state.recorded ?? 0) * 2 > state.forkServer
    }

    /// Whether there is a template whose filter knows what is known, or lets nothing through.
    private mutating func hasFilteredServer() throws -> Bool {
        guard state.usesForkServer, state.forkServer >= Self.learningExecutions else {
            return false
        }
        let isUnfit = state.armed > Self.armedTrial && state.novel * 2 > state.armed
        if let server = servers.filtered.take() {
            let isOld =
                servers.armedCount != servers.known.count
                && servers.stopsSinceArmed >= Self.stopsBeforeRenewal
            let isRight = servers.showsEntries || (!isOld && !isUnfit)
            if session.isAlive(server), isRight {
                servers.filtered = consume server
                return true
            }
            session.end(server)
        }
        guard let server = try startServer() else { return false }
        let permissions = isUnfit ? [] : servers.known.permissions
        do {
            try server.arm(SyscallFilter(allowing: permissions))
        } catch {
            session.end(server)
            return false
        }
        servers.filtered = consume server
        servers.showsEntries = isUnfit
        servers.armedCount = servers.known.count
        servers.stopsSinceArmed = 0
        return true
    }
}
