/// The place of one `syscall` instruction: a module and the file offset of the instruction in it.
///
/// Both sides of Fathom speak of code this way: the tracer turns an instruction pointer into it
/// through the mappings of the moment, the extractor through the program headers.
package struct CallSite: Hashable, Comparable, Sendable, Codable {
    /// The path of the file that the code was mapped from, or `[vdso]`, or `[anonymous]`.
    package let module: String
    /// Offset of the `syscall` instruction's first byte in that file; for `[vdso]` in the image;
    /// zero for `[anonymous]`, where no address means the same twice.
    package let offset: UInt64

    package init(module: String, offset: UInt64) {
        self.module = module
        self.offset = offset
    }

    package static func < (left: CallSite, right: CallSite) -> Bool {
        (left.module, left.offset) < (right.module, right.offset)
    }
}

extension CallSite: CustomStringConvertible {
    package var description: String { "\(module)+0x\(String(offset, radix: 16))" }
}
