/// A SHA-256 hash: the name of a byte string that is as good as the bytes.
package struct Digest: Hashable, Sendable {
    /// The 32 bytes as four big-endian words.
    private let words: [UInt64]

    /// From the eight words of a finished SHA-256 state.
    init(state: InlineArray<8, UInt32>) {
        words = (0..<4).map { UInt64(state[2 * $0]) << 32 | UInt64(state[2 * $0 + 1]) }
    }

    /// From 64 hexadecimal digits, lower case; nil for anything else.
    package init?(hexadecimal: some Collection<UInt8>) {
        guard hexadecimal.count == 64 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, digit) in hexadecimal.enumerated() {
            guard let value = Hexadecimal.value(ofLowerCase: digit) else { return nil }
            words[index / 16] = words[index / 16] << 4 | UInt64(value)
        }
        self.words = words
    }

    /// 64 digits, lower case.
    package var hexadecimal: String { prefix(bytes: 32) }

    /// The first bytes of the hash as lower-case hexadecimal digits, two for each.
    package func prefix(bytes count: Int) -> String {
        var digits: Bytes = []
        for index in 0..<min(max(count, 0), 32) {
            let byte = UInt8(truncatingIfNeeded: words[index / 8] >> UInt64(56 - index % 8 * 8))
            digits.append(Hexadecimal.digit(byte >> 4))
            digits.append(Hexadecimal.digit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { hexadecimal }
}
