internal import Syscalls

extension FilterProgram {
    /// `AUDIT_ARCH_X86_64` of linux/audit.h.
    package static let architecture: UInt32 = 0xc000_003e
    /// Set in the numbers of the x32 table, which shares the architecture.
    package static let x32Bit: UInt32 = 0x4000_0000

    /// The filter of a map: a binary tree over its ranges.
    ///
    /// Calls of other architectures, and of the x32 table, kill the process: their numbers mean
    /// other calls. Number -1 fails with `ENOSYS`: a tracer that cancels a call leaves it, and
    /// must be able to under every policy.
    package init(_ map: ActionMap) throws(PolicyError) {
        typealias Code = Instruction.Code
        let kill = Self.returning(.killProcess)
        var program = [
            // Offsets into struct seccomp_data: 4 is the architecture, 0 the number.
            Instruction(code: Code.loadAbsolute, operand: 4),
            Instruction(code: Code.jumpEqual, jumpTrue: 1, operand: Self.architecture),
            kill,
            Instruction(code: Code.loadAbsolute, operand: 0),
            Instruction(code: Code.jumpGreaterOrEqual, jumpFalse: 3, operand: Self.x32Bit),
            Instruction(code: Code.jumpEqual, jumpFalse: 1, operand: .max),
            Self.returning(.error(ActionMap.noSuchCall)),
            kill,
        ]
        program += Self.tree(over: map.ranges[...])
        try self.init(instructions: program)
    }

    /// Instructions that return the action of the range which the loaded number is in.
    private static func tree(over ranges: ArraySlice<ActionMap.Range>) -> [Instruction] {
        guard ranges.count > 1 else {
            return [returning(ranges.first?.action ?? .killProcess)]
        }
        let middle = ranges.startIndex + ranges.count / 2
        let below = tree(over: ranges[..<middle])
        let above = tree(over: ranges[middle...])
        let start = ranges[middle].start
        typealias Code = Instruction.Code
        if let distance = UInt8(exactly: below.count) {
            let jump = Instruction(
                code: Code.jumpGreaterOrEqual, jumpTrue: distance, operand: start)
            return [jump] + below + above
        }
        // Conditional jumps reach 255 instructions, unconditional ones any.
        return [
            Instruction(code: Code.jumpGreaterOrEqual, jumpFalse: 1, operand: start),
            Instruction(code: Code.jumpAlways, operand: UInt32(below.count)),
        ] + below + above
    }

    private static func returning(_ action: FilterAction) -> Instruction {
        Instruction(code: Instruction.Code.returnConstant, operand: action.returnValue)
    }
}
