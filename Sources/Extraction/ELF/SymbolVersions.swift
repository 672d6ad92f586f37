internal import CElf

/// The version names of a file's dynamic symbols (`DT_VERSYM`, `DT_VERDEF`, `DT_VERNEED`).
struct SymbolVersions {
    private var indices: [UInt16] = []
    private var names: [UInt16: String] = [:]

    init(_ contents: ElfFile.Contents, _ bytes: RawSpan) {
        guard let table = contents.dynamic[DT_VERSYM] else { return }
        var address = table
        // One for each symbol; reading on behind the last does no harm, its rows go unused.
        while indices.count < 1 << 20, let offset = contents.fileOffset(of: address),
            let index: UInt16 = bytes.integer(at: offset)
        {
            indices.append(index)
            address &+= 2
        }
        readDefinitions(contents, bytes)
        readNeeds(contents, bytes)
    }

    /// Index 0 is a local symbol, 1 one without a version; the top bit hides all but the default.
    func version(ofSymbol symbol: Int) -> (name: String?, isHidden: Bool) {
        guard symbol < indices.count else { return (nil, false) }
        let index = indices[symbol]
        return (names[index & 0x7fff], index & 0x8000 != 0)
    }

    private func string(
        _ offset: UInt32, _ contents: ElfFile.Contents, _ bytes: RawSpan
    ) -> String? {
        guard let table = contents.dynamic[DT_STRTAB], let start = contents.fileOffset(of: table)
        else { return nil }
        return bytes.string(at: Int(clamping: start &+ UInt64(offset)))
    }

    private mutating func readDefinitions(_ contents: ElfFile.Contents, _ bytes: RawSpan) {
        guard let address = contents.dynamic[DT_VERDEF],
            var offset = contents.fileOffset(of: address).map({ Int($0) })
        else { return }
        for _ in 0..<min(contents.dynamic[DT_VERDEFNUM] ?? 0, 1 << 16) {
            guard let flags: UInt16 = bytes.integer(at: offset + 2),
                let index: UInt16 = bytes.integer(at: offset + 4),
                let auxiliary: UInt32 = bytes.integer(at: offset + 12),
                let next: UInt32 = bytes.integer(at: offset + 16),
                let name: UInt32 = bytes.integer(at: offset + Int(auxiliary))
            else { return }
            // The first names the file itself, no version.
            if flags & 1 == 0 { names[index & 0x7fff] = string(name, contents, bytes) }
            if next == 0 { return }
            offset += Int(next)
        }
    }

    private mutating func readNeeds(_ contents: ElfFile.Contents, _ bytes: RawSpan) {
        guard let address = contents.dynamic[DT_VERNEED],
            var offset = contents.fileOffset(of: address).map({ Int($0) })
        else { return }
        // Each of up to 2^15 versions is needed once.
        var rowsLeft = 1 << 16
        for _ in 0..<min(contents.dynamic[DT_VERNEEDNUM] ?? 0, 1 << 16) {
            guard let count: UInt16 = bytes.integer(at: offset + 2),
                let auxiliary: UInt32 = bytes.integer(at: offset + 8),
                let next: UInt32 = bytes.integer(at: offset + 12)
            else { return }
            var row = offset + Int(auxiliary)
            for _ in 0..<count {
                rowsLeft -= 1
                guard rowsLeft > 0, let index: UInt16 = bytes.integer(at: row + 6),
                    let name: UInt32 = bytes.integer(at: row + 8),
                    let following: UInt32 = bytes.integer(at: row + 12)
                else { return }
                names[index & 0x7fff] = string(name, contents, bytes)
                if following == 0 { break }
                row += Int(following)
            }
            if next == 0 { return }
            offset += Int(next)
        }
    }
}
