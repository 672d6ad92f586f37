/// A set of addresses in a few ranges that finds neighbours: a tree of words, in which every bit
/// tells whether the 64 bits below it hold any.
struct OrderedAddresses {
    private let ranges: [Range<UInt64>]
    /// For each range the levels of its tree, the addresses themselves first.
    private var trees: [[[UInt64]]]

    init(_ ranges: [Range<UInt64>]) {
        self.ranges = ranges
        trees = ranges.map { range in
            var levels: [[UInt64]] = []
            var count = range.count
            repeat {
                count = count / 64 + 1
                levels.append(Array(repeating: 0, count: count))
            } while count > 1
            return levels
        }
    }

    /// Adds an address; those outside the ranges are left out.
    mutating func insert(_ address: UInt64) {
        guard let tree = ranges.firstIndex(where: { $0.contains(address) }) else { return }
        var bit = Int(address - ranges[tree].lowerBound)
        for level in trees[tree].indices {
            trees[tree][level][bit >> 6] |= 1 << UInt64(bit & 63)
            bit >>= 6
        }
    }

    /// The lowest member above an address in the same range.
    func next(above address: UInt64) -> UInt64? {
        guard let tree = ranges.firstIndex(where: { $0.contains(address) }) else { return nil }
        let levels = trees[tree]
        var bit = Int(address - ranges[tree].lowerBound) + 1
        for level in levels.indices {
            let word = bit >> 6
            if word < levels[level].count {
                let rest = levels[level][word] & (.max << UInt64(bit & 63))
                if rest != 0 {
                    return ranges[tree].lowerBound
                        + UInt64(lowest((word << 6) + rest.trailingZeroBitCount, level, levels))
                }
            }
            bit = word + 1
        }
        return nil
    }

    /// The highest member at an address or below it in the same range.
    func last(upTo address: UInt64) -> UInt64? {
        guard let tree = ranges.firstIndex(where: { $0.contains(address) }) else { return nil }
        let levels = trees[tree]
        var bit = Int(address - ranges[tree].lowerBound)
        for level in levels.indices {
            let rest = levels[level][bit >> 6] & (.max >> UInt64(63 - (bit & 63)))
            if rest != 0 {
                let found = (bit & ~63) + 63 - rest.leadingZeroBitCount
                return ranges[tree].lowerBound + UInt64(highest(found, level, levels))
            }
            bit = (bit >> 6) - 1
            if bit < 0 { return nil }
        }
        return nil
    }

    private func lowest(_ bit: Int, _ level: Int, _ levels: [[UInt64]]) -> Int {
        (0..<level).reversed().reduce(bit) { bit, level in
            (bit << 6) + levels[level][bit].trailingZeroBitCount
        }
    }

    private func highest(_ bit: Int, _ level: Int, _ levels: [[UInt64]]) -> Int {
        (0..<level).reversed().reduce(bit) { bit, level in
            (bit << 6) + 63 - levels[level][bit].leadingZeroBitCount
        }
    }
}
