internal import Synchronization

/// What was found out about the values in functions of files, kept while there is room: it depends
/// on nothing but the function's file, whatever program that is part of.
final class ValueFlows: Sendable {
    /// A function, whichever program it is in. ``ModuleStore`` keeps the file, so that no other
    /// takes its identity.
    private struct Place: Hashable {
        let file: ObjectIdentifier
        let index: Int

        init(_ node: Reachability.Node, of module: Program.Module) {
            file = ObjectIdentifier(module.file)
            index = node.index
        }
    }

    private struct Specialization: Hashable {
        let place: Place
        let arguments: [UInt64?]
        let unequal: UInt64?
    }

    /// What a caller passes at one place.
    private struct Argument: Hashable {
        let caller: Place
        let address: UInt64
        let parameter: AbstractValue.Parameter
        let isCall: Bool
    }

    private struct Kept {
        var flows: [Place: ValueFlow] = [:]
        var operationCount = 0
        /// Small beside the flows that they are read from, and asked for again after each plugin.
        var arguments: [Argument: AbstractValue] = [:]
    }

    private struct Code {
        var operations: [Place: [Operation]] = [:]
        var operationCount = 0
    }

    private let kept = Mutex(Kept())
    private let code = Mutex(Code())
    /// As many instructions as take about 30 MB with their states; then all flows are dropped.
    private static let largestCount = 60_000
    private let specialized = Mutex<[Specialization: SpecializedFlow.Result?]>([:])

    /// The value flow of a function.
    func flow(of node: Reachability.Node, in program: Program) -> ValueFlow {
        let module = program.modules[node.module]
        let place = Place(node, of: module)
        if let flow = kept.withLock({ $0.flows[place] }) { return flow }
        let function = module.summary.functions[node.index]
        let flow = ValueFlow(
            module.file, range: function.start..<function.end, summary: module.summary)
        kept.withLock { kept in
            if kept.operationCount > Self.largestCount {
                kept.flows = [:]
                kept.operationCount = 0
            }
            kept.flows[place] = flow
            kept.operationCount += flow.operationCount
        }
        return flow
    }

    func value(
        of parameter: AbstractValue.Parameter, at edge: Reachability.Edge, in program: Program
    ) -> AbstractValue {
        let argument = Argument(
            caller: Place(edge.caller, of: program.modules[edge.caller.module]),
            address: edge.address, parameter: parameter, isCall: edge.isCall)
        if let value = kept.withLock({ $0.arguments[argument] }) { return value }
        let value =
            flow(of: edge.caller, in: program).state(before: edge.address)?
            .argument(parameter, isCall: edge.isCall) ?? .unknown
        kept.withLock { $0.arguments[argument] = value }
        return value
    }

    /// The instructions of a function, kept as long as the flows are: it is often followed for
    /// several arguments.
    private func operations(
        of node: Reachability.Node, in module: Program.Module
    ) -> [Operation] {
        let place = Place(node, of: module)
        if let known = code.withLock({ $0.operations[place] }) { return known }
        let function = module.summary.functions[node.index]
        let operations = Operation.decode(function.start..<function.end, of: module.file)
        code.withLock { code in
            if code.operationCount > Self.largestCount { code = Code() }
            code.operations[place] = operations
            code.operationCount += operations.count
        }
        return operations
    }

    /// What ``SpecializedFlow`` finds for a function.
    func specialized(
        in node: Reachability.Node, of module: Program.Module, arguments: [UInt64?],
        unequal: UInt64?
    ) -> SpecializedFlow.Result? {
        let key = Specialization(
            place: Place(node, of: module), arguments: arguments, unequal: unequal)
        if let result = specialized.withLock({ $0[key] }) { return result }
        let result = SpecializedFlow(
            module.file, module.summary.functions[node.index], operations(of: node, in: module),
            summary: module.summary, arguments: arguments, unequal: unequal
        ).result
        specialized.withLock { $0[key] = .some(result) }
        return result
    }
}
