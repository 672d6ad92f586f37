/// Reads the fields of an encoding's lines, one after the other, from bytes that may be anything.
struct EncodingScanner {
    private let text: Bytes
    private var position = 0
    /// The line that is read, from 1.
    private(set) var line = 1

    init(_ text: Bytes) {
        self.text = text
    }

    var isAtEnd: Bool { position >= text.count }

    var isAtLineEnd: Bool { position < text.count && text[position] == UInt8(ascii: "\n") }

    /// Whether what follows the next space is a byte string, and no word.
    var isBeforeBytes: Bool {
        position + 1 < text.count
            && [UInt8(ascii: "\""), UInt8(ascii: "@")].contains(text[position + 1])
    }

    func error(_ problem: String) -> TestCaseError { TestCaseError(line: line, problem: problem) }

    /// The first word of a line, or the next one after a space.
    mutating func word(after isSpaced: Bool = true) throws(TestCaseError) -> String {
        if isSpaced { try space() }
        let start = position
        while position < text.count, Self.isWordByte(text[position]) { position += 1 }
        guard position > start else { throw error("a word is missing, \(here) stands there") }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    /// A word that is one of the names; the error lists them.
    mutating func name<Name: CaseIterable & RawRepresentable<String>>(
        _ type: Name.Type
    ) throws(TestCaseError) -> Name {
        let word = try word()
        guard let name = Name(rawValue: word) else {
            let allowed = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("\"\(word)\" is not one of \(allowed)")
        }
        return name
    }

    /// A fixed word.
    mutating func keyword(_ expected: String) throws(TestCaseError) {
        let word = try word()
        guard word == expected else { throw error("\"\(word)\" stands where \(expected) must") }
    }

    /// An unsigned number without leading zeros, within the range.
    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(
        in range: ClosedRange<Value>, radix: Int = 10
    ) throws(TestCaseError) -> Value {
        let word = try word()
        let isPlain = !word.hasPrefix("0") || word == "0"
        guard isPlain, !word.hasPrefix("+"), let value = Value(word, radix: radix),
            range.contains(value)
        else {
            let base = radix == 8 ? "octal " : ""
            let (low, high) = (
                String(range.lowerBound, radix: radix), String(range.upperBound, radix: radix)
            )
            throw error("\"\(word)\" is no \(base)number from \(low) to \(high)")
        }
        return value
    }

    /// A quoted byte string, or a reference to a blob.
    mutating func bytes(
        blob: (Digest) -> Bytes?
    ) throws(TestCaseError) -> Bytes {
        try space()
        guard position < text.count else { throw error("a byte string is missing") }
        switch text[position] {
        case UInt8(ascii: "\""): return try quoted()
        case UInt8(ascii: "@"): return try reference(blob: blob)
        default:
            throw error("\(here) stands where a byte string in quotes or @SHA256 SIZE must")
        }
    }

    /// The end of the line.
    mutating func endLine() throws(TestCaseError) {
        guard position < text.count else { throw error("the text ends within the line") }
        guard text[position] == UInt8(ascii: "\n") else {
            throw error("\(here) stands where the line must end")
        }
        position += 1
        line += 1
    }

    private mutating func quoted() throws(TestCaseError) -> Bytes {
        position += 1
        var bytes: Bytes = []
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"): bytes.append(try escape())
            case 0x20...0x7e: bytes.append(byte)
            default: throw error("byte \(byte) must be written as an escape in quotes")
            }
        }
        throw error("the closing quote is missing")
    }

    private mutating func escape() throws(TestCaseError) -> UInt8 {
        guard position < text.count else { throw error("the text ends within an escape") }
        let letter = text[position]
        position += 1
        if let byte = QuotedBytes.byte(forLetter: letter) { return byte }
        guard letter == UInt8(ascii: "x"), position + 2 <= text.count,
            let high = Hexadecimal.value(ofLowerCase: text[position]),
            let low = Hexadecimal.value(ofLowerCase: text[position + 1])
        else {
            throw error("an escape is none of \\n \\t \\r \\\\ \\\" \\xNN (lower case)")
        }
        position += 2
        return high << 4 | low
    }

    private mutating func reference(blob: (Digest) -> Bytes?) throws(TestCaseError) -> Bytes {
        position += 1
        let digits = try word(after: false)
        guard let digest = Digest(hexadecimal: Array(digits.utf8)) else {
            throw error("a reference needs the 64 lower-case digits of a SHA-256 hash after @")
        }
        let size = try number(in: 0...UInt64(Int.max))
        guard let bytes = blob(digest) else { throw error("the bytes of @\(digest) are missing") }
        guard UInt64(bytes.count) == size, SHA256.digest(of: bytes) == digest else {
            throw error("the bytes of @\(digest) are not the \(size) that were referred to")
        }
        return bytes
    }

    private mutating func space() throws(TestCaseError) {
        guard position < text.count, text[position] == UInt8(ascii: " ") else {
            throw error("\(here) stands where a space and the next field must")
        }
        position += 1
    }

    /// What stands at the position, for an error's sentence.
    private var here: String {
        guard position < text.count else { return "the end of the text" }
        let byte = text[position]
        if byte == UInt8(ascii: "\n") { return "the end of the line" }
        return QuotedBytes.quoted([byte])
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
