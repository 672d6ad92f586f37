/// The part of a function that runs for the numbers that its live calls pass.
struct LivePart {
    /// For each register that arguments are passed in; nil for any number.
    typealias Arguments = [UInt64?]

    /// What the calls pass, each once, and how many of them were followed.
    private(set) var calls: [Arguments] = []
    private var followedCount = 0
    /// Addresses of the instructions that may run; nil for all.
    private(set) var reached: AddressSet?
    /// Positions of the references that were followed; an instruction may have two.
    private var followed: AddressSet

    /// More different calls than this are not told apart.
    private static let largestCount = 32

    init(of function: Summary.Function) {
        reached = AddressSet([function.start..<function.end])
        let references = function.references
        followed = AddressSet([UInt64(references.lowerBound)..<UInt64(references.upperBound)])
    }

    /// Notes that a reference of the function is followed, by its position in the summary;
    /// returns whether it was not before.
    mutating func follow(reference position: Int) -> Bool { followed.insert(UInt64(position)) }

    /// Takes another call into account; returns whether the part may grow by it.
    mutating func add(_ arguments: Arguments) -> Bool {
        guard reached != nil, !calls.contains(arguments) else { return false }
        calls.append(arguments)
        return true
    }

    /// Lets the part grow by the calls that were added.
    ///
    /// - Parameter unequal: as in ``SpecializedFlow``.
    mutating func follow(
        _ node: Reachability.Node, of module: Program.Module, _ flows: ValueFlows,
        unequal: UInt64?
    ) {
        while reached != nil, followedCount < calls.count {
            let arguments = calls[followedCount]
            followedCount += 1
            let isSpecial = unequal != nil || arguments.contains { $0 != nil }
            guard calls.count <= Self.largestCount, isSpecial, !isExhausted(node, module.summary),
                let more = flows.specialized(
                    in: node, of: module, arguments: arguments, unequal: unequal)
            else {
                reached = nil
                return
            }
            reached?.formUnion(more.reached)
            for arguments in more.recursion where !calls.contains(arguments) {
                calls.append(arguments)
            }
        }
    }
}

extension LivePart {
    /// Whether other calls can make no more of the function run that matters.
    private func isExhausted(_ node: Reachability.Node, _ summary: Summary) -> Bool {
        guard let reached else { return true }
        let function = summary.functions[node.index]
        return summary.references[function.references].allSatisfy {
            $0.address >= function.end || reached.contains($0.address)
        } && summary.sites[function.sites].allSatisfy { reached.contains($0.address) }
    }

    /// What one call passes to a function; nil stands for a call through a pointer, which may pass
    /// anything.
    ///
    /// - Parameter deciding: the arguments of interest, one bit each; the others count as unknown.
    static func arguments(
        of edge: Reachability.Edge?, in program: Program, deciding: UInt8
    ) -> Arguments {
        guard let edge else {
            return Arguments(repeating: nil, count: Register.arguments.count)
        }
        let module = program.modules[edge.caller.module]
        let passed = module.summary.constants(passedAt: edge.address)
        return passed.enumerated().map { argument, value in
            guard let value, deciding >> UInt8(argument) & 1 == 1,
                // An address is another number in every run. The first ones are those of the
                // file's headers, to which no code passes pointers.
                value < firstAddress || !module.file.contains(value)
            else { return nil }
            return value
        }
    }

    private static let firstAddress: UInt64 = 4096
}
