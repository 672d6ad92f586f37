/// Tables of code addresses that a function picks one of to jump to.
enum JumpTable {
    /// The places in a function that tables which it refers to may lead to.
    ///
    /// A table holds 32-bit distances from its own start or, in files with a fixed address, 64-bit
    /// addresses. It is read until an entry leads elsewhere, so that what stands behind a table
    /// may count as well.
    ///
    /// - Parameter word: reads a number of that many bytes at an address that is no code.
    static func targets(
        _ references: ArraySlice<Summary.Reference>, within range: Range<UInt64>, isFixed: Bool,
        word: (_ address: UInt64, _ width: Int) -> UInt64?
    ) -> [UInt64] {
        references.flatMap { reference in
            reference.kind == .address && !range.contains(reference.target)
                ? targets(at: reference.target, within: range, isFixed: isFixed, word: word) : []
        }
    }

    /// The places that one table may lead to.
    ///
    /// - Parameter count: how many entries it has at most.
    static func targets(
        at table: UInt64, count: UInt64 = .max, within range: Range<UInt64>, isFixed: Bool,
        word: (_ address: UInt64, _ width: Int) -> UInt64?
    ) -> [UInt64] {
        var result: [UInt64] = []
        var entry: UInt64 = 0
        while entry < count, let bits = word(table &+ entry &* 4, 4) {
            let distance = Int64(Int32(truncatingIfNeeded: bits))
            let target = table &+ UInt64(bitPattern: distance)
            guard range.contains(target) else { break }
            result.append(target)
            entry += 1
        }
        entry = 0
        while isFixed, entry < count, let target = word(table &+ entry &* 8, 8),
            range.contains(target)
        {
            result.append(target)
            entry += 1
        }
        return result
    }
}
