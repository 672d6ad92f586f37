/// Forward propagation of ``AbstractValue`` through one function.
///
/// Blocks that no direct jump reaches (cases of a jump table, handlers of exceptions) and places
/// that other functions enter begin with nothing known.
struct ValueFlow {
    private let operations: [Operation]
    /// State before each operation that a block begins with.
    private var incoming: [MachineState?]
    private var reached: [Bool]
    private let isGo: Bool
    private var isLeader: [Bool]
    /// Operations that only a return from a system call would lead to that does not return.
    private var isBehindEnd: [Bool]
    /// What the function stores at constant addresses.
    private(set) var stores: [UInt64: AbstractValue] = [:]
    /// The constants that it stores anywhere but on its own stack.
    private(set) var storedConstants: Set<UInt64> = []

    /// Functions longer than this are taken to be no functions but damaged tables.
    private static let longest: UInt64 = 1 << 18

    init(_ file: ElfFile, range: Range<UInt64>, summary: Summary) {
        isGo = file.contents.isGo
        let end = min(range.upperBound, range.lowerBound &+ Self.longest)
        operations = Operation.decode(range.lowerBound..<max(end, range.lowerBound), of: file)
        incoming = Array(repeating: nil, count: operations.count)
        reached = Array(repeating: false, count: operations.count)
        isLeader = Array(repeating: false, count: operations.count)
        isBehindEnd = isLeader
        guard !operations.isEmpty else { return }
        markLeaders(summary)
        var pending = [0]
        incoming[0] = .entry
        isLeader[0] = true
        for address in summary.sideEntries(in: range) {
            guard let entry = operations.position(of: address) else { continue }
            isLeader[entry] = true
            if entry == 0 { continue }
            incoming[entry] = .nothingKnown
            pending.append(entry)
        }
        propagate(pending, summary)
        markBehindEnds()
        var position = 0
        while let unreached = nextUnreached(from: position) {
            position = unreached
            isLeader[unreached] = true
            incoming[unreached] = .nothingKnown
            propagate([unreached], summary)
        }
    }

    /// How many instructions it has states for.
    var operationCount: Int { operations.count }

    /// The state when control reaches the instruction at an address, nil for no such instruction.
    func state(before address: UInt64) -> MachineState? {
        guard let target = operations.position(of: address) else { return nil }
        var block = target
        while block > 0, !isLeader[block] { block -= 1 }
        guard var state = incoming[block] else { return nil }
        for position in block..<target { _ = execute(operations[position], in: &state) }
        return state
    }

    /// The numbers of a system call instruction; none where control never arrives.
    func number(at address: UInt64) -> AbstractValue {
        if let position = operations.position(of: address), isBehindEnd[position],
            !reached[position]
        {
            return .constants([])
        }
        return state(before: address)?.number ?? .unknown
    }

    /// Calls of Go's functions keep no registers.
    private func execute(
        _ operation: Operation, in state: inout MachineState
    ) -> MachineState.Store? {
        let store = state.execute(operation)
        if isGo, case .call = operation.kind { state.forget(Register.volatileInGo) }
        return store
    }

    /// Marks what is reached from behind the calls that end a thread, and not in another way.
    private mutating func markBehindEnds() {
        var pending = operations.indices.filter { position in
            guard reached[position], case .syscall = operations[position].kind else { return false }
            return position + 1 < operations.count && !reached[position + 1]
        }.map { $0 + 1 }
        while let position = pending.popLast() {
            guard !reached[position], !isBehindEnd[position] else { continue }
            isBehindEnd[position] = true
            let operation = operations[position]
            switch operation.kind {
            case .jump(let target):
                if let next = target.flatMap(operations.position) { pending.append(next) }
                continue
            case .conditionalJump(let target, _):
                if let next = operations.position(of: target) { pending.append(next) }
            case .stop: continue
            default: break
            }
            if position + 1 < operations.count { pending.append(position + 1) }
        }
    }

    private mutating func markLeaders(_ summary: Summary) {
        for (position, operation) in operations.enumerated() {
            switch operation.kind {
            case .jump(let target):
                if let leader = target.flatMap(operations.position) { isLeader[leader] = true }
                if position + 1 < operations.count { isLeader[position + 1] = true }
            case .conditionalJump(let target, _):
                if let leader = operations.position(of: target) { isLeader[leader] = true }
                if position + 1 < operations.count { isLeader[position + 1] = true }
            case .stop:
                if position + 1 < operations.count { isLeader[position + 1] = true }
            case .call(let target?) where summary.neverReturns(target):
                if position + 1 < operations.count { isLeader[position + 1] = true }
            default: continue
            }
        }
    }

    /// The first operation that no state has reached and that does more than fill space.
    private func nextUnreached(from start: Int) -> Int? {
        for position in start..<operations.count
        where !reached[position] && !isBehindEnd[position] {
            switch operations[position].kind {
            case .padding, .stop: continue
            default: return position
            }
        }
        return nil
    }

    private mutating func propagate(_ start: [Int], _ summary: Summary) {
        var pending = PendingBlocks(count: operations.count)
        for block in start { pending.insert(block) }
        while let block = pending.popFirst() {
            guard var state = incoming[block] else { continue }
            var position = block
            while true {
                reached[position] = true
                let operation = operations[position]
                if operation.endsThread(state) {
                    if position + 1 < operations.count { isLeader[position + 1] = true }
                    break
                }
                if let store = execute(operation, in: &state) { note(store) }
                var continues = true
                switch operation.kind {
                case .jump(let target):
                    if let position = target.flatMap(operations.position) {
                        flow(state, to: position, &pending)
                    }
                    continues = false
                case .conditionalJump(let target, _):
                    if let position = operations.position(of: target) {
                        flow(state, to: position, &pending)
                    }
                case .call(let target?) where summary.neverReturns(target): continues = false
                case .stop: continues = false
                default: break
                }
                position += 1
                guard continues, position < operations.count else { break }
                if isLeader[position] {
                    flow(state, to: position, &pending)
                    break
                }
            }
        }
    }

    private mutating func note(_ store: MachineState.Store) {
        if let values = store.value.numbers { storedConstants.formUnion(values) }
        guard let address = store.address else { return }
        stores[address] = stores[address].map { $0.joined(store.value) } ?? store.value
    }

    private mutating func flow(
        _ state: MachineState, to target: Int, _ pending: inout PendingBlocks
    ) {
        if incoming[target] == nil {
            incoming[target] = state
        } else {
            guard incoming[target]?.join(state) == true else { return }
        }
        pending.insert(target)
    }
}

extension Operation {
    /// Whether it is a system call that the kernel does not come back from: `exit` or
    /// `exit_group`.
    fileprivate func endsThread(_ state: MachineState) -> Bool {
        guard case .syscall = kind, let numbers = state.number.numbers else { return false }
        return numbers.allSatisfy { $0 == 60 || $0 == 231 }
    }
}
