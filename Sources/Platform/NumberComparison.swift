/// An instruction of a file that compares two numbers, and where a thread that stands before it
/// has them.
package struct NumberComparison: Hashable, Sendable {
    package enum Operand: Hashable, Sendable {
        case number(UInt64)
        /// In encoding order: `rax`, `rcx`, `rdx`, `rbx`, `rsp`, `rbp`, `rsi`, `rdi`, `r8`…
        case register(Int)
        /// The sum of registers, one of them scaled, and a distance. Without a base the distance
        /// is an address of the file's own.
        case memory(base: Int?, index: Int?, scale: UInt64, distance: Int64)
    }

    /// By the file's program headers.
    package let address: UInt64
    /// Of the instruction's first byte, in the file.
    package let fileOffset: UInt64
    package let left: Operand
    package let right: Operand
    /// Of both operands, in bytes: 2, 4 or 8.
    package let width: Int

    package init(
        address: UInt64, fileOffset: UInt64, left: Operand, right: Operand, width: Int
    ) {
        self.address = address
        self.fileOffset = fileOffset
        self.left = left
        self.right = right
        self.width = width
    }

    /// What a thread compares; nil where its memory cannot be read.
    ///
    /// - Parameters:
    ///   - registers: Sixteen, in encoding order.
    ///   - displacement: What is to be added to the file's addresses.
    ///   - word: Reads eight bytes of the thread's memory.
    package func numbers(
        registers: [UInt64], displacement: UInt64, word: (UInt64) -> UInt64?
    ) -> (left: UInt64, right: UInt64)? {
        guard registers.count == 16,
            let left = value(of: left, registers, displacement, word),
            let right = value(of: right, registers, displacement, word)
        else { return nil }
        return (left, right)
    }

    private func value(
        of operand: Operand, _ registers: [UInt64], _ displacement: UInt64,
        _ word: (UInt64) -> UInt64?
    ) -> UInt64? {
        let whole: UInt64? =
            switch operand {
            case .number(let number): number
            case .register(let register): registers[register & 15]
            case .memory(let base, let index, let scale, let distance):
                word(
                    UInt64(bitPattern: distance)
                        &+ (base.map { registers[$0 & 15] } ?? displacement)
                        &+ (index.map { registers[$0 & 15] &* scale } ?? 0))
            }
        return whole.map { $0 & (UInt64.max >> UInt64(64 - width * 8)) }
    }
}
