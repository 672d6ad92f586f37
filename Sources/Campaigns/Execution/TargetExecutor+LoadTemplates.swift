internal import TestCases
internal import Traces
internal import Tracing

/// Copies for test cases that are loaded under other conditions than most.
extension TargetExecutor {
    /// By a copy of a template that was started under the same conditions; nil where there is none,
    /// as for conditions that have not come often.
    mutating func copiedUnderConditions(_ testCase: TestCase) throws -> Execution? {
        let conditions = LoadConditions(of: testCase)
        guard conditions.suitTemplates,
            let (index, isThere) = servers.loadTemplates.index(for: conditions)
        else { return nil }
        if !isThere {
            endLoadTemplate(index)
            guard try startLoadTemplate(conditions, at: index) else {
                servers.loadTemplates.refuse(conditions)
                return nil
            }
        }
        guard let slot = servers.loadTemplates[index],
            ForkServerRule.first(
                for: testCase, base: slot.conditions, prefixCalls: slot.prefixCalls) == nil,
            var server = servers.loadTemplates.takeServer(index)
        else { return nil }
        guard session.isAlive(server),
            let execution = try copy(of: server, for: testCase, watch: .everything)
        else {
            session.end(server)
            servers.loadTemplates.clear(index)
            return nil
        }
        servers.recorded?.learn(session.stoppedCalls, in: &server)
        state.forkServer += 1
        if session.hasRecorded { state.recorded = (state.recorded ?? 0) + 1 }
        guard servers.loadTemplates.putBack(server, at: index) else { return execution }
        guard try !isLikeFresh(execution, testCase) else { return execution }
        servers.loadTemplates.doubt(
            conditions, after: servers.loadTemplates[index]?.comparisons ?? 0)
        endLoadTemplate(index)
        return nil
    }

    /// Whether a copy made the calls of a fresh start, as far as that can be seen.
    private mutating func isLikeFresh(
        _ copy: Execution, _ testCase: TestCase
    ) throws -> Bool {
        let fresh = try execute(testCase)
        let comparison = try compare(copy, with: fresh, testCase, by: .copyUnderConditions)
        return comparison == nil || comparison == .same
    }

    private mutating func startLoadTemplate(
        _ conditions: LoadConditions, at index: Int
    ) throws -> Bool {
        var server: ForkServer
        let base = conditions.testCase(besides: servers.environment)
        switch try makeServer(base: base, records: servers.recorded != nil) {
        case .made(let made): server = made
        case .refused: return false
        }
        servers.record(in: &server)
        let slot = LoadTemplates.Slot(
            conditions: conditions, prefixCalls: server.prefixCalls, lastUse: 0)
        servers.loadTemplates.put(server, slot, at: index)
        return true
    }

    private mutating func endLoadTemplate(_ index: Int) {
        if let server = servers.loadTemplates.takeServer(index) { session.end(server) }
        servers.loadTemplates.clear(index)
    }

    mutating func endLoadTemplates() {
        for index in LoadTemplates.indices { endLoadTemplate(index) }
    }
}
