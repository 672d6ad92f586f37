/// Which instructions of a function run when some arguments are known numbers.
///
/// Follows only jumps that those numbers allow, through comparisons and jump tables. Where control
/// goes to a place that cannot be computed, all cases of all jump tables count; without any jump
/// table, all of the function.
struct SpecializedFlow {
    struct Result {
        /// Addresses of the instructions that may run.
        var reached: AddressSet
        /// What the function passes to itself in registers; nil for any number.
        var recursion: Set<[UInt64?]>
    }

    /// Nil where all of the function may run.
    private(set) var result: Result?

    private let file: ElfFile
    private let operations: [Operation]
    private var isLeader: [Bool]
    private var incoming: [MachineState?]
    private var isReached: [Bool]
    private var isResolved = true
    /// What the cases of all jump tables are; most functions have none.
    private lazy var caseTargets = JumpTable.targets(
        references, within: range, isFixed: file.contents.isFixed
    ) { [file] in file.readOnlyInteger(at: $0, width: $1) }
    private let references: ArraySlice<Summary.Reference>
    private let unequal: UInt64?
    private let range: Range<UInt64>

    /// The jump table that straight-line code has read an entry of.
    private struct TableUse {
        var start: UInt64?
        /// The largest index that the code has let pass.
        var largestIndex: UInt64?

        var count: UInt64 { largestIndex.map { $0 &+ 1 } ?? .max }
    }

    /// - Parameters:
    ///   - operations: all of the function.
    ///   - arguments: what is passed in registers; nil for any number.
    ///   - unequal: an address that nothing is equal to that it is compared with.
    init(
        _ file: ElfFile, _ function: Summary.Function, _ operations: [Operation],
        summary: Summary, arguments: [UInt64?], unequal: UInt64? = nil
    ) {
        self.file = file
        self.unequal = unequal
        references = summary.references[function.references]
        range = function.start..<function.end
        self.operations = operations
        incoming = Array(repeating: nil, count: operations.count)
        isLeader = Array(repeating: false, count: operations.count)
        isReached = isLeader
        guard !operations.isEmpty else { return }
        var state = MachineState.entry
        for (argument, value) in arguments.enumerated() {
            if let value { state.setArgument(argument, value) }
        }
        var pending = PendingBlocks(count: operations.count)
        flow(state, to: 0, &pending)
        for address in summary.sideEntries(in: range) {
            if let entry = operations.position(of: address), entry != 0 {
                flow(.nothingKnown, to: entry, &pending)
            }
        }
        markTargets()
        while isResolved, let block = pending.popFirst() { run(block, summary, &pending) }
        guard isResolved else { return }
        var reached = AddressSet([range])
        for position in operations.indices where isReached[position] {
            reached.insert(operations[position].address)
        }
        result = Result(reached: reached, recursion: recursion)
    }

    /// What the calls of the function itself pass, once all states are known.
    private var recursion: Set<[UInt64?]> {
        var result: Set<[UInt64?]> = []
        for (position, operation) in operations.enumerated() where isReached[position] {
            switch operation.kind {
            case .call(range.lowerBound), .jump(range.lowerBound): break
            default: continue
            }
            var block = position
            while block > 0, incoming[block] == nil { block -= 1 }
            guard var state = incoming[block] else { continue }
            for before in block..<position { execute(operations[before], &state) }
            result.formUnion(Self.combinations(of: state))
        }
        return result
    }

    /// More combinations of numbers that one call passes than this are not told apart.
    private static let largestCount = 8

    /// What a call may pass in registers, for each combination of numbers.
    private static func combinations(of state: MachineState) -> [[UInt64?]] {
        Register.arguments.indices.reduce([[]]) { combinations, argument in
            guard let values = state.argument(.register(argument), isCall: true).numbers,
                combinations.count * values.count <= largestCount
            else { return combinations.map { $0 + [nil] } }
            return combinations.flatMap { before in values.map { before + [$0] } }
        }
    }

    private mutating func markTargets() {
        for operation in operations {
            switch operation.kind {
            case .jump(let target?), .conditionalJump(let target, _):
                if let leader = operations.position(of: target) { isLeader[leader] = true }
            default: continue
            }
        }
    }

    private mutating func run(_ block: Int, _ summary: Summary, _ pending: inout PendingBlocks) {
        guard var state = incoming[block] else { return }
        var comparison: Comparison?
        var table = TableUse()
        var position = block
        while position < operations.count {
            isReached[position] = true
            let operation = operations[position]
            switch operation.kind {
            case .jump(let target):
                if let target { return flow(state, toAddress: target, &pending) }
                return jump(state, through: operation.destination, table, &pending)
            case .conditionalJump(let target, let outcome):
                var ways = (taken: true, notTaken: true)
                if let comparison, let outcome {
                    ways = comparison.possibilities(outcome, unequal: unequal)
                }
                if ways.taken { flow(state, toAddress: target, &pending) }
                guard ways.notTaken else { return }
                if case .above = outcome { table.largestIndex = comparison?.right.single }
            case .call(let target?) where summary.neverReturns(target): return
            case .stop: return
            default:
                comparison = operation.comparison(state, before: comparison)
                if let start = operation.table(state) { table.start = start }
                execute(operation, &state)
            }
            position += 1
            if position < operations.count, isLeader[position] {
                return flow(state, to: position, &pending)
            }
        }
    }

