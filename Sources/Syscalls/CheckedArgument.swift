/// An argument by which a filter may tell apart what a call is asked for.
///
/// Only words that a program chooses from a few: a filter sees registers, so never what a pointer
/// points to, nor an address, a size or a descriptor.
package struct CheckedArgument: Hashable, Sendable {
    /// Which of the six argument registers holds it, from 0.
    package let index: Int
    /// The bits that the kernel looks at: 32 where it takes an `int`, all where a `long`.
    package let mask: UInt64

    /// What the kernel makes of the register.
    @inlinable
    package func value(of register: UInt64) -> UInt64 { register & mask }
}

extension SyscallNumber {
    /// Which arguments of the call are worth a rule, in order; empty for most calls.
    ///
    /// The widths are those of the kernel's definitions (`SYSCALL_DEFINE`, Linux 6.1); `clone` and
    /// `mmap` take a `long` of which only the lower half means anything.
    package var checkedArguments: [CheckedArgument] {
        guard rawValue < Self.checkedArgumentTable.count else { return [] }
        return Self.checkedArgumentTable[Int(rawValue)]
    }

    /// What a filter sees of a call's checked arguments.
    package func checkedValues(of arguments: InlineArray<6, UInt64>) -> [UInt64] {
        checkedArguments.map { $0.value(of: arguments[$0.index]) }
    }

    private static let checkedArgumentTable: [[CheckedArgument]] = {
        let word: UInt64 = 0xffff_ffff
        let rows: [(name: String, arguments: [(index: Int, mask: UInt64)])] = [
            ("socket", [(0, word), (1, word)]),
            ("socketpair", [(0, word), (1, word)]),
            ("ioctl", [(1, word)]),
            ("fcntl", [(1, word)]),
            ("prctl", [(0, word)]),
            ("mmap", [(2, word)]),
            ("mprotect", [(2, .max)]),
            ("pkey_mprotect", [(2, .max)]),
            ("clone", [(0, word)]),
        ]
        var table = [[CheckedArgument]](repeating: [], count: SyscallSet.capacity)
        for (name, arguments) in rows {
            guard let number = SyscallNumber(name: name) else { continue }
            table[Int(number.rawValue)] = arguments.map {
                CheckedArgument(index: $0.index, mask: $0.mask)
            }
        }
        return table
    }()
}
