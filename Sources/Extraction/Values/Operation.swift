internal import CZydis

/// One instruction, reduced to what it does to general registers and the stack.
struct Operation {
    enum Kind {
        case move, signExtend, loadAddress
        case add, subtract, exclusiveOr, and, or, increment, decrement, invert, negate, shiftLeft
        /// Subtracts a register and the carry from the register itself: zero or minus one.
        case borrow
        case conditionalMove, setCondition
        case push, pop, leave
        case call(UInt64?)
        case jump(UInt64?)
        case conditionalJump(UInt64, Comparison.Outcome?)
        /// Sets flags for a jump by the difference of its operands, by the bits that both have.
        case compare, test
        /// Control does not go on: a return or a trap.
        case stop
        case syscall
        case padding
        /// Only ``Operation/changed`` is known.
        case other
    }

    enum Location {
        case none
        /// Index in encoding order (`rax`, `rcx`, `rdx`, `rbx`, `rsp`, `rbp`, `rsi`, `rdi`,
        /// `r8`…) and bytes.
        case register(Int, width: Int)
        case immediate(UInt64)
        case memory(Address, width: Int)
        /// Memory or a register of another kind.
        case elsewhere
    }

    /// The sum of registers, one of them scaled, and a distance; each register may be missing.
    struct Address {
        let distance: Int64
        private let baseCode: Int8
        private let indexCode: Int8
        private let scaleByte: UInt8

        init(base: Int? = nil, index: Int? = nil, scale: UInt8 = 1, distance: Int64) {
            self.distance = distance
            baseCode = Int8(base ?? -1)
            indexCode = Int8(index ?? -1)
            scaleByte = scale
        }

        var base: Int? { baseCode < 0 ? nil : Int(baseCode) }
        var index: Int? { indexCode < 0 ? nil : Int(indexCode) }
        var scale: UInt64 { UInt64(scaleByte) }
    }

    let address: UInt64
    let next: UInt64
    let kind: Kind
    let destination: Location
    let source: Location
    /// One bit for each general register that it writes.
    let changed: UInt16
}

extension [Operation] {
    /// The position of the operation at an address; the array is one that
    /// ``Operation/decode(_:of:)`` returns.
    func position(of address: UInt64) -> Int? {
        let position = partitionPoint { $0.address >= address }
        return position < count && self[position].address == address ? position : nil
    }
}

/// Register numbers in encoding order.
enum Register {
    static let rax = 0
    static let rsp = 4
    static let rbp = 5
    /// Those that carry the first six arguments, in order; behind them `rax`, in which functions
    /// of Go take their first.
    static let arguments = [7, 6, 2, 1, 8, 9, 0]
    /// Those that a called function may change.
    static let volatile = [0, 1, 2, 6, 7, 8, 9, 10, 11]
    /// Those that only functions of Go may change besides.
    static let volatileInGo = [3, 12, 13, 14, 15]
}

