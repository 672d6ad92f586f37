internal import TestCases

/// The escapes of C strings, as `$'…'` of shells, printf(1) and strace(1) write them.
enum CharacterEscapes {
    private static let letters: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "e"): 0x1b,
        UInt8(ascii: "E"): 0x1b, UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a,
        UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 0x0b,
    ]

    /// The bytes up to the first `end` that is not escaped, or up to the end of the text without
    /// one, and where that is; nil where the `end` is missing. An escape that means nothing stays
    /// as it is written.
    static func decoded(
        _ text: Bytes, from start: Int = 0, until end: UInt8? = nil
    ) -> (bytes: Bytes, end: Int)? {
        var bytes: Bytes = []
        var position = start
        while position < text.count {
            let byte = text[position]
            if byte == end { return (bytes, position) }
            position += 1
            if byte == UInt8(ascii: "\\"), position < text.count {
                bytes += escape(text, &position)
            } else {
                bytes.append(byte)
            }
        }
        return end == nil ? (bytes, position) : nil
    }

    /// The escape whose backslash stands before the position, which is moved behind it.
    private static func escape(_ text: Bytes, _ position: inout Int) -> Bytes {
        let byte = text[position]
        if let value = letters[byte] {
            position += 1
            return [value]
        }
        if (0x30...0x37).contains(byte) {
            return [number(text, &position, base: 8, digits: 3)]
        }
        if byte == UInt8(ascii: "x"), position + 1 < text.count,
            hexadecimalDigit(text[position + 1]) != nil
        {
            position += 1
            return [number(text, &position, base: 16, digits: 2)]
        }
        position += 1
        return "\\\"'?".utf8.contains(byte) ? [byte] : [UInt8(ascii: "\\"), byte]
    }

    private static func number(
        _ text: Bytes, _ position: inout Int, base: Int, digits: Int
    ) -> UInt8 {
        var value = 0
        for _ in 0..<digits {
            guard position < text.count, let digit = hexadecimalDigit(text[position]), digit < base
            else { break }
            value = value * base + digit
            position += 1
        }
        return UInt8(truncatingIfNeeded: value)
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x37
        case 0x61...0x66: Int(byte) - 0x57
        default: nil
        }
    }
}
