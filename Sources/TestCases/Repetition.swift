extension TestCase {
    /// Many bytes by a short description: a piece as often as a count says. It is stored and sent so,
    /// and made where it is used.
    package struct Repetition: Hashable, Sendable {
        package var piece: Bytes
        package var count: UInt32
        /// Where in the piece its number stands, from 0 on and in decimal, so that no two pieces are
        /// alike; nil where all are.
        package var numberPosition: UInt16?

        /// What a sandbox holds; longer ones cannot be read.
        package static let longest = 64 << 20

        package init(_ piece: Bytes, count: UInt32, numberPosition: UInt16? = nil) {
            self.piece = piece
            self.count = count
            self.numberPosition = numberPosition
        }

        /// The piece without what its number would add, as often as it is there.
        package var size: Int { piece.count * Int(count) }

        /// Whether it is no longer than may be: a number has up to ten digits.
        package var isAllowed: Bool {
            let longest = piece.count + (numberPosition == nil ? 0 : 10)
            return longest * Int(count) <= Self.longest
                && Int(numberPosition ?? 0) <= piece.count
        }

        /// All of its bytes; none where there are more than may be.
        package var bytes: Bytes {
            guard isAllowed else { return [] }
            var bytes: Bytes = []
            bytes.reserveCapacity(size)
            guard let position = numberPosition.map(Int.init) else {
                for _ in 0..<count { bytes += piece }
                return bytes
            }
            for number in 0..<count {
                bytes += piece[..<position]
                bytes += "\(number)".utf8
                bytes += piece[position...]
            }
            return bytes
        }
    }
}
