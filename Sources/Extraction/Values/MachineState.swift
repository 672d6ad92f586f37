/// What is known about the general registers and the function's own stack at one instruction.
struct MachineState: Equatable {
    /// In encoding order, see ``Register``.
    private(set) var registers: [AbstractValue]
    private var stack = StackSlots()
    /// The lowest stack address that code other than the function's own may know.
    private var exposed: Int64 = .max
    /// Registers that would expose the stack if they were used.
    private var copies = StackPointerCopies()

    /// The state of a function that its caller has just entered.
    static let entry: MachineState = {
        var state = MachineState.nothingKnown
        for (argument, register) in Register.arguments.enumerated() {
            state.registers[register] = .parameter(.register(argument))
        }
        state.registers[Register.rsp] = .stack(0)
        for argument in 1...8 {
            let distance = Int64(argument * 8)
            state.stack.store(.parameter(.stack(distance)), at: distance, width: 8)
        }
        return state
    }()

    static let nothingKnown = MachineState(
        registers: Array(repeating: .unknown, count: 16))

    private init(registers: [AbstractValue]) {
        self.registers = registers
    }

    /// The system call number, were the next instruction to enter the kernel.
    var number: AbstractValue { registers[Register.rax].truncated(to: 4) }

    /// What a function called next would find as that argument. A called function finds its
    /// stack arguments one word higher, above the return address; one that is jumped to does not.
    func argument(_ parameter: AbstractValue.Parameter, isCall: Bool) -> AbstractValue {
        switch parameter {
        case .register(let index): return registers[Register.arguments[index]]
        case .stack(let distance):
            guard case .stack(let top) = registers[Register.rsp] else { return .unknown }
            return load(from: top &+ distance &- (isCall ? 8 : 0), width: 4)
        case .pointee(let index, let distance):
            return load(registers[Register.arguments[index]], distance, width: 4)
        }
    }

    /// Fixes an argument that is passed in a register.
    mutating func setArgument(_ index: Int, _ value: UInt64) {
        registers[Register.arguments[index]] = .constant(value)
    }

    mutating func set(_ register: Int, _ value: AbstractValue) { registers[register] = value }

    /// Takes into account that control may come from another state as well; returns whether less
    /// is known by that.
    mutating func join(_ other: MachineState) -> Bool {
        let before = (exposed: exposed, copies: copies)
        let framePointer = registers[Register.rbp]
        exposed = min(exposed, other.exposed)
        copies = copies.union(other.copies)
        var isChanged = false
        for index in registers.indices where registers[index] != other.registers[index] {
            let value = registers[index].joined(other.registers[index])
            // States share what does not differ.
            if value != registers[index] {
                registers[index] = value
                isChanged = true
            }
        }
        // Where the frame pointer points is not known any more.
        if registers[Register.rbp] == .unknown {
            expose(framePointer)
            expose(other.registers[Register.rbp])
        }
        if stack.join(other.stack) { isChanged = true }
        return isChanged || exposed != before.exposed || copies != before.copies
    }

    private func load(from distance: Int64, width: Int) -> AbstractValue {
        guard let slot = stack[distance], slot.width >= width else { return .unknown }
        return slot.value.truncated(to: width)
    }

    /// Takes into account that a value is where code other than the function's own may find it.
    private mutating func expose(_ value: AbstractValue) {
        if case .stack(let distance) = value { exposed = min(exposed, distance) }
    }

    private mutating func store(_ value: AbstractValue, at distance: Int64, width: Int) {
        stack.store(value, at: distance, width: width)
    }

    /// What memory at a pointer plus a distance holds.
    private func load(_ pointer: AbstractValue, _ distance: Int64, width: Int) -> AbstractValue {
        switch pointer {
        case .stack(let base): return load(from: base &+ distance, width: width)
        case .parameter(.register(let index)):
            return .parameter(.pointee(index, distance))
        case .constant(let base):
            return .pointee(.constant(base &+ UInt64(bitPattern: distance)), 0)
        case .pointee(.constant, _), .pointee(.oneOf, _): return .pointee(pointer, distance)
        default: return .unknown
        }
    }
}

// MARK: - Effects of instructions

