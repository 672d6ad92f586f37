/// The value flow of each function of a program that was asked for, computed once: it depends on
/// nothing but the function's file.
final class ValueFlows {
    private var known: [Reachability.Node: ValueFlow] = [:]

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
}
