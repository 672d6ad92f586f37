internal import Synchronization

/// What was found out about the values in functions of a program, computed once: it depends on
/// nothing but the function's file.
///
/// Programs that were made from each other by loading libraries number their modules alike.
final class ValueFlows: Sendable {
    private struct Specialization: Hashable {
        let node: Reachability.Node
        let arguments: [UInt64?]
        let unequal: UInt64?
    }

    private let flows = Mutex<[Reachability.Node: ValueFlow]>([:])
    private let specialized = Mutex<[Specialization: SpecializedFlow.Result?]>([:])

    /// The value flow of a function.
    func flow(of node: Reachability.Node, in program: Program) -> ValueFlow {
        if let flow = flows.withLock({ $0[node] }) { return flow }
        let module = program.modules[node.module]
        let function = module.summary.functions[node.index]
        let flow = ValueFlow(
            module.file, range: function.start..<function.end, summary: module.summary)
        flows.withLock { $0[node] = flow }
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
