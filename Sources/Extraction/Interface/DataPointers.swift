/// The words of a file's data that hold addresses of the same file, sorted by where they stand.
///
/// In a file that is loaded anywhere these are the relocated words; in one for a fixed address
/// every aligned word that could be one.
struct DataPointers: Sendable {
    private(set) var addresses: [UInt64] = []
    private(set) var targets: [UInt64] = []

    /// Words of fixed data beyond are not looked at: 64 MiB.
    private static let mostWords = 8 << 20

    init(of file: ElfFile) {
        if file.contents.isFixed { scan(file) }
        for relocation in file.contents.relocations where relocation.slotSize == 0 {
            switch relocation.kind {
            case .relative: append(relocation.address, relocation.addend)
            case .symbol:
                let symbols = file.contents.symbols.symbols
                guard Int(relocation.symbol) < symbols.count else { continue }
                let symbol = symbols[Int(relocation.symbol)]
                if symbol.isDefined {
                    append(relocation.address, symbol.value &+ relocation.addend)
                }
            default: break
            }
        }
    }

    /// Keeps the order; a second word at one address is left out.
    private mutating func append(_ address: UInt64, _ target: UInt64) {
        guard addresses.last.map({ $0 < address }) ?? true else { return }
        addresses.append(address)
        targets.append(target)
    }

    private mutating func scan(_ file: ElfFile) {
        let segments = file.contents.segments
        guard let low = segments.map(\.addresses.lowerBound).min(),
            let high = segments.map(\.addresses.upperBound).max()
        else { return }
        var left = Self.mostWords
        for segment in segments.sorted(by: { $0.addresses.lowerBound < $1.addresses.lowerBound }) {
            let start = (segment.addresses.lowerBound + 7) & ~7
            let skipped = start - segment.addresses.lowerBound
            guard segment.fileSize > skipped + 8 else { continue }
            let count = min(left, Int(clamping: (segment.fileSize - skipped) / 8))
            left -= count
            file.withBytes { bytes in
                for index in 0..<UInt64(count) {
                    guard
                        let word: UInt64 = bytes.integer(
                            at: segment.fileOffset &+ skipped &+ index * 8)
                    else { break }
                    if word >= low, word < high { append(start &+ index * 8, word) }
                }
            }
        }
    }

    /// The first index whose address is not below the given one.
    func index(from address: UInt64) -> Int {
        addresses.partitionPoint { $0 >= address }
    }

    /// Where the word at the address points to; nil when it is no pointer.
    func target(at address: UInt64) -> UInt64? {
        let index = index(from: address)
        return index < addresses.count && addresses[index] == address ? targets[index] : nil
    }
}
