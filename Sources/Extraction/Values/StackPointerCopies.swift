/// Registers that hold the stack pointer, or what was computed from it, without anybody having
/// used that as a pointer yet.
///
/// Code that makes room for arrays of unknown size copies the stack pointer to subtract or to
/// compare it. Only a copy that is used in another way leads to the function's variables.
struct StackPointerCopies: Equatable {
    /// One bit for each register.
    private(set) var registers: UInt16 = 0
    /// The lowest stack pointer that was copied, as a distance from the one on entry.
    private(set) var lowest: Int64 = .max

    private static let stackPointer: UInt16 = 1 << UInt16(Register.rsp)
    private static let volatile = Register.volatile.reduce(0 as UInt16) { $0 | 1 << UInt16($1) }

    var isEmpty: Bool { registers == 0 }

    mutating func add(_ register: Int, _ distance: Int64) {
        registers |= 1 << UInt16(register)
        lowest = min(lowest, distance)
    }

    func union(_ other: StackPointerCopies) -> StackPointerCopies {
        StackPointerCopies(
            registers: registers | other.registers, lowest: min(lowest, other.lowest))
    }

    /// Takes over what an operation does to the copies; returns whether it may store through one of
    /// them, or hand it on.
    mutating func execute(_ operation: Operation) -> Bool {
        let written = operation.destination.registers
        let read = operation.source.registers
        switch operation.kind {
        case .compare, .test, .jump(.some), .conditionalJump, .padding, .stop: return false
        case .call: return isCopy(Self.volatile)
        case .move, .signExtend, .loadAddress, .add, .subtract, .and, .or, .exclusiveOr, .increment,
            .decrement:
            break
        default: return true
        }
        if case .loadAddress = operation.kind, isCopy(read) { return true }
        guard case .register(_, let width) = operation.destination else {
            return isCopy(written | read)
        }
        // What is read through a copy is no copy.
        let isFromRegister = if case .register = operation.source { true } else { false }
        let isCopied = isFromRegister && isCopy(read)
        switch operation.kind {
        case .exclusiveOr where isFromRegister && read == written,
            .subtract where isFromRegister && (read == written || read == Self.stackPointer):
            // How far two stack pointers are apart is no pointer.
            if width >= 4 { registers &= ~written }
        case .move where isCopied && written != Self.stackPointer:
            guard width == 8 else { return true }
            registers |= written
        case .move, .signExtend, .loadAddress:
            if width >= 4 { registers &= ~written }
        default: return isCopied && written != Self.stackPointer
        }
        return false
    }

    private func isCopy(_ mask: UInt16) -> Bool { registers & mask != 0 }
}

extension Operation.Location {
    /// The registers that it is or is computed from, one bit each.
    fileprivate var registers: UInt16 {
        switch self {
        case .none, .immediate, .elsewhere: 0
        case .register(let index, _): 1 << UInt16(index)
        case .memory(let address, _):
            (address.base.map { 1 << UInt16($0) } ?? 0)
                | (address.index.map { 1 << UInt16($0) } ?? 0)
        }
    }
}
