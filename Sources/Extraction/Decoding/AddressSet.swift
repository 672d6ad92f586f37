/// A set of addresses in a few ranges, one bit for each.
struct AddressSet {
    private let ranges: [Range<UInt64>]
    /// None while the set is empty: many sets stay so.
    private var words: [[UInt64]] = []

    init(_ ranges: [Range<UInt64>]) { self.ranges = ranges }

    /// Adds an address; those outside the ranges are left out. Returns whether it is new.
    @discardableResult mutating func insert(_ address: UInt64) -> Bool {
        guard let index = ranges.firstIndex(where: { $0.contains(address) }) else { return false }
        let bit = address - ranges[index].lowerBound
        let mask: UInt64 = 1 << (bit & 63)
        if words.isEmpty {
            words = ranges.map { Array(repeating: 0, count: $0.count / 64 + 1) }
        }
        let isNew = words[index][Int(bit >> 6)] & mask == 0
        words[index][Int(bit >> 6)] |= mask
        return isNew
    }

    /// Adds the members of a set of the same ranges.
    mutating func formUnion(_ other: AddressSet) {
        if words.isEmpty { words = other.words }
        for (index, others) in zip(words.indices, other.words) {
            for word in 0..<min(words[index].count, others.count) {
                words[index][word] |= others[word]
            }
        }
    }

    func contains(_ address: UInt64) -> Bool {
        guard !words.isEmpty, let index = ranges.firstIndex(where: { $0.contains(address) }) else {
            return false
        }
        let bit = address - ranges[index].lowerBound
        return words[index][Int(bit >> 6)] & (1 << (bit & 63)) != 0
    }
}
