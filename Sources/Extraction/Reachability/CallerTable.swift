/// The direct calls and jumps to each function, in eight bytes each: programs have millions.
struct CallerTable {
    typealias Node = Reachability.Node
    typealias Edge = Reachability.Edge

    /// The index of a reference, and its module in the bits above.
    private typealias Row = UInt64
    private static let moduleShift: UInt64 = 40

    private var rows = NodeTable<[Row]>()

    /// - Parameter reference: what makes the edge, an index into ``Summary/references`` of the
    ///   module.
    mutating func add(_ reference: Int, of module: Int, to node: Node) {
        rows[node, default: []].append(
            UInt64(module) << Self.moduleShift | UInt64(reference))
    }

    func edges(to node: Node, in program: Program) -> [Edge] {
        (rows[node] ?? []).compactMap { row in
            let index = Int(row >> Self.moduleShift)
            let module = program.modules[index]
            let position = Int(row & (1 << Self.moduleShift - 1))
            guard let function = module.targets.function(holding: position) else { return nil }
            let reference = module.summary.references[position]
            return Edge(
                caller: Node(module: index, index: function), address: reference.address,
                isCall: reference.kind.isCall)
        }
    }
}

extension Summary.Reference.Kind {
    /// Whether control comes back, unlike from a jump.
    var isCall: Bool { self == .call || self == .callThroughSlot }
}
