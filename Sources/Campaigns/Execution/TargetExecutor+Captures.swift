internal import Syscalls
internal import TestCases
internal import Traces
internal import Tracing

/// What a target compares its input with, and which functions it comes past.
extension TargetExecutor {
    /// What breakpoints have told of one execution.
    struct Insight {
        let captures: [BreakpointSightings.Capture]
        /// Functions among those that were asked for, in the order of their first entry.
        let entered: [CallSite]
    }

    /// Has executions that ``insight(into:)`` makes tell which of these functions they enter, and
    /// what some of them compare.
    mutating func watch(_ functions: Set<CallSite>, comparing near: Set<CallSite>) {
        servers.landmarks = functions.isEmpty ? nil : FunctionBreakpoints(at: functions)
        servers.comparedNumbers = ComparisonBreakpoints(in: near)
        if let server = servers.capturing.take() { session.end(server) }
    }

    /// Executes a test case by a copy of a template that has breakpoints at functions that
    /// compare; nil for one that no copy does justice to, or where there is no fork server.
    mutating func insight(into testCase: TestCase) throws -> Insight? {
        guard state.usesForkServer, testCase.signals.isEmpty, testCase.faults.isEmpty,
            rule(for: testCase) == nil, try hasCapturingServer(),
            let server = servers.capturing.take()
        else { return nil }
        // What it compares after a long sleep is not worth the wait.
        let purpose = patience.purpose
        patience.purpose = .repetition
        defer { patience.purpose = purpose }
        let execution = try copy(of: server, for: testCase, watch: .everything)
        servers.capturing = consume server
        guard execution != nil else { return nil }
        state.captured = (state.captured ?? 0) + 1
        return Insight(
            captures: session.sightings.captures,
            entered: servers.landmarks?.functions(at: session.sightings.visits) ?? [])
    }

    private mutating func hasCapturingServer() throws -> Bool {
        if let server = servers.capturing.take() {
            if session.isAlive(server) {
                servers.capturing = consume server
                return true
            }
        }
        guard servers.captureBreakpoints?.isEmpty != true || servers.landmarks != nil,
            var server = try startServer(records: servers.recorded != nil)
        else {
            return false
        }
        // Addresses are fixed, so what was found once holds for every template.
        let breakpoints =
            servers.captureBreakpoints ?? CaptureCatalogue.breakpoints(in: server)
        servers.captureBreakpoints = breakpoints
        guard !breakpoints.isEmpty || servers.landmarks != nil else {
            session.end(server)
            return false
        }
        // Before there are breakpoints in what is written over.
        servers.record(in: &server)
        server.plant(breakpoints)
        servers.landmarks?.plant(in: &server)
        servers.comparedNumbers.plant(in: &server)
        servers.capturing = consume server
        return true
    }
}
