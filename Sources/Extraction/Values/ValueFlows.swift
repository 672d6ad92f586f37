internal import Synchronization

/// What was found out about the values in functions of a program, kept while there is room: it
/// depends on nothing but the function's file.
///
/// Programs that were made from each other by loading libraries number their modules alike.
final class ValueFlows: Sendable {
    private struct Specialization: Hashable {
        let node: Reachability.Node
        let arguments: [UInt64?]
        let unequal: UInt64?
    }

    private struct Kept {
        var flows: [Reachability.Node: ValueFlow] = [:]
        var operationCount = 0
    }

    private let kept = Mutex(Kept())
    /// As many instructions as take about 200 MB with their states; then all flows are dropped.
    private static let largestCount = 400_000
    private let specialized = Mutex<[Specialization: SpecializedFlow.Result?]>([:])

    /// The value flow of a function.
    func flow(of node: Reachability.Node, in program: Program) -> ValueFlow {
        if let flow = kept.withLock({ $0.flows[node] }) { return flow }
        let module = program.modules[node.module]
        let function = module.summary.functions[node.index]
        let flow = ValueFlow(
            module.file, range: function.start..<function.end, summary: module.summary)
        kept.withLock { kept in
            if kept.operationCount > Self.largestCount { kept = Kept() }
            kept.flows[node] = flow
            kept.operationCount += flow.operationCount
        }
        return flow
    }

    /// What ``SpecializedFlow`` finds for a function.
    func specialized(
        in node: Reachability.Node, of module: Program.Module, arguments: [UInt64?],
        unequal: UInt64?
    ) -> SpecializedFlow.Result? {
        let key = Specialization(node: node, arguments: arguments, unequal: unequal)
        if let result = specialized.withLock({ $0[key] }) { return result }
        let result = SpecializedFlow(
            module.file, module.summary.functions[node.index], summary: module.summary,
            arguments: arguments, unequal: unequal
        ).result
        specialized.withLock { $0[key] = .some(result) }
        return result
    }
}