extension MachineState {
    /// What an instruction stores outside of the function's own stack, and where, when that is
    /// known.
    typealias Store = (address: UInt64?, value: AbstractValue)

    /// Takes over what an instruction does; returns what it stores.
    mutating func execute(_ operation: Operation) -> Store? {
        if !copies.isEmpty, copies.execute(operation) {
            exposed = min(exposed, copies.lowest)
            copies = StackPointerCopies()
        }
        // The second byte of a register is no location of its own.
        if case .elsewhere = operation.destination { forgetRegisters(operation.changed) }
        switch operation.kind {
        case .move where copyStackPointer(operation): break
        case .move, .signExtend, .loadAddress, .add, .subtract, .exclusiveOr, .and, .or,
            .increment, .decrement, .invert, .negate, .shiftLeft, .borrow, .conditionalMove:
            let result = result(of: operation)
            if result == .unknown { exposeBase(of: operation) }
            return assign(result, to: operation.destination)
        case .setCondition:
            return setCondition(operation.destination)
        case .push:
            let value = read(operation.destination)
            expose(value)
            moveStack(by: -8)
            if case .stack(let top) = registers[Register.rsp] { store(value, at: top, width: 8) }
        case .pop:
            var value = AbstractValue.unknown
            if case .stack(let top) = registers[Register.rsp] { value = load(from: top, width: 8) }
            moveStack(by: 8)
            return assign(value, to: operation.destination)
        case .leave:
            registers[Register.rsp] = registers[Register.rbp]
            if case .stack(let top) = registers[Register.rsp] {
                registers[Register.rbp] = load(from: top, width: 8)
            }
            moveStack(by: 8)
        case .call:
            for register in Register.volatile { registers[register] = .unknown }
            stack.forget(from: exposed)
        case .syscall:
            // The kernel writes the result and clobbers two registers.
            for register in [0, 1, 11] { registers[register] = .unknown }
        case .jump, .conditionalJump, .compare, .test, .stop, .padding: break
        case .other: forgetChanged(operation)
        }
        return nil
    }

    /// Forgets what registers hold.
    mutating func forget(_ forgotten: [Int]) {
        for register in forgotten { registers[register] = .unknown }
    }

    /// Copies the stack pointer to another register than the frame pointer; returns whether the
    /// operation does that.
    private mutating func copyStackPointer(_ operation: Operation) -> Bool {
        guard case .register(Register.rsp, 8) = operation.source,
            case .register(let index, 8) = operation.destination, index != Register.rbp,
            case .stack(let distance) = registers[Register.rsp]
        else { return false }
        registers[index] = .stack(distance)
        copies.add(index, distance)
        return true
    }

    /// An address of the stack plus an unknown number may be that of any variable from there on.
    private mutating func exposeBase(of operation: Operation) {
        switch (operation.kind, operation.source) {
        case (.loadAddress, .memory(let address, _)):
            for register in [address.base, address.index] {
                guard let register else { continue }
                expose(registers[register].adding(.constant(UInt64(bitPattern: address.distance))))
            }
        case (.move, _), (.signExtend, _), (.loadAddress, _): break
        default:
            // Another value of the stack pointer makes room for new variables, and what other
            // registers hold of it is known or a copy.
            guard case .register(let index, 8) = operation.destination, index != Register.rsp
            else { return }
            if index == Register.rbp { expose(registers[index]) }
            // What is less by the stack pointer is a distance, not a pointer.
            if case .subtract = operation.kind { return }
            if case .register = operation.source { expose(read(operation.source)) }
        }
    }

    private mutating func moveStack(by distance: Int64) {
        registers[Register.rsp] =
            registers[Register.rsp].advanced(by: distance)
    }

    /// - Parameter changed: one bit for each register.
    private mutating func forgetRegisters(_ changed: UInt16) {
        for register in 0..<16 where changed >> UInt16(register) & 1 == 1 {
            registers[register] = .unknown
        }
    }

    private mutating func forgetChanged(_ operation: Operation) {
        forgetRegisters(operation.changed)
        if case .memory = operation.destination {
            _ = assign(.unknown, to: operation.destination)
        }
    }

