/// What live callers pass to a function as one of its arguments, through callers that only hand
/// on what they were given.
struct ArgumentWalk {
    typealias Node = Reachability.Node
    typealias Edge = Reachability.Edge

    /// One call at which the argument is decided, or cannot be followed further.
    struct Outcome {
        let edge: Edge
        /// The only values that it can have there; nil when it is not known.
        let values: [UInt64]?
        /// Whether the caller is one that pointers lead to, so that more calls may exist.
        let isOpen: Bool
    }

    private struct Step: Hashable {
        let caller: Node
        let address: UInt64
        let parameter: AbstractValue.Parameter
    }

    /// Callers of callers that are asked; wrappers of wrappers are rare.
    private static let longestWay = 4

    private let reachability: Reachability

    init(_ reachability: Reachability) { self.reachability = reachability }

    /// The outcomes for an argument at some calls, in the order of the calls.
    mutating func outcomes(
        of parameter: AbstractValue.Parameter, at edges: [Edge]
    ) -> [Outcome] {
        var seen: Set<Step> = []
        return edges.flatMap { outcomes(of: parameter, at: $0, depth: 0, &seen) }
    }

    private mutating func outcomes(
        of parameter: AbstractValue.Parameter, at edge: Edge, depth: Int, _ seen: inout Set<Step>
    ) -> [Outcome] {
        let step = Step(caller: edge.caller, address: edge.address, parameter: parameter)
        guard seen.insert(step).inserted else { return [] }
        let value = reachability.value(of: parameter, at: edge)
        switch value {
        case .constant, .oneOf:
            return [Outcome(edge: edge, values: value.numbers, isOpen: false)]
        case .parameter(let outer):
            let callers = reachability.callers(of: edge.caller)
            let isOpen = reachability.visits[edge.caller]?.isAddressTaken == true
            guard depth < Self.longestWay, !callers.isEmpty else {
                return [Outcome(edge: edge, values: nil, isOpen: true)]
            }
            let inner = callers.flatMap { outcomes(of: outer, at: $0, depth: depth + 1, &seen) }
            return inner + (isOpen ? [Outcome(edge: edge, values: nil, isOpen: true)] : [])
        default:
            return [Outcome(edge: edge, values: nil, isOpen: false)]
        }
    }
}

extension ArgumentWalk.Outcome {
    /// The texts that the values point at; nil when one of them points at no constant text.
    func texts(_ program: Program) -> [String]? {
        guard let values, !values.contains(0) else { return nil }
        let file = program.modules[edge.caller.module].file
        let texts = values.compactMap { file.constantString(at: $0, limit: 4096) }
        return texts.count == values.count ? texts : nil
    }
}

extension Reachability {
    /// What one call passes as an argument.
    func value(of parameter: AbstractValue.Parameter, at edge: Edge) -> AbstractValue {
        flows.value(of: parameter, at: edge, in: program)
    }

    /// The constant texts that live calls of an exported function pass as an argument; nil when
    /// some call may pass another.
    func texts(passedTo function: String, argument: Int) -> Set<String>? {
        var walk = ArgumentWalk(self)
        var result: Set<String> = []
        guard !isAddressTaken(export: function) else { return nil }
        for outcome in walk.outcomes(of: .register(argument), at: edges(toExport: function)) {
            guard let texts = outcome.texts(program) else { return nil }
            result.formUnion(texts)
        }
        return result
    }

    /// Whether live code holds a pointer to a function that some module exports, so that it may
    /// have callers that are not known.
    func isAddressTaken(export name: String) -> Bool {
        nodes(exporting: name).contains { visits[$0]?.isAddressTaken == true }
    }

    /// The functions that modules export under a name, in the order of the modules.
    func nodes(exporting name: String) -> [Node] {
        program.exported([name]).sorted { ($0.module, $0.index) < ($1.module, $1.index) }
    }
}
