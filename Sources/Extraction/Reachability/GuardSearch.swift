internal import CZydis
internal import Syscalls

/// Finds what decides whether an instruction is reached, by reading the function around it.
///
/// Only jumps near the instruction are told: those that lead past it from the code it stands in,
/// and, where that code begins behind an unconditional jump, one that leads there.
struct GuardSearch {
    /// Of more the nearest are told.
    private static let mostGuards = 2
    /// Functions that are longer are not read as a whole.
    private static let mostCode: UInt64 = 1 << 16
    /// How many instructions before a jump its comparison may stand.
    private static let comparisonReach = 6

    private struct Instruction {
        var address: UInt64
        var kind: Kind
        /// Of a direct jump.
        var target: UInt64?
        var compares: Bool
    }

    private enum Kind { case ordinary, conditional, leaving }

    private let file: ElfFile
    private var instructions: [Instruction] = []

    /// Reads code of a file from its first address on; none that is not in the file.
    init(_ range: Range<UInt64>, of file: ElfFile) {
        self.file = file
        guard range.count <= Self.mostCode, let offset = file.fileOffset(of: range.lowerBound)
        else { return }
        var found: [Instruction] = []
        file.withBytes { bytes in
            let end = min(Int(clamping: offset) + range.count, bytes.byteCount)
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe Self.decode(
                    UnsafeRawBufferPointer(rebasing: buffer[min(Int(clamping: offset), end)..<end]),
                    at: range.lowerBound, into: &found)
            }
        }
        instructions = found
    }

    private static func decode(
        _ code: UnsafeRawBufferPointer, at start: UInt64, into found: inout [Instruction]
    ) {
        var decoder = ZydisDecoder()
        var instruction = unsafe ZydisDecodedInstruction()
        guard let base = code.baseAddress else { return }
        unsafe ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)
        var position = 0
        while position < code.count {
            let status = unsafe ZydisDecoderDecodeInstruction(
                &decoder, nil, base.advanced(by: position), code.count - position, &instruction)
            guard status & 0x8000_0000 == 0 else { return }
            let address = start &+ UInt64(position)
            let length = unsafe UInt64(instruction.length)
            let kind: Kind =
                switch unsafe instruction.meta.category {
                case ZYDIS_CATEGORY_COND_BR: .conditional
                case ZYDIS_CATEGORY_UNCOND_BR, ZYDIS_CATEGORY_RET: .leaving
                default: .ordinary
                }
            var target: UInt64?
            if kind != .ordinary, unsafe instruction.raw.imm.0.is_relative != 0 {
                target =
                    unsafe address &+ length
                    &+ UInt64(bitPattern: instruction.raw.imm.0.value.s)
            }
            let compares =
                unsafe instruction.mnemonic == ZYDIS_MNEMONIC_CMP
                || instruction.mnemonic == ZYDIS_MNEMONIC_TEST
            found.append(
                Instruction(address: address, kind: kind, target: target, compares: compares))
            position += Int(length)
        }
    }

    /// The jumps that decide whether the instruction at an address is reached, in the order of the
    /// code.
    func guards(of address: UInt64) -> [StaticSet.Guard] {
        guard let place = instructions.firstIndex(where: { $0.address == address }) else {
            return []
        }
        var found: [(index: Int, isTaken: Bool)] = []
        var start = place
        while start > 0, instructions[start - 1].kind != .leaving {
            start -= 1
            if instructions[start].kind == .conditional,
                let target = instructions[start].target, target > address
            {
                found.append((start, false))
            }
        }
        if start > 0 {
            let entries = instructions[start].address...address
            let index = instructions.indices.last {
                ($0 < start || $0 > place) && instructions[$0].kind == .conditional
                    && instructions[$0].target.map(entries.contains) == true
            }
            if let index { found.append((index, true)) }
        }
        return found.prefix(Self.mostGuards).sorted { $0.index < $1.index }.compactMap {
            guarding($0.index, isTaken: $0.isTaken)
        }
    }

    private func guarding(_ index: Int, isTaken: Bool) -> StaticSet.Guard? {
        let jump = instructions[index].address
        guard let offset = file.fileOffset(of: jump), let text = text(at: jump) else { return nil }
        let comparison = instructions[..<index].suffix(Self.comparisonReach).last { $0.compares }
        return StaticSet.Guard(
            site: CallSite(module: file.path, offset: offset),
            comparison: comparison.flatMap { self.text(at: $0.address) }, jump: text,
            isTaken: isTaken)
    }

    /// The instruction as an assembler writes it; nil for what is none.
    private func text(at address: UInt64) -> String? {
        guard let offset = file.fileOffset(of: address) else { return nil }
        return file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer -> String? in
                var instruction = unsafe ZydisDisassembledInstruction()
                guard offset < buffer.count, let base = buffer.baseAddress else { return nil }
                let status = unsafe ZydisDisassembleIntel(
                    ZYDIS_MACHINE_MODE_LONG_64, address, base.advanced(by: Int(offset)),
                    buffer.count - Int(offset), &instruction)
                guard status & 0x8000_0000 == 0 else { return nil }
                return unsafe withUnsafeBytes(of: &instruction.text) {
                    unsafe Self.withoutPadding($0.prefix { $0 != 0 })
                }
            }
        }
    }

    /// Addresses come with as many zeros as fit.
    private static func withoutPadding(_ text: some Collection<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in text {
            if result.suffix(3).elementsEqual("0x0".utf8), byte != UInt8(ascii: "]") {
                result.removeLast()
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
