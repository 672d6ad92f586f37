/// A system call of a file's code that can be led through other code, without the code around it
/// noticing: where a jump can be put, and what it has to do in place of what it is put over.
package struct CallWindow: Hashable, Sendable {
    /// Size of the jump that is put at ``start``.
    package static let jumpSize: UInt64 = 5

    /// File offset of the `syscall` instruction.
    package let call: UInt64
    /// File offset of the first byte that is written over.
    package let start: UInt64
    /// The instructions from there up to the call, which mean the same anywhere.
    package let before: [UInt8]
    /// Instructions behind the call that are to be executed elsewhere, too.
    package let after: [UInt8]

    package init(call: UInt64, start: UInt64, before: [UInt8], after: [UInt8]) {
        self.call = call
        self.start = start
        self.before = before
        self.after = after
    }

    /// File offset of the instruction that is executed next.
    package var end: UInt64 { call + 2 + UInt64(after.count) }
}
