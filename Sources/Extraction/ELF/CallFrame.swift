internal import CElf

/// A range of code that the call-frame table describes: nearly always one function, or the part
/// of one that the compiler placed apart.
struct CallFrame: Sendable {
    let range: Range<UInt64>
    /// The routine that the unwinder calls when an exception passes through: the address of a
    /// pointer to it when ``personalityIsIndirect``.
    let personality: UInt64?
    let personalityIsIndirect: Bool
}

extension ElfFile.Contents {
    /// The ranges of `.eh_frame`, sorted by start; damaged entries are left out.
    func readCallFrames(
        _ bytes: RawSpan, programHeaders: [GElf_Phdr],
        sections: [(name: String, header: GElf_Shdr)]
    ) -> [CallFrame] {
        guard
            let address = frameTable(bytes, programHeaders)
                ?? sections.first(where: { $0.name == ".eh_frame" })?.header.sh_addr,
            let start = fileOffset(of: address)
        else { return [] }
        let table = FrameTable(
            start: Int(start), size: bytesAvailable(at: address), address: address)
        return table.frames(bytes).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The address of the table, from the index that a program header points at.
    private func frameTable(_ bytes: RawSpan, _ programHeaders: [GElf_Phdr]) -> UInt64? {
        guard let index = programHeaders.first(where: { $0.p_type == PT_GNU_EH_FRAME }),
            bytes.integer(at: index.p_offset, as: UInt8.self) == 1,
            let encoding: UInt8 = bytes.integer(at: index.p_offset &+ 1)
        else { return nil }
        return EncodedPointer(encoding).read(
            bytes, at: Int(clamping: index.p_offset &+ 4), address: index.p_vaddr &+ 4)?.value
    }
}

/// A pointer in one of the formats of exception tables (`DW_EH_PE_…`).
private struct EncodedPointer {
    let encoding: UInt8

    init(_ encoding: UInt8) { self.encoding = encoding }

    var isIndirect: Bool { encoding & 0x80 != 0 }

    /// The same format for a length, which is relative to nothing.
    var asLength: EncodedPointer { EncodedPointer(encoding & 0x0f) }

    /// The value, relative to its own address where the encoding says so, and its size.
    func read(_ bytes: RawSpan, at offset: Int, address: UInt64) -> (value: UInt64, size: Int)? {
        let raw: UInt64?
        let size: Int
        switch encoding & 0x0f {
        case 0x00, 0x04, 0x0c:
            raw = bytes.integer(at: offset)
            size = 8
        case 0x03:
            raw = bytes.integer(at: offset, as: UInt32.self).map { UInt64($0) }
            size = 4
        case 0x0b:
            raw = bytes.integer(at: offset, as: Int32.self)
                .map { UInt64(bitPattern: Int64($0)) }
            size = 4
        default: return nil
        }
        guard let raw else { return nil }
        switch encoding & 0x70 {
        case 0x00: return (raw, size)
        case 0x10: return (raw &+ address, size)
        default: return nil
        }
    }
}

/// One call-frame table. libdw would read it through section headers or with raw pointers; the
/// few fields that matter here are read in place.
private struct FrameTable {
    /// What the frames of one common entry share.
    private struct Common {
        var pointer = EncodedPointer(0)
        var personality: UInt64?
        var personalityIsIndirect = false
    }

    /// Offset in the file.
    let start: Int
    let size: Int
    let address: UInt64

    private func address(of offset: Int) -> UInt64 { address &+ UInt64(offset - start) }

    /// Every entry is a length, an identifier that is zero for a common entry and the distance
    /// back to the common entry for a frame, and a body. A length of zero ends the table.
    func frames(_ bytes: RawSpan) -> [CallFrame] {
        var result: [CallFrame] = []
        var commons: [Int: Common] = [:]
        var offset = start
        while offset < start + size, result.count <= ElfFile.Contents.mostFrames,
            let length: UInt32 = bytes.integer(at: offset), length != 0
        {
            var body = offset + 4
            var end = body + Int(length)
            if length == .max {
                guard let long: UInt64 = bytes.integer(at: body), long < 1 << 32 else { break }
                body += 8
                end = body + Int(long)
            }
            guard end <= start + size, let identifier: UInt32 = bytes.integer(at: body) else {
                break
            }
            if identifier == 0 {
                commons[offset] = readCommon(bytes, at: body + 4)
            } else if let common = commons[body - Int(identifier)],
                let frame = readFrame(bytes, at: body + 4, common)
            {
                result.append(frame)
            }
            offset = end
        }
        return result
    }

    /// Reads the letters of the augmentation string that the frames depend on.
    private func readCommon(_ bytes: RawSpan, at body: Int) -> Common? {
        guard let version: UInt8 = bytes.integer(at: body), version == 1 || version == 3,
            let letters = bytes.string(at: body + 1, limit: 16)
        else { return nil }
        var position = body + 2 + letters.utf8.count
        // Code alignment, data alignment, return address column.
        for _ in 0..<3 { skipVariableLength(bytes, &position) }
        var result = Common()
        for letter in letters {
            switch letter {
            case "z": skipVariableLength(bytes, &position)
            case "S", "B": continue
            case "R":
                result.pointer = EncodedPointer(bytes.integer(at: position) ?? 0)
                position += 1
            case "L": position += 1
            case "P":
                let encoding = EncodedPointer(bytes.integer(at: position) ?? 0)
                let target = encoding.read(
                    bytes, at: position + 1, address: address(of: position + 1))
                result.personality = target?.value
                result.personalityIsIndirect = encoding.isIndirect
                position += 1 + (target?.size ?? 0)
            default: return nil
            }
        }
        return result
    }

    /// Moves behind a LEB128 number.
    private func skipVariableLength(_ bytes: RawSpan, _ position: inout Int) {
        while let byte: UInt8 = bytes.integer(at: position) {
            position += 1
            if byte & 0x80 == 0 { return }
        }
    }

    private func readFrame(_ bytes: RawSpan, at body: Int, _ common: Common) -> CallFrame? {
        guard let first = common.pointer.read(bytes, at: body, address: address(of: body)),
            let length = common.pointer.asLength.read(bytes, at: body + first.size, address: 0)
        else { return nil }
        // The length is unsigned in the same width.
        let size = first.size == 4 ? length.value & 0xffff_ffff : length.value
        let (end, overflow) = first.value.addingReportingOverflow(size)
        guard !overflow, size > 0 else { return nil }
        return CallFrame(
            range: first.value..<end, personality: common.personality,
            personalityIsIndirect: common.personalityIsIndirect)
    }
}
