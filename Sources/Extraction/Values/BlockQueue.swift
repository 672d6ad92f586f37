/// Blocks whose state has changed, handed out in rounds by ascending position.
///
/// Code mostly runs towards higher addresses, so that a block comes after those that lead to it.
/// Whatever was changed last first would carry each single change of a large loop through all of
/// it, for minutes in an interpreter's main function.
struct BlockQueue {
    private var isPending: [Bool]
    private var cursor = 0
    private var count = 0

    /// - Parameter count: how many positions there are.
    init(count: Int) {
        isPending = Array(repeating: false, count: count)
    }

    mutating func insert(_ position: Int) {
        guard !isPending[position] else { return }
        isPending[position] = true
        count += 1
    }

    mutating func next() -> Int? {
        guard count > 0 else { return nil }
        while !isPending[cursor] {
            cursor += 1
            if cursor == isPending.count { cursor = 0 }
        }
        isPending[cursor] = false
        count -= 1
        return cursor
    }
}