extension Operation {
    /// Decodes a stretch of code; what cannot be decoded is left out.
    static func decode(_ range: Range<UInt64>, of file: ElfFile) -> [Operation] {
        guard let offset = file.fileOffset(of: range.lowerBound) else { return [] }
        let count = min(
            Int(clamping: range.upperBound - range.lowerBound),
            file.contents.bytesAvailable(at: range.lowerBound))
        return file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                guard Int(offset) + count <= buffer.count, let base = buffer.baseAddress
                else { return [] }
                return unsafe decode(base.advanced(by: Int(offset)), count, range.lowerBound)
            }
        }
    }

    private static func decode(
        _ code: UnsafeRawPointer, _ count: Int, _ start: UInt64
    ) -> [Operation] {
        var decoder = ZydisDecoder()
        unsafe ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)
        var result: [Operation] = []
        result.reserveCapacity(count / 4)
        var position = 0
        var instruction = unsafe ZydisDecodedInstruction()
        unsafe withUnsafeTemporaryAllocation(
            of: ZydisDecodedOperand.self, capacity: Int(ZYDIS_MAX_OPERAND_COUNT)
        ) { operands in
            guard let first = operands.baseAddress else { return }
            unsafe first.initialize(repeating: ZydisDecodedOperand(), count: operands.count)
            while position < count {
                let status = unsafe ZydisDecoderDecodeFull(
                    &decoder, code.advanced(by: position), count - position, &instruction, first)
                guard status & 0x8000_0000 == 0 else {
                    position += 1
                    continue
                }
                let address = start &+ UInt64(position)
                unsafe position += Int(instruction.length)
                unsafe result.append(
                    Operation(
                        instruction, operands, address: address, next: start &+ UInt64(position)))
            }
        }
        return result
    }

    private init(
        _ instruction: ZydisDecodedInstruction,
        _ operands: UnsafeMutableBufferPointer<ZydisDecodedOperand>,
        address: UInt64, next: UInt64
    ) {
        self.address = address
        self.next = next
        let visible = unsafe Int(instruction.operand_count_visible)
        let first = unsafe visible > 0 ? Location(operands[0], next) : .none
        let second = unsafe visible > 1 ? Location(operands[1], next) : .none
        destination = first
        source = second
        var changed: UInt16 = 0
        // ZYDIS_OPERAND_ACTION_MASK_WRITE: written, or written under a condition.
        for index in unsafe 0..<Int(instruction.operand_count)
        where unsafe operands[index].actions & 0b1010 != 0 {
            if let register = unsafe operands[index].generalRegister {
                changed |= 1 << UInt16(register)
            }
        }
        self.changed = changed
        kind = unsafe Self.kind(instruction, first, second, visible: visible, next: next)
    }

    private static func kind(
        _ instruction: ZydisDecodedInstruction, _ first: Location, _ second: Location,
        visible: Int, next: UInt64
    ) -> Kind {
        switch unsafe instruction.meta.category {
        case ZYDIS_CATEGORY_CALL:
            if case .immediate(let target) = first { return .call(target) }
            return .call(nil)
        case ZYDIS_CATEGORY_UNCOND_BR:
            if case .immediate(let target) = first { return .jump(target) }
            return .jump(nil)
        case ZYDIS_CATEGORY_COND_BR:
            guard case .immediate(let target) = first else { return .other }
            return unsafe .conditionalJump(target, Comparison.Outcome(instruction.mnemonic))
        case ZYDIS_CATEGORY_RET: return .stop
        case ZYDIS_CATEGORY_NOP, ZYDIS_CATEGORY_WIDENOP: return .padding
        case ZYDIS_CATEGORY_CMOV: return .conditionalMove
        case ZYDIS_CATEGORY_SETCC: return .setCondition
        default: break
        }
        if unsafe instruction.isTrap { return .stop }
        let mnemonic = unsafe Int(instruction.mnemonic.rawValue)
        guard visible <= 2, mnemonic < kinds.count else { return .other }
        if case .borrow = kinds[mnemonic] {
            guard case .register(let left, _) = first, case .register(let right, _) = second,
                left == right
            else { return .other }
        }
        return kinds[mnemonic]
    }

    /// By mnemonic.
    private static let kinds: [Kind] = {
        var result = [Kind](repeating: .other, count: Int(named.keys.max() ?? 0) + 1)
        for (mnemonic, kind) in named { result[Int(mnemonic)] = kind }
        return result
    }()

    private static let named: [UInt32: Kind] = [
        ZYDIS_MNEMONIC_MOV.rawValue: .move, ZYDIS_MNEMONIC_MOVZX.rawValue: .move,
        ZYDIS_MNEMONIC_MOVSX.rawValue: .signExtend, ZYDIS_MNEMONIC_MOVSXD.rawValue: .signExtend,
        ZYDIS_MNEMONIC_LEA.rawValue: .loadAddress, ZYDIS_MNEMONIC_ADD.rawValue: .add,
        ZYDIS_MNEMONIC_SUB.rawValue: .subtract, ZYDIS_MNEMONIC_XOR.rawValue: .exclusiveOr,
        ZYDIS_MNEMONIC_AND.rawValue: .and, ZYDIS_MNEMONIC_OR.rawValue: .or,
        ZYDIS_MNEMONIC_INC.rawValue: .increment, ZYDIS_MNEMONIC_DEC.rawValue: .decrement,
        ZYDIS_MNEMONIC_NOT.rawValue: .invert, ZYDIS_MNEMONIC_NEG.rawValue: .negate,
        ZYDIS_MNEMONIC_SHL.rawValue: .shiftLeft, ZYDIS_MNEMONIC_SBB.rawValue: .borrow,
        ZYDIS_MNEMONIC_PUSH.rawValue: .push, ZYDIS_MNEMONIC_POP.rawValue: .pop,
        ZYDIS_MNEMONIC_CMP.rawValue: .compare, ZYDIS_MNEMONIC_TEST.rawValue: .test,
        ZYDIS_MNEMONIC_LEAVE.rawValue: .leave, ZYDIS_MNEMONIC_SYSCALL.rawValue: .syscall,
    ]
}

