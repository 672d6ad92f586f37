internal import CElf

/// A word that the loader fills in.
struct Relocation: Sendable {
    enum Kind: UInt8, Sendable {
        /// An address of the same file: ``Relocation/addend``.
        case relative
        /// The address of a symbol plus ``Relocation/addend``.
        case symbol
        /// What the resolver function at ``Relocation/addend`` returns.
        case indirect
        /// The contents of a library's variable, copied to the program.
        case copy
        /// A thread-local variable.
        case threadLocal
    }

    let address: UInt64
    let kind: Kind
    let symbol: UInt32
    let addend: UInt64
    /// How many bytes the linker made for this relocation alone, as in the global offset table;
    /// zero for a word that is part of the program's data.
    var slotSize: UInt64 = 0
}

extension ElfFile.Contents {
    /// All relocations sorted by address, those in compact form (RELR) expanded.
    func readRelocations(
        _ handle: borrowing ElfHandle, _ bytes: RawSpan, sections: [GElf_Shdr]
    ) -> [Relocation] {
        var tables: [(offset: UInt64, size: UInt64)] = []
        for (start, size) in [(DT_RELA, DT_RELASZ), (DT_JMPREL, DT_PLTRELSZ)] {
            guard let address = dynamic[start], let size = dynamic[size],
                let offset = fileOffset(of: address)
            else { continue }
            tables.append((offset, size))
        }
        if dynamic.isEmpty {
            // A static program relocates itself; only its section headers tell where.
            tables = sections.filter { $0.sh_type == SHT_RELA && $0.sh_flags & 2 != 0 }
                .map { ($0.sh_offset, $0.sh_size) }
        }
        var result: [Relocation] = []
        for table in tables {
            let rows = handle.relocations(
                at: table.offset, count: Int(clamping: table.size / 24))
            result += rows.compactMap { Self.relocation($0) }
            guard result.count <= Self.mostRelocations else { return result }
        }
        if let address = dynamic[DT_RELR], let size = dynamic[DT_RELRSZ] {
            result += expandCompact(bytes, at: address, size: size)
        }
        // The offset makes the order of rows for one address that of the file.
        return result.enumerated()
            .sorted { ($0.element.address, $0.offset) < ($1.element.address, $1.offset) }
            .map(\.element)
    }

    private static func relocation(_ row: GElf_Rela) -> Relocation? {
        let kind: Relocation.Kind
        var slotSize: UInt64 = 0
        switch Int32(truncatingIfNeeded: row.r_info & 0xffff_ffff) {
        case R_X86_64_RELATIVE: kind = .relative
        case R_X86_64_64: kind = .symbol
        case R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT:
            kind = .symbol
            slotSize = 8
        case R_X86_64_IRELATIVE: kind = .indirect
        case R_X86_64_COPY: kind = .copy
        case R_X86_64_TPOFF64, R_X86_64_DTPOFF64:
            kind = .threadLocal
            slotSize = 8
        case R_X86_64_DTPMOD64, R_X86_64_TLSDESC:
            // A module and an offset, or a function and its argument.
            kind = .threadLocal
            slotSize = 16
        default: return nil
        }
        return Relocation(
            address: row.r_offset, kind: kind, symbol: UInt32(truncatingIfNeeded: row.r_info >> 32),
            addend: UInt64(bitPattern: row.r_addend), slotSize: slotSize)
    }

    /// Expands `DT_RELR`: an even word is the address of one relocation and sets the position
    /// behind it; an odd word is a bit map of the 63 words from the position on.
    private func expandCompact(
        _ bytes: RawSpan, at address: UInt64, size: UInt64
    ) -> [Relocation] {
        var result: [Relocation] = []
        var position: UInt64 = 0
        func append(_ address: UInt64) {
            guard let offset = fileOffset(of: address),
                let addend = bytes.integer(at: offset, as: UInt64.self)
            else { return }
            result.append(Relocation(address: address, kind: .relative, symbol: 0, addend: addend))
        }
        guard let table = fileOffset(of: address) else { return [] }
        let count = min(size, UInt64(bytesAvailable(at: address))) / 8
        for index in 0..<count where result.count <= Self.mostRelocations {
            guard let word = bytes.integer(at: table + index * 8, as: UInt64.self) else { break }
            if word & 1 == 0 {
                append(word)
                position = word &+ 8
            } else {
                for bit in 0..<UInt64(63) where word >> (bit + 1) & 1 == 1 {
                    append(position &+ bit &* 8)
                }
                position = position &+ 63 * 8
            }
        }
        return result
    }
}

extension ElfFile {
    /// The relocations of the words that start in a range of addresses.
    func relocations(in range: Range<UInt64>) -> ArraySlice<Relocation> {
        let all = contents.relocations
        let start = all.partitionPoint { $0.address >= range.lowerBound }
        var end = start
        while end < all.count, all[end].address < range.upperBound { end += 1 }
        return all[start..<end]
    }
}
