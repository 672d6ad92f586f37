internal import TestCases

/// Two numbers that a target compared, and that were not equal.
package struct ComparedNumbers: Hashable, Sendable {
    package var left: UInt64
    package var right: UInt64
    /// In bytes.
    package var width: Int

    package init(_ left: UInt64, _ right: UInt64, width: Int) {
        self.left = left
        self.right = right
        self.width = width
    }

    /// Bytes of such a value stand everywhere in binary data.
    private static let smallestInData: UInt64 = 256

    /// The ways to make the numbers equal, then those to make one the larger by one: as a program
    /// has numbers in memory, as protocols have them, and as people write them.
    package var substitutions: [Substitution] {
        let changes = [
            (left, right), (right, left), (left, right &+ 1), (left, right &- 1),
            (right, left &+ 1), (right, left &- 1),
        ]
        return changes.flatMap { former, new -> [Substitution] in
            let texts = [
                Substitution(former: decimal(former), new: decimal(new)),
                Substitution(former: hexadecimal(former), new: hexadecimal(new)),
            ]
            guard former >= Self.smallestInData else { return texts }
            let data = Substitution(former: littleEndian(former), new: littleEndian(new))
            let reversed = Substitution(
                former: littleEndian(former).reversed(), new: littleEndian(new).reversed())
            return [data, reversed] + texts
        }
    }

    private func littleEndian(_ number: UInt64) -> Bytes {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
    }

    /// With a sign where the number of that width has one.
    private func decimal(_ number: UInt64) -> Bytes {
        let shift = UInt64(64 - width * 8)
        let signed = Int64(bitPattern: number << shift) >> Int64(shift)
        return Bytes(String(signed).utf8)
    }

    private func hexadecimal(_ number: UInt64) -> Bytes {
        let shift = UInt64(64 - width * 8)
        return Bytes(String((number << shift) >> shift, radix: 16).utf8)
    }
}
