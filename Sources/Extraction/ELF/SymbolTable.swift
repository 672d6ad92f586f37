internal import CElf

/// A symbol that takes part in linking at run time, or that only names an address.
struct Symbol: Sendable {
    enum Kind: UInt8, Sendable {
        case function
        /// A function that returns the address of the one to use.
        case indirectFunction
        case object
        case threadLocal
        case other
    }

    let name: String
    let value: UInt64
    let size: UInt64
    let kind: Kind
    let isDefined: Bool
    /// Whether other files can bind to it.
    let isExported: Bool
    /// The version it has or asks for, nil for none.
    let version: String?
    /// Whether it answers to its name without a version.
    let isDefaultVersion: Bool

    var isFunction: Bool { kind == .function || kind == .indirectFunction }
}

/// The dynamic symbols of a file, and the names that its full symbol table adds where it is left.
struct SymbolTable: Sendable {
    private(set) var symbols: [Symbol] = []
    /// Indices of the defined, exported symbols of a name.
    private(set) var exported: [String: [Int]] = [:]
    /// Functions and objects of the full symbol table; used for names only, so that a stripped
    /// file gives the same set.
    private(set) var names: [UInt64: String] = [:]
    /// How many bytes the names of the dynamic symbols have together. Symbols share the ends of
    /// names, never whole tables.
    private(set) var nameSize = 0

    /// Files with more are refused.
    static let mostSymbols = 1 << 20

    init() {}

    init(
        _ handle: borrowing ElfHandle, _ bytes: RawSpan, contents: ElfFile.Contents,
        sections: [GElf_Shdr]
    ) {
        readDynamic(handle, bytes, contents)
        for (index, symbol) in symbols.enumerated() where symbol.isDefined && symbol.isExported {
            exported[symbol.name, default: []].append(index)
            if symbol.isFunction { name(symbol.value, symbol.name) }
        }
        readFull(handle, bytes, sections)
    }

    /// Of several names for one address, the first in alphabetical order with the fewest
    /// underscores at its front is kept.
    private mutating func name(_ address: UInt64, _ name: String) {
        func rank(_ name: String) -> (Int, String) { (name.prefix { $0 == "_" }.count, name) }
        if let old = names[address], rank(old) <= rank(name) { return }
        names[address] = name
    }

    private mutating func readFull(
        _ handle: borrowing ElfHandle, _ bytes: RawSpan, _ sections: [GElf_Shdr]
    ) {
        guard let table = sections.first(where: { $0.sh_type == SHT_SYMTAB }),
            table.sh_link > 0, Int(table.sh_link) <= sections.count
        else { return }
        // The list leaves out the first section header, which describes nothing.
        let strings = sections[Int(table.sh_link) - 1].sh_offset
        let rows = handle.symbols(
            at: table.sh_offset, count: min(Self.mostSymbols, Int(clamping: table.sh_size / 24)))
        var size = 0
        for row in rows where row.st_shndx != 0 && [2, 10].contains(row.st_info & 15) {
            let (offset, overflow) = strings.addingReportingOverflow(UInt64(row.st_name))
            guard !overflow, let text = bytes.string(at: Int(clamping: offset)), !text.isEmpty
            else { continue }
            size += text.utf8.count
            guard size <= 8 * bytes.byteCount else { return }
            name(row.st_value, text)
        }
    }

    private mutating func readDynamic(
        _ handle: borrowing ElfHandle, _ bytes: RawSpan, _ contents: ElfFile.Contents
    ) {
        guard let address = contents.dynamic[DT_SYMTAB],
            let table = contents.fileOffset(of: address),
            let stringAddress = contents.dynamic[DT_STRTAB],
            let strings = contents.fileOffset(of: stringAddress)
        else { return }
        // The hash table tells how many symbols there are, except for imports that follow no
        // export; those are found through the relocations that need them.
        let referenced = contents.relocations.map { Int($0.symbol) + 1 }.max() ?? 0
        let count = max(referenced, Self.hashedCount(contents, bytes))
        let versions = SymbolVersions(contents, bytes)
        let rows = handle.symbols(
            at: table,
            count: min(count, contents.bytesAvailable(at: address) / 24, Self.mostSymbols + 1))
        symbols.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() where nameSize <= 8 * bytes.byteCount {
            let version = versions.version(ofSymbol: index)
            let (offset, overflow) = strings.addingReportingOverflow(UInt64(row.st_name))
            let visibility = row.st_other & 3
            let name = overflow ? "" : bytes.string(at: Int(clamping: offset)) ?? ""
            nameSize += name.utf8.count
            symbols.append(
                Symbol(
                    name: name, value: row.st_value, size: row.st_size,
                    kind: Self.kind(row.st_info & 15),
                    isDefined: row.st_shndx != 0,
                    isExported: row.st_info >> 4 != 0 && (visibility == 0 || visibility == 3),
                    version: version.name, isDefaultVersion: !version.isHidden))
        }
    }

    private static func kind(_ type: UInt8) -> Symbol.Kind {
        switch Int32(type) {
        case STT_FUNC: .function
        case STT_GNU_IFUNC: .indirectFunction
        case STT_OBJECT, STT_COMMON: .object
        case STT_TLS: .threadLocal
        default: .other
        }
    }

    /// The number of symbols that a hash table of either format accounts for.
    private static func hashedCount(_ contents: ElfFile.Contents, _ bytes: RawSpan) -> Int {
        if let address = contents.dynamic[DT_HASH], let offset = contents.fileOffset(of: address),
            let chains: UInt32 = bytes.integer(at: offset + 4)
        {
            return Int(chains)
        }
        guard let address = contents.dynamic[DT_GNU_HASH],
            let offset = contents.fileOffset(of: address).map({ Int($0) }),
            let buckets: UInt32 = bytes.integer(at: offset),
            let first: UInt32 = bytes.integer(at: offset + 4),
            let bloom: UInt32 = bytes.integer(at: offset + 8)
        else { return 0 }
        let bucketTable = offset + 16 + Int(bloom) * 8
        var last = 0
        for bucket in 0..<Int(buckets) {
            guard let head: UInt32 = bytes.integer(at: bucketTable + bucket * 4) else { break }
            last = max(last, Int(head))
        }
        guard last >= Int(first) else { return Int(first) }
        let chainTable = bucketTable + Int(buckets) * 4
        // The lowest bit of a hash ends its chain.
        while let hash: UInt32 = bytes.integer(at: chainTable + (last - Int(first)) * 4) {
            last += 1
            if hash & 1 == 1 { break }
        }
        return last
    }
}
