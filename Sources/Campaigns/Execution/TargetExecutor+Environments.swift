internal import TestCases
internal import Traces
internal import Tracing

/// Copies for test cases whose environment the loader reads.
extension TargetExecutor {
    /// By a copy of a template that was started with the same variables; nil where there is none,
    /// as for an environment that has not come often.
    mutating func copiedInEnvironment(_ testCase: TestCase) throws -> Execution? {
        let key = ForkServerRule.loaderVariables(of: testCase.environment)
        guard let (index, isThere) = servers.environments.index(for: key) else { return nil }
        if !isThere {
            endEnvironment(index)
            guard try startEnvironment(key, at: index) else {
                servers.environments.refuse(key)
                return nil
            }
        }
        guard let slot = servers.environments[index],
            ForkServerRule.first(
                for: testCase, base: slot.environment, prefixCalls: slot.prefixCalls) == nil,
            var server = servers.environments.takeServer(index)
        else { return nil }
        guard session.isAlive(server),
            let execution = try copy(of: server, for: testCase, watch: .everything)
        else {
            session.end(server)
            servers.environments.clear(index)
            return nil
        }
        servers.recorded?.learn(session.stoppedCalls, in: &server)
        state.forkServer += 1
        if session.hasRecorded { state.recorded = (state.recorded ?? 0) + 1 }
        guard servers.environments.putBack(server, at: index) else { return execution }
        return try isLikeFresh(execution, testCase) ? execution : refuse(key, at: index)
    }

    /// Whether a copy made the calls of a fresh start, or two of these differ.
    private mutating func isLikeFresh(
        _ copy: Execution, _ testCase: TestCase
    ) throws -> Bool {
        state.compared += 1
        let fresh = try execute(testCase)
        guard Self.isComplete(copy), Self.isComplete(fresh),
            let difference = copy.trace.difference(from: fresh.trace),
            try execute(testCase).trace.difference(from: fresh.trace) == nil
        else { return true }
        state.differed += 1
        state.difference = "\(difference), in test case \(testCase.id)"
        return false
    }

    /// Has an environment's test cases executed from `execve` from now on.
    private mutating func refuse(_ key: EnvironmentTemplates.Key, at index: Int) -> Execution? {
        servers.environments.refuse(key)
        endEnvironment(index)
        return nil
    }

    private mutating func startEnvironment(
        _ key: EnvironmentTemplates.Key, at index: Int
    ) throws -> Bool {
        let others = ForkServerRule.withoutLoaderVariables(servers.environment)
        let environment = others + key
        var server: ForkServer
        switch try makeServer(environment: environment, records: servers.recorded != nil) {
        case .made(let made): server = made
        case .refused: return false
        }
        servers.record(in: &server)
        let slot = EnvironmentTemplates.Slot(
            key: key, environment: environment, prefixCalls: server.prefixCalls, lastUse: 0)
        servers.environments.put(server, slot, at: index)
        return true
    }

    private mutating func endEnvironment(_ index: Int) {
        if let server = servers.environments.takeServer(index) { session.end(server) }
        servers.environments.clear(index)
    }

    mutating func endEnvironments() {
        for index in EnvironmentTemplates.indices { endEnvironment(index) }
    }
}
