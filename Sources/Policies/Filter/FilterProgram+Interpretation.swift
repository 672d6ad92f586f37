/// What a filter is asked about, the kernel's `struct seccomp_data`.
package struct FilterInput: Sendable {
    package var number: UInt32
    package var architecture: UInt32
    package var instructionPointer: UInt64
    package var arguments: InlineArray<6, UInt64>

    package init(
        number: UInt32, architecture: UInt32 = FilterProgram.architecture,
        instructionPointer: UInt64 = 0, arguments: InlineArray<6, UInt64> = .init(repeating: 0)
    ) {
        self.number = number
        self.architecture = architecture
        self.instructionPointer = instructionPointer
        self.arguments = arguments
    }

    /// The aligned word at a byte offset; nil outside of the 64 bytes.
    func word(at offset: UInt32) -> UInt32? {
        guard offset % 4 == 0, offset < 64 else { return nil }
        switch offset {
        case 0: return number
        case 4: return architecture
        case 8: return UInt32(truncatingIfNeeded: instructionPointer)
        case 12: return UInt32(truncatingIfNeeded: instructionPointer >> 32)
        default:
            let argument = arguments[Int(offset - 16) / 8]
            return UInt32(truncatingIfNeeded: offset % 8 == 0 ? argument : argument >> 32)
        }
    }
}

extension FilterProgram {
    /// What the filter answers, computed as the kernel would.
    ///
    /// Throws for instructions that seccomp does not allow. Programs only jump forward, so every
    /// run ends.
    package func evaluate(_ input: FilterInput) throws(PolicyError) -> FilterAction {
        var machine = FilterMachine()
        var counter = 0
        while counter < instructions.count {
            let instruction = instructions[counter]
            counter += 1
            switch instruction.code {
            case 0x06: return FilterAction(returnValue: instruction.operand)
            case 0x16: return FilterAction(returnValue: machine.accumulator)
            case 0x05: counter += Int(instruction.operand)
            default:
                guard let skip = machine.step(instruction, input) else {
                    throw PolicyError(
                        .invalidFilter,
                        "cannot run the filter: instruction \(counter - 1) has code "
                            + "0x\(String(instruction.code, radix: 16)) and operand "
                            + "\(instruction.operand), which seccomp does not allow")
                }
                counter += skip
            }
        }
        throw PolicyError(.invalidFilter, "cannot run the filter: it ends without an answer")
    }
}

/// Registers and scratch memory of a classic BPF program.
private struct FilterMachine {
    var accumulator: UInt32 = 0
    private var index: UInt32 = 0
    private var memory = InlineArray<16, UInt32>(repeating: 0)

    /// Carries out one instruction; returns how many to skip, nil for one that is not allowed.
    mutating func step(_ instruction: Instruction, _ input: FilterInput) -> Int? {
        let operand = instruction.operand
        switch instruction.code {
        case 0x20:
            guard let word = input.word(at: operand) else { return nil }
            accumulator = word
        case 0x00: accumulator = operand
        case 0x01: index = operand
        // The length of the data, which is constant.
        case 0x80: accumulator = 64
        case 0x81: index = 64
        case 0x60, 0x61, 0x02, 0x03:
            guard operand < 16 else { return nil }
            access(memory: Int(operand), instruction.code)
        case 0x07: index = accumulator
        case 0x87: accumulator = index
        default:
            let source = instruction.code & 8 == 0 ? operand : index
            switch instruction.code & 7 {
            case 4: return calculate(instruction.code & 0xf0, source) ? 0 : nil
            case 5:
                guard let holds = compare(instruction.code & 0xf0, source) else { return nil }
                return Int(holds ? instruction.jumpTrue : instruction.jumpFalse)
            default: return nil
            }
        }
        return 0
    }

    private mutating func access(memory slot: Int, _ code: UInt16) {
        switch code {
        case 0x60: accumulator = memory[slot]
        case 0x61: index = memory[slot]
        case 0x02: memory[slot] = accumulator
        default: memory[slot] = index
        }
    }

    /// Whether the operation exists; dividing by zero does not.
    private mutating func calculate(_ operation: UInt16, _ source: UInt32) -> Bool {
        switch operation {
        case 0x00: accumulator &+= source
        case 0x10: accumulator &-= source
        case 0x20: accumulator &*= source
        case 0x30:
            guard source != 0 else { return false }
            accumulator /= source
        case 0x40: accumulator |= source
        case 0x50: accumulator &= source
        case 0x60: accumulator &<<= source
        case 0x70: accumulator &>>= source
        case 0x80: accumulator = 0 &- accumulator
        case 0xa0: accumulator ^= source
        default: return false
        }
        return true
    }

    private func compare(_ operation: UInt16, _ source: UInt32) -> Bool? {
        switch operation {
        case 0x10: accumulator == source
        case 0x20: accumulator > source
        case 0x30: accumulator >= source
        case 0x40: accumulator & source != 0
        default: nil
        }
    }
}
