/// A set of addresses in a few ranges, one bit for each.
struct AddressSet {
    private let ranges: [Range<UInt64>]
    private var words: [[UInt64]]

    init(_ ranges: [Range<UInt64>]) {
        self.ranges = ranges
        words = ranges.map { Array(repeating: 0, count: $0.count / 64 + 1) }
    }

    /// Adds an address; those outside the ranges are left out.
    mutating func insert(_ address: UInt64) {
        guard let index = ranges.firstIndex(where: { $0.contains(address) }) else { return }
        let bit = address - ranges[index].lowerBound
        words[index][Int(bit >> 6)] |= 1 << (bit & 63)
    }

    func contains(_ address: UInt64) -> Bool {
        guard let index = ranges.firstIndex(where: { $0.contains(address) }) else { return false }
        let bit = address - ranges[index].lowerBound
        return words[index][Int(bit >> 6)] & (1 << (bit & 63)) != 0
    }
}
