/// The value flow of each function of a program that was asked for, computed once: it depends on
/// nothing but the function's file.
final class ValueFlows {
    private struct Specialization: Hashable {
        let node: Reachability.Node
        let arguments: [UInt64?]
        let unequal: UInt64?
    }

    private var known: [Reachability.Node: ValueFlow] = [:]
    private var specialized: [Specialization: SpecializedFlow.Result?] = [:]

    /// Programs that were made from each other by loading libraries number their modules alike.
    func flow(of node: Reachability.Node, in program: Program) -> ValueFlow {
        if let flow = known[node] { return flow }
        let module = program.modules[node.module]
        let function = module.summary.functions[node.index]
        let flow = ValueFlow(
            module.file, range: function.start..<function.end, summary: module.summary)
        known[node] = flow
        return flow
    }

    /// What ``SpecializedFlow`` finds for a function.
    func specialized(
        in node: Reachability.Node, of module: Program.Module, arguments: [UInt64?],
        unequal: UInt64?
    ) -> SpecializedFlow.Result? {
        let key = Specialization(node: node, arguments: arguments, unequal: unequal)
        if let result = specialized[key] { return result }
        let result = SpecializedFlow(
            module.file, module.summary.functions[node.index], summary: module.summary,
            arguments: arguments, unequal: unequal
        ).result
        specialized[key] = .some(result)
        return result
    }
}
