/// Words that a program refers to within longer strings.
///
/// Linkers keep one copy of strings that end alike (`SHF_MERGE` of elf(5)): a program that has
/// both `undivert` and `divert` holds the first alone, and points into it.
struct StringTails {
    /// In the order in which they were met.
    private(set) var words: [[UInt8]] = []

    private var known: Set<UInt64> = []

    private static let mostTails = 1_024
    private static let mostKnown = 1 << 18
    /// Shorter ones are mostly data that happens to be read as an address.
    private static let lengths = 3...32

    /// Looks at what an address of the file's data leads to.
    mutating func note(_ target: UInt64, in file: ElfFile) {
        guard words.count < Self.mostTails, known.count < Self.mostKnown, target > 0,
            let before = file.fileOffset(of: target - 1),
            let byte: UInt8 = file.withBytes({ $0.integer(at: before) }), Self.isWordByte(byte),
            known.insert(target).inserted,
            let text = file.printableBytes(at: target, limit: Self.lengths.upperBound + 1),
            Self.lengths.contains(text.count), text.allSatisfy(Self.isWordByte)
        else { return }
        words.append(text)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
