internal import CZydis

/// The numbers that a program's code compares data with and that look like parts of an input:
/// magic numbers of file formats, and short strings whose comparison the compiler has made one of
/// numbers.
package enum ComparedConstants {
    /// More are not collected.
    package static let capacity = 512
    /// Code beyond is not read.
    private static let codeLimit = 16 << 20

    /// The constants of a file as the bytes that lie in memory, text first, each once, in the
    /// order of the code.
    package static func read(_ path: String) throws(ExtractionError) -> [[UInt8]] {
        let file = try ElfFile.read(path)
        var collector = Collector()
        file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe collector.collect(file.contents, $0) }
        }
        return Array((collector.texts + collector.others).prefix(capacity))
    }

    private struct Collector {
        var texts: [[UInt8]] = []
        var others: [[UInt8]] = []
        private var seen: Set<[UInt8]> = []

        mutating func collect(_ contents: ElfFile.Contents, _ file: UnsafeRawBufferPointer) {
            var decoder = ZydisDecoder()
            var instruction = unsafe ZydisDecodedInstruction()
            guard let base = file.baseAddress else { return }
            unsafe ZydisDecoderInit(
                &decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)
            var rest = ComparedConstants.codeLimit
            for range in contents.codeRanges {
                guard let start = contents.fileOffset(of: range.lowerBound) else { continue }
                let end = min(
                    Int(start) + min(Int(range.upperBound - range.lowerBound), rest), file.count)
                var position = Int(start)
                rest -= max(0, end - position)
                while position < end, seen.count < ComparedConstants.capacity * 4 {
                    let status = unsafe ZydisDecoderDecodeInstruction(
                        &decoder, nil, base.advanced(by: position), end - position, &instruction)
                    guard status & 0x8000_0000 == 0 else {
                        position += 1
                        continue
                    }
                    unsafe note(instruction)
                    unsafe position += Int(instruction.length)
                }
            }
        }

        private mutating func note(_ instruction: ZydisDecodedInstruction) {
            let size = unsafe Int(instruction.raw.imm.0.size) / 8
            guard size >= 4, unsafe instruction.raw.imm.0.is_relative == 0 else { return }
            switch unsafe instruction.mnemonic {
            // Compilers compare by subtraction and by exclusive or as well; a number of eight
            // bytes is first moved to a register.
            case ZYDIS_MNEMONIC_CMP, ZYDIS_MNEMONIC_XOR, ZYDIS_MNEMONIC_SUB: break
            case ZYDIS_MNEMONIC_MOV where size == 8: break
            default: return
            }
            let value = unsafe instruction.raw.imm.0.value.u
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
            // Counts, bounds and masks are full of these.
            let telling = bytes.count { $0 != 0 && $0 != 0xff }
            guard telling * 4 >= size * 3, Set(bytes).count > 2, seen.insert(bytes).inserted else {
                return
            }
            let isText = bytes.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x0a }
            if isText { texts.append(bytes) } else { others.append(bytes) }
        }
    }
}
