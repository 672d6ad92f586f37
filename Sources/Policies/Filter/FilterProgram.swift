/// One instruction of a classic BPF program, the kernel's `struct sock_filter`.
package struct Instruction: Hashable, Sendable {
    package let code: UInt16
    /// How many instructions a conditional jump skips when its condition holds.
    package let jumpTrue: UInt8
    /// How many it skips otherwise.
    package let jumpFalse: UInt8
    package let operand: UInt32

    package init(code: UInt16, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0, operand: UInt32) {
        self.code = code
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.operand = operand
    }

    /// Operation codes of linux/bpf_common.h, composed of class, size or operation, and mode.
    package enum Code {
        static let loadAbsolute: UInt16 = 0x20
        static let jumpAlways: UInt16 = 0x05
        static let jumpEqual: UInt16 = 0x15
        static let jumpGreaterOrEqual: UInt16 = 0x35
        static let returnConstant: UInt16 = 0x06
        static let and: UInt16 = 0x54
    }
}

/// A filter as the kernel takes it: at most 4,096 instructions, checked to end on every path.
package struct FilterProgram: Hashable, Sendable {
    /// `BPF_MAXINSNS` of the kernel.
    package static let maximumCount = 4096

    package let instructions: [Instruction]

    /// Checks what the kernel checks of a program's shape, except the operation codes, which the
    /// interpreter refuses when it meets them.
    package init(instructions: [Instruction]) throws(PolicyError) {
        guard instructions.count <= Self.maximumCount else {
            throw PolicyError(
                .filterTooLong,
                "cannot make a filter of \(instructions.count) instructions: the kernel takes at "
                    + "most \(Self.maximumCount); allow fewer calls or export by phase")
        }
        guard let last = instructions.last, last.code & 7 == 6 else {
            throw PolicyError(
                .invalidFilter, "cannot use the filter: it does not end with a return instruction")
        }
        for (index, instruction) in instructions.enumerated() where instruction.code & 7 == 5 {
            let distance =
                instruction.code == Instruction.Code.jumpAlways
                ? Int(instruction.operand)
                : Int(max(instruction.jumpTrue, instruction.jumpFalse))
            guard index + 1 + distance < instructions.count else {
                throw PolicyError(
                    .invalidFilter,
                    "cannot use the filter: the jump at instruction \(index) leaves the program")
            }
        }
        self.instructions = instructions
    }

    /// Reads a file of 8-byte little-endian instructions, as bubblewrap and minijail take it.
    package init(bytes: [UInt8]) throws(PolicyError) {
        guard bytes.count % 8 == 0 else {
            throw PolicyError(
                .invalidFilter,
                "cannot read the filter: \(bytes.count) bytes are no whole number of 8-byte "
                    + "instructions; is the file complete?")
        }
        var instructions: [Instruction] = []
        for start in stride(from: 0, to: bytes.count, by: 8) {
            instructions.append(
                Instruction(
                    code: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8,
                    jumpTrue: bytes[start + 2], jumpFalse: bytes[start + 3],
                    operand: (4..<8).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * ($1 - 4)) })
            )
        }
        try self.init(instructions: instructions)
    }

    /// The program in the form that ``init(bytes:)`` reads.
    package var bytes: [UInt8] {
        instructions.flatMap { instruction -> [UInt8] in
            [
                UInt8(truncatingIfNeeded: instruction.code),
                UInt8(truncatingIfNeeded: instruction.code >> 8), instruction.jumpTrue,
                instruction.jumpFalse,
            ] + (0..<4).map { UInt8(truncatingIfNeeded: instruction.operand >> (8 * $0)) }
        }
    }
}
