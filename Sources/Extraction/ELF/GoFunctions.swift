/// Functions of Go, which has a table of its own instead of call frames (`runtime.pclntab`).
extension ElfFile.Contents {
    /// The ranges of the table's functions, sorted; none where there is no table of Go 1.18 or
    /// newer, or a damaged one.
    func readGoFunctions(_ bytes: RawSpan) -> [CallFrame] {
        guard isGo, let table = goTable(bytes) else { return [] }
        let start = table.offset
        guard let count: UInt64 = bytes.integer(at: start + 8), count <= Self.mostFrames,
            let rowsOffset: UInt64 = bytes.integer(at: start + 64),
            rowsOffset < UInt64(bytes.byteCount), let text = textStart(bytes, table)
        else { return [] }
        let rows = start + Int(rowsOffset)
        var result: [CallFrame] = []
        for row in 0..<Int(count) {
            // A distance from the start of the text, and one into the table; the last row ends
            // the last function.
            guard let first: UInt32 = bytes.integer(at: rows + row * 8),
                let next: UInt32 = bytes.integer(at: rows + row * 8 + 8), first < next
            else { continue }
            let (end, overflow) = text.addingReportingOverflow(UInt64(next))
            guard !overflow, codeRanges.containing(text + UInt64(first)) != nil else { continue }
            result.append(
                CallFrame(
                    range: text + UInt64(first)..<end, personality: nil,
                    personalityIsIndirect: false))
        }
        return result
    }

    /// Whether an address lies behind the start of a function of Go. Its compiler forms addresses
    /// of functions, never of places in them: such a constant is a number.
    func isWithinGoFunction(_ address: UInt64) -> Bool {
        guard isGo else { return false }
        let index = frames.partitionPoint { $0.range.lowerBound > address } - 1
        return index >= 0 && frames[index].range.contains(address)
            && frames[index].range.lowerBound != address
    }

    /// Looks for the header: a magic number, two zeros, the unit of code and the size of words.
    private func goTable(_ bytes: RawSpan) -> (offset: Int, address: UInt64)? {
        for segment in segments {
            var distance: UInt64 = 0
            while distance + 72 <= segment.fileSize {
                let offset = Int(segment.fileOffset + distance)
                let magic: UInt64? = bytes.integer(at: offset)
                if magic == 0x0801_0000_ffff_fff1 || magic == 0x0801_0000_ffff_fff0 {
                    return (offset, segment.addresses.lowerBound + distance)
                }
                distance += 8
            }
        }
        return nil
    }

    /// Where the distances count from: a word of the header, or what the loader puts there.
    private func textStart(
        _ bytes: RawSpan, _ table: (offset: Int, address: UInt64)
    ) -> UInt64? {
        let place = table.address + 24
        let index = relocations.partitionPoint { $0.address >= place }
        if index < relocations.count, relocations[index].address == place {
            return relocations[index].addend
        }
        let word: UInt64? = bytes.integer(at: table.offset + 24)
        return word == 0 ? nil : word
    }
}
