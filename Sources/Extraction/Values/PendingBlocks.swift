/// The blocks of a function that states have yet to be propagated through, the first one first:
/// most control goes forward, so that a block is mostly taken when all that leads to it was.
struct PendingBlocks {
    /// One bit for each operation.
    private var words: [UInt64]
    /// No word before it has a bit.
    private var first = 0

    /// - Parameter count: how many operations the function has.
    init(count: Int) { words = Array(repeating: 0, count: count / 64 + 1) }

    /// - Parameter position: of the operation that the block begins with.
    mutating func insert(_ position: Int) {
        words[position >> 6] |= 1 << UInt64(position & 63)
        first = min(first, position >> 6)
    }

    mutating func popFirst() -> Int? {
        while first < words.count {
            let word = words[first]
            if word != 0 {
                words[first] = word & (word - 1)
                return first << 6 + word.trailingZeroBitCount
            }
            first += 1
        }
        return nil
    }
}
