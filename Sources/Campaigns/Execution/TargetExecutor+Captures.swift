internal import TestCases
internal import Traces
internal import Tracing

/// What a target compares its input with.
extension TargetExecutor {
    /// Executes a test case by a copy of a template that has breakpoints at functions that
    /// compare; nil for one that no copy does justice to, or where there is no fork server.
    mutating func captures(of testCase: TestCase) throws -> [BreakpointSightings.Capture]? {
        guard state.usesForkServer, testCase.signals.isEmpty, testCase.faults.isEmpty,
            rule(for: testCase) == nil, try hasCapturingServer(),
            let server = servers.capturing.take()
        else { return nil }
        let execution = try copy(of: server, for: testCase, watch: .everything)
        servers.capturing = consume server
        guard execution != nil else { return nil }
        state.captured = (state.captured ?? 0) + 1
        return session.sightings.captures
    }

    private mutating func hasCapturingServer() throws -> Bool {
        if let server = servers.capturing.take() {
            if session.isAlive(server) {
                servers.capturing = consume server
                return true
            }
        }
        guard servers.captureBreakpoints?.isEmpty != true, var server = try startServer() else {
            return false
        }
        // Addresses are fixed, so what was found once holds for every template.
        let breakpoints =
            servers.captureBreakpoints ?? CaptureCatalogue.breakpoints(in: server)
        servers.captureBreakpoints = breakpoints
        guard !breakpoints.isEmpty else {
            session.end(server)
            return false
        }
        server.plant(breakpoints)
        servers.capturing = consume server
        return true
    }
}