extension Operation.Location {
    fileprivate init(_ operand: ZydisDecodedOperand, _ next: UInt64) {
        let width = Int(operand.size) / 8
        switch operand.type {
        case ZYDIS_OPERAND_TYPE_REGISTER:
            guard let register = operand.generalRegister, !operand.isHighByte else {
                self = .elsewhere
                return
            }
            self = .register(register, width: width)
        case ZYDIS_OPERAND_TYPE_IMMEDIATE:
            let value = unsafe operand.imm.value.u
            self = .immediate(operand.imm.is_relative != 0 ? next &+ value : value)
        case ZYDIS_OPERAND_TYPE_MEMORY: self.init(memory: operand, next, width)
        default: self = .elsewhere
        }
    }

    private init(memory operand: ZydisDecodedOperand, _ next: UInt64, _ width: Int) {
        let memory = operand.mem
        let isThreadLocal =
            memory.segment == ZYDIS_REGISTER_FS || memory.segment == ZYDIS_REGISTER_GS
        guard !isThreadLocal else {
            self = .elsewhere
            return
        }
        if memory.base == ZYDIS_REGISTER_RIP {
            let target = next &+ UInt64(bitPattern: memory.disp.value)
            self = .memory(Operation.Address(distance: Int64(bitPattern: target)), width: width)
            return
        }
        let address = Operation.Address(
            base: Register.index(memory.base), index: Register.index(memory.index),
            scale: memory.scale, distance: memory.disp.value)
        // A register of another kind, as in gathers.
        let isKnown =
            (address.base != nil || memory.base == ZYDIS_REGISTER_NONE)
            && (address.index != nil || memory.index == ZYDIS_REGISTER_NONE)
        self = isKnown ? .memory(address, width: width) : .elsewhere
    }
}

extension Register {
    /// The general register that a register is or is a part of.
    static func index(_ register: ZydisRegister) -> Int? {
        let whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, register)
        let first = ZYDIS_REGISTER_RAX.rawValue
        guard whole.rawValue >= first, whole.rawValue < first + 16 else { return nil }
        return Int(whole.rawValue - first)
    }
}

extension ZydisDecodedOperand {
    /// The general register that the operand is or is a part of.
    var generalRegister: Int? {
        type == ZYDIS_OPERAND_TYPE_REGISTER ? Register.index(reg.value) : nil
    }

    /// `ah`, `ch`, `dh`, `bh`: no low part of their register.
    fileprivate var isHighByte: Bool {
        reg.value.rawValue >= ZYDIS_REGISTER_AH.rawValue
            && reg.value.rawValue <= ZYDIS_REGISTER_BH.rawValue
    }
}
