package import TestCases

/// Byte strings as a POSIX shell, or bash where needed, takes them.
package enum ShellText {
    /// One word: as it is, in single quotes, or with escapes in `$'…'`.
    package static func word(_ bytes: Bytes) -> String {
        if !bytes.isEmpty, bytes.allSatisfy(isPlain) { return text(bytes) }
        let quote = UInt8(ascii: "'")
        if bytes.allSatisfy({ (0x20...0x7e).contains($0) && $0 != quote }) {
            return "'" + text(bytes) + "'"
        }
        return "$'" + bytes.map(escaped).joined() + "'"
    }

    /// A name in a command line that somebody may copy.
    package static func word(_ name: String) -> String { word(Bytes(name.utf8)) }

    /// A `printf` that writes the bytes, whatever they are.
    static func printing(_ bytes: Bytes) -> String {
        let format = format(bytes)
        return "printf \(format.hasPrefix("-") ? "-- " : "")'\(format)'"
    }

    /// A format of `printf` that means the bytes alone.
    private static func format(_ bytes: Bytes) -> String {
        bytes.map { byte -> String in
            switch byte {
            case UInt8(ascii: "%"): return "%%"
            case UInt8(ascii: "\\"): return "\\\\"
            case 0x0a: return "\\n"
            case 0x09: return "\\t"
            case 0x20...0x7e where byte != UInt8(ascii: "'"): return text([byte])
            default:
                let digits = String(byte, radix: 8)
                return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }.joined()
    }

    /// A `printf` that writes a piece so often, for bash.
    static func printing(_ piece: Bytes, times: Int) -> String {
        let format = format(piece)
        return "printf \(format.hasPrefix("-") ? "-- " : "")'\(format)%.0s' $(seq \(times))"
    }

    /// What writes a test case's standard input.
    static func printing(_ input: TestCase.StandardInput) -> String {
        guard let repetition = input.repetition else { return printing(input.bytes) }
        guard !input.bytes.isEmpty else { return printing(repetition) }
        return "{ \(printing(input.bytes)); \(printing(repetition)); }"
    }

    /// What writes a piece again and again.
    static func printing(_ repetition: TestCase.Repetition) -> String {
        let (piece, count) = (repetition.piece, repetition.count)
        guard count > 0, !piece.isEmpty || repetition.numberPosition != nil else {
            return "printf ''"
        }
        if let position = repetition.numberPosition.map(Int.init) {
            let (before, after) = (
                format(Bytes(piece[..<position])), format(Bytes(piece[position...]))
            )
            let dashes = before.hasPrefix("-") ? "-- " : ""
            return "printf \(dashes)'\(before)%d\(after)' $(seq 0 \(count - 1))"
        }
        // A line, one byte, or anything.
        if piece.count > 1, piece.last == 0x0a, !piece.dropLast().contains(0x0a), piece[0] != 0x2d,
            piece.allSatisfy({ $0 == 0x0a || (0x20...0x7e).contains($0) })
        {
            return "yes \(word(Bytes(piece.dropLast()))) | head -n \(count)"
        }
        if piece.count == 1, piece[0] != 0 {
            let digits = String(piece[0], radix: 8)
            let octal = "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            return "head -c \(count) /dev/zero | tr '\\0' '\(octal)'"
        }
        return "for i in $(seq \(count)); do \(printing(piece)); done"
    }

    private static func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: Bytes("_@%+=:,./-".utf8).contains(byte)
        }
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case 0x0a: return "\\n"
        case 0x09: return "\\t"
        case UInt8(ascii: "'"), UInt8(ascii: "\\"): return "\\" + text([byte])
        case 0x20...0x7e: return text([byte])
        default:
            let digits = String(byte, radix: 16)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        }
    }
}