    func read(_ location: Operation.Location) -> AbstractValue {
        switch location {
        case .none, .elsewhere: .unknown
        case .register(let index, let width): registers[index].truncated(to: width)
        case .immediate(let value): .constant(value)
        case .memory(let address, let width):
            load(start(of: address), address.distance, width: width)
        }
    }

    /// The sum of an address's registers.
    func start(of address: Operation.Address) -> AbstractValue {
        let base = address.base.map { registers[$0] } ?? .constant(0)
        guard let index = address.index, base != .unknown else { return base }
        return base.adding(registers[index].mapped { $0 &* address.scale })
    }

    /// One byte becomes zero or one; what the register holds above it stays.
    private mutating func setCondition(_ location: Operation.Location) -> Store? {
        guard case .register(let index, 1) = location,
            let values = registers[index].numbers, values.allSatisfy({ $0 < 256 })
        else { return assign(.unknown, to: location) }
        registers[index] = .constants([0, 1])
        return nil
    }

    private func result(of operation: Operation) -> AbstractValue {
        var left: AbstractValue { read(operation.destination) }
        switch operation.kind {
        case .move: return read(operation.source)
        case .signExtend: return signExtended(operation.source)
        case .loadAddress:
            switch operation.source {
            case .memory(let address, _):
                return start(of: address).advanced(by: address.distance)
            default: return .unknown
            }
        case .add: return left.adding(read(operation.source))
        case .subtract, .exclusiveOr:
            if case .register(let first, _) = operation.destination,
                case .register(let second, _) = operation.source, first == second
            {
                return .constant(0)
            }
            let right = read(operation.source)
            if case .exclusiveOr = operation.kind { return left.combined(right, ^) }
            return left.adding(right.mapped { 0 &- $0 })
        case .and: return left.combined(read(operation.source), &)
        case .or: return orResult(operation, left)
        case .increment: return left.advanced(by: 1)
        case .decrement: return left.advanced(by: -1)
        case .invert: return left.mapped { ~$0 }
        case .negate: return left.mapped { 0 &- $0 }
        case .shiftLeft: return left.combined(read(operation.source)) { $0 << ($1 & 63) }
        case .borrow: return .constants([0, .max])
        case .conditionalMove: return left.joined(read(operation.source))
        default: return .unknown
        }
    }

    /// `or $-1` is the short way to write minus one.
    private func orResult(_ operation: Operation, _ left: AbstractValue) -> AbstractValue {
        let right = read(operation.source)
        return right.single == .max ? right : left.combined(right, |)
    }

    private func signExtended(_ source: Operation.Location) -> AbstractValue {
        switch source {
        case .register(_, let width), .memory(_, let width):
            read(source).signExtended(from: width)
        default: .unknown
        }
    }

    private mutating func assign(
        _ value: AbstractValue, to location: Operation.Location
    ) -> Store? {
        switch location {
        case .none, .immediate: return nil
        case .elsewhere:
            stack.forget(from: exposed)
            return (nil, value)
        case .register(let index, let width):
            // Writing 32 bits clears the upper half; writing fewer keeps the rest.
            if width >= 4 {
                registers[index] = value.truncated(to: width)
            } else {
                let mask: UInt64 = (1 << UInt64(width * 8)) - 1
                registers[index] = registers[index].combined(value) { $0 & ~mask | $1 & mask }
            }
            if width == 8, case .stack(let distance) = value, index != Register.rsp,
                index != Register.rbp
            {
                exposed = min(exposed, distance)
            }
            return nil
        case .memory(let address, let width):
            if width == 8 { expose(value) }
            switch start(of: address) {
            case .stack(let start):
                store(value.truncated(to: width), at: start &+ address.distance, width: width)
                return nil
            case .constant(let start):
                return (start &+ UInt64(bitPattern: address.distance), value)
            default:
                // A pointer of unknown value may point at the stack that was exposed; one that is
                // the stack's plus an unknown index, at all of it.
                let isStack = [address.base, address.index].contains { register in
                    guard let register, case .stack = registers[register] else { return false }
                    return true
                }
                stack.forget(from: isStack ? .min : exposed)
                return (nil, value)
            }
        }
    }
}