    /// Follows a jump whose target was computed; one through a word of the linkage table leaves.
    private mutating func jump(
        _ state: MachineState, through location: Operation.Location, _ table: TableUse,
        _ pending: inout PendingBlocks
    ) {
        if case .memory(let address, _) = location, address.base == nil, address.index == nil {
            return
        }
        var targets = caseTargets
        if let values = value(of: location, state).numbers {
            targets = values
        } else if let start = table.start {
            targets = JumpTable.targets(
                at: start, count: table.count, within: range, isFixed: file.contents.isFixed
            ) { file.readOnlyInteger(at: $0, width: $1) }
        }
        // A call through a pointer in tail position looks the same.
        if targets.isEmpty { isResolved = false }
        for target in targets { flow(state, toAddress: target, &pending) }
    }

    private func execute(_ operation: Operation, _ state: inout MachineState) {
        let loaded = loadedValue(operation, state)
        _ = state.execute(operation)
        guard let loaded, case .register(let register, let width) = operation.destination,
            width >= 4
        else { return }
        state.set(register, loaded.truncated(to: width))
    }

    /// What a move reads from memory that never changes.
    private func loadedValue(_ operation: Operation, _ state: MachineState) -> AbstractValue? {
        guard case .memory(_, let width) = operation.source else { return nil }
        switch operation.kind {
        case .move: return constant(at: operation.source, state)
        case .signExtend:
            return constant(at: operation.source, state)?.signExtended(from: width)
        default: return nil
        }
    }

    private func value(of location: Operation.Location, _ state: MachineState) -> AbstractValue {
        constant(at: location, state) ?? state.read(location)
    }

    private func constant(
        at location: Operation.Location, _ state: MachineState
    ) -> AbstractValue? {
        guard case .memory(let address, let width) = location,
            let starts = state.start(of: address).numbers
        else { return nil }
        var values: [UInt64] = []
        for start in starts {
            let place = start &+ UInt64(bitPattern: address.distance)
            guard let value = file.readOnlyInteger(at: place, width: width) else { return nil }
            values.append(value)
        }
        return .constants(Set(values).sorted())
    }

    private mutating func flow(
        _ state: MachineState, toAddress address: UInt64, _ pending: inout PendingBlocks
    ) {
        if let target = operations.position(of: address) { flow(state, to: target, &pending) }
    }

    private mutating func flow(
        _ state: MachineState, to target: Int, _ pending: inout PendingBlocks
    ) {
        isLeader[target] = true
        if incoming[target] == nil {
            incoming[target] = state
        } else {
            guard incoming[target]?.join(state) == true else { return }
        }
        pending.insert(target)
    }
}

extension Operation {
    /// What the flags stand for behind the operation.
    fileprivate func comparison(_ state: MachineState, before: Comparison?) -> Comparison? {
        switch kind {
        case .compare, .test, .and:
            guard let width = destination.width else { return nil }
            let isTest = if case .compare = kind { false } else { true }
            return Comparison(
                left: state.read(destination), right: state.read(source).truncated(to: width),
                width: width, isTest: isTest)
        case .move, .signExtend, .loadAddress, .conditionalMove, .setCondition, .push, .pop,
            .padding:
            return before
        default: return nil
        }
    }
}

extension Operation {
    /// Where the table begins that the operation reads a 32-bit entry of by an unknown index.
    fileprivate func table(_ state: MachineState) -> UInt64? {
        guard case .signExtend = kind, case .memory(let address, 4) = source,
            address.scale == 4, address.index != nil, address.distance == 0,
            let base = address.base
        else { return nil }
        return state.read(.register(base, width: 8)).single
    }
}

extension Operation.Location {
    fileprivate var width: Int? {
        switch self {
        case .register(_, let width), .memory(_, let width): width
        case .none, .immediate, .elsewhere: nil
        }
    }
}

extension ElfFile {
    /// A number that stands in a part of the file that is neither writable nor relocated.
    func readOnlyInteger(at address: UInt64, width: Int) -> UInt64? {
        let (end, overflow) = address.addingReportingOverflow(UInt64(width))
        guard !overflow, let offset = fileOffset(of: address).map({ Int($0) }),
            contents.segments.contains(where: {
                !$0.isWritable && $0.addresses.contains(address) && $0.addresses.contains(end - 1)
            })
        else { return nil }
        return withBytes { bytes in
            switch width {
            case 1: bytes.integer(at: offset, as: UInt8.self).map { UInt64($0) }
            case 2: bytes.integer(at: offset, as: UInt16.self).map { UInt64($0) }
            case 4: bytes.integer(at: offset, as: UInt32.self).map { UInt64($0) }
            case 8: bytes.integer(at: offset, as: UInt64.self)
            default: nil
            }
        }
    }
}
