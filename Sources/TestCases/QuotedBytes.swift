/// Byte strings in double quotes: printable ASCII as it is, `\n` `\t` `\r` `\\` `\"`, and `\xNN`
/// for every other byte.
package enum QuotedBytes {
    /// The bytes in quotes, for one line of a report.
    package static func quoted(_ bytes: Bytes) -> String {
        var text: Bytes = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    static func append(_ bytes: Bytes, to text: inout Bytes) {
        text.append(UInt8(ascii: "\""))
        for byte in bytes {
            if let letter = letter(for: byte) {
                text.append(UInt8(ascii: "\\"))
                text.append(letter)
            } else if (0x20...0x7e).contains(byte) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "\\"))
                text.append(UInt8(ascii: "x"))
                text.append(Hexadecimal.digit(byte >> 4))
                text.append(Hexadecimal.digit(byte & 15))
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    private static func letter(for byte: UInt8) -> UInt8? {
        switch byte {
        case 0x0a: UInt8(ascii: "n")
        case 0x09: UInt8(ascii: "t")
        case 0x0d: UInt8(ascii: "r")
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): byte
        default: nil
        }
    }

    /// The byte that an escape's letter stands for, `x` excepted.
    static func byte(forLetter letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): letter
        default: nil
        }
    }
}
