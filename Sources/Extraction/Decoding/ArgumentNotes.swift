/// What one function passes to those it calls, and which of its own arguments it compares.
///
/// Straight-line code only: where a jump arrives, nothing is known any more. That finds what
/// compilers put right before a call, and comparisons at the head of a function.
struct ArgumentNotes {
    /// A register's contents.
    private enum Value {
        case unknown
        case constant(UInt64)
        /// The argument itself or its sum with a constant.
        case argument(Int)
    }

    enum Effect {
        case set(Int, UInt64)
        case copy(to: Int, from: Int)
        /// Adds a constant to a register.
        case shift(to: Int, from: Int)
        /// One bit for each register.
        case clobber(UInt16)
        case compare(Int, withNumber: Bool)
        case call
        /// Control comes from elsewhere behind the instruction, if at all.
        case leave
    }

    private var effects: [(address: UInt64, effect: Effect)] = []
    private var targets: [UInt64] = []
    /// Whether the function was too long to keep notes of.
    private var isOverlong = false
    /// The longest functions of programs have a third of it.
    private static let most = 1 << 20

    mutating func clear() {
        effects.removeAll(keepingCapacity: true)
        targets.removeAll(keepingCapacity: true)
        isOverlong = false
    }

    mutating func noteTarget(_ target: UInt64) {
        if !isOverlong { targets.append(target) }
    }

    mutating func note(_ address: UInt64, _ effect: Effect) {
        guard !isOverlong else { return }
        effects.append((address, effect))
        if effects.count > Self.most {
            clear()
            isOverlong = true
        }
    }

    /// What the function passes where, in order of addresses, and one bit for each argument that
    /// it compares, with anything before a jump arrives and with a number behind.
    func evaluate(in range: Range<UInt64>) -> (constants: [Summary.CallConstant], compared: UInt8) {
        let leaders = targets.filter(range.contains).sorted()
        var nextLeader = 0
        var isStraight = true
        var compared: UInt8 = 0
        var constants: [Summary.CallConstant] = []
        var values = [Value](repeating: .unknown, count: 16)
        for (argument, register) in Register.arguments.enumerated() {
            values[register] = .argument(argument)
        }
        for (address, effect) in effects {
            if nextLeader < leaders.count, leaders[nextLeader] <= address {
                while nextLeader < leaders.count, leaders[nextLeader] <= address { nextLeader += 1 }
                forget(&values)
                isStraight = false
            }
            switch effect {
            case .set(let register, let value): values[register] = .constant(value)
            case .copy(let target, let source): values[target] = values[source]
            case .shift(let target, let source):
                if case .argument = values[source] {
                    values[target] = values[source]
                } else {
                    values[target] = .unknown
                }
            case .clobber(let registers):
                for register in values.indices where registers >> UInt16(register) & 1 == 1 {
                    values[register] = .unknown
                }
            case .compare(let register, let isNumber):
                if isStraight || isNumber, case .argument(let argument) = values[register] {
                    compared |= 1 << UInt8(argument)
                }
            case .call:
                for (argument, register) in Register.arguments.enumerated() {
                    guard case .constant(let value) = values[register] else { continue }
                    constants.append(
                        Summary.CallConstant(
                            address: address, argument: UInt8(argument), value: value))
                }
                for register in Register.volatile { values[register] = .unknown }
            case .leave:
                forget(&values)
                isStraight = false
            }
        }
        return (constants, compared)
    }

    /// Forgets numbers, which may be others on another way; that a register held an argument is
    /// good enough to tell what is worth a closer look.
    private func forget(_ values: inout [Value]) {
        for register in values.indices {
            if case .constant = values[register] { values[register] = .unknown }
        }
    }
}
