/// Random numbers that a seed decides: SplitMix64, one addition and two multiplications for each.
///
/// Passed `inout` to everything that draws. A campaign saves it with its finds and so continues
/// where it was.
package struct SeededGenerator: RandomNumberGenerator, Hashable, Codable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// All 64 bits are equally good.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// A generator with a stream of its own, for a worker.
    package mutating func split() -> SeededGenerator { SeededGenerator(seed: next()) }

    /// A number from 0 to the bound exclusive; 0 for a bound below 2. By multiplication, so the
    /// bias is at most the bound divided by 2^64.
    package mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number of the range, which must not be empty.
    package mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True with the probability of that many in so many.
    package mutating func chance(_ count: Int, in total: Int) -> Bool { below(total) < count }

    /// A number below the bound of which small ones are likelier: each bit length is as likely as
    /// another.
    package mutating func skewed(below bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let bits = Int.bitWidth - (bound - 1).leadingZeroBitCount
        return min(below(1 << below(bits + 1)), bound - 1)
    }

    /// One of the elements, nil when there is none.
    package mutating func element<Elements: RandomAccessCollection>(
        of elements: Elements
    ) -> Elements.Element? {
        guard !elements.isEmpty else { return nil }
        return elements[elements.index(elements.startIndex, offsetBy: below(elements.count))]
    }

    /// Any of the 256, each as likely.
    package mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 56) }
}
