internal import TestCases

/// The tokens of a line of shell.
struct ShellScanner {
    enum Token {
        case word(ShellLine.Word)
        case redirection(ShellLine.Redirection.Kind, Int)
        case pipe, separator
    }

    private let bytes: Bytes
    private let dialect: ShellLine.Dialect
    private var position = 0

    init(_ bytes: Bytes, _ dialect: ShellLine.Dialect) {
        self.bytes = bytes
        self.dialect = dialect
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func peek(_ distance: Int = 1) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    /// Nil at the end of the line.
    mutating func next() throws(ShellLine.Problem) -> Token? {
        while let byte = current {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0x0d {
                position += 1
            } else if byte == UInt8(ascii: "\\"), peek() == 0x0a {
                position += 2
            } else {
                break
            }
        }
        guard let byte = current else { return nil }
        guard dialect == .typed else { return .word(try word()) }
        switch byte {
        case 0x0a, UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"):
            position += 1
            return .separator
        case UInt8(ascii: "#"):
            while let byte = current, byte != 0x0a { position += 1 }
            return .separator
        case UInt8(ascii: "|"):
            position += 1
            guard current == UInt8(ascii: "|") else {
                if current == UInt8(ascii: "&") { position += 1 }
                return .pipe
            }
            position += 1
            return .separator
        case UInt8(ascii: "&"):
            position += 1
            guard current == UInt8(ascii: ">") else { return .separator }
            while current == UInt8(ascii: ">") { position += 1 }
            return .redirection(.other, 1)
        default:
            if let redirection = redirection() { return redirection }
            return .word(try word())
        }
    }

    /// An operator with the number before it, if one is here; `<(` and `>(` are words.
    private mutating func redirection() -> Token? {
        var end = position
        while end < bytes.count, end < position + 3, (0x30...0x39).contains(bytes[end]) { end += 1 }
        guard end < bytes.count else { return nil }
        let isInput = bytes[end] == UInt8(ascii: "<")
        guard isInput || bytes[end] == UInt8(ascii: ">") else { return nil }
        if end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "(") { return nil }
        let number = bytes[position..<end].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let descriptor = end > position ? number : isInput ? 0 : 1
        let start = end
        while end < bytes.count, end < start + 3, "<>&|-".utf8.contains(bytes[end]) {
            // A dash belongs to `<<-` and, behind `&`, is what closes a descriptor.
            if bytes[end] == UInt8(ascii: "-"), end != start + 2 || bytes[start + 1] != 0x3c {
                break
            }
            end += 1
        }
        let sign = bytes[start..<end]
        position = end
        let kind: ShellLine.Redirection.Kind =
            if sign.elementsEqual("<".utf8) {
                .input
            } else if sign.elementsEqual("<<<".utf8) {
                .hereString
            } else if sign.starts(with: "<<".utf8) {
                .hereDocument
            } else {
                .other
            }
        return .redirection(kind, descriptor)
    }

    // MARK: Words

    private mutating func word() throws(ShellLine.Problem) -> ShellLine.Word {
        var word = ShellLine.Word()
        let start = position
        while let byte = current, !endsWord(byte) {
            switch byte {
            case UInt8(ascii: "'"):
                markQuoted(&word)
                position += 1
                try single(into: &word)
            case UInt8(ascii: "\""):
                markQuoted(&word)
                position += 1
                try double(into: &word)
            case UInt8(ascii: "\\"):
                markQuoted(&word)
                position += 1
                // A backslash at the very end stands for itself.
                let next = current ?? byte
                if next != 0x0a { word.bytes.append(next) }
                position += 1
            case UInt8(ascii: "$") where peek() == UInt8(ascii: "'"):
                markQuoted(&word)
                position += 2
                try escaped(into: &word)
            case _ where dialect == .traced:
                word.bytes.append(byte)
                position += 1
            case UInt8(ascii: "$"), UInt8(ascii: "`"):
                try substitution(into: &word)
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                // Only before a bracket; other signs end the word.
                word.isExpanded = true
                position += 1
                try skipBrackets()
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["):
                word.isExpanded = true
                word.bytes.append(byte)
                position += 1
            case UInt8(ascii: "~") where position == start:
                word.isExpanded = true
                word.bytes.append(byte)
                position += 1
            case UInt8(ascii: "{"):
                word.isExpanded = word.isExpanded || isBraceExpansion
                word.bytes.append(byte)
                position += 1
            default:
                word.bytes.append(byte)
                position += 1
            }
        }
        if !word.isQuoted { word.plainPrefix = word.bytes.count }
        return word
    }

    private func endsWord(_ byte: UInt8) -> Bool {
        if byte == 0x20 || byte == 0x09 || byte == 0x0a { return true }
        guard dialect == .typed else { return false }
        if byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
            return peek() != UInt8(ascii: "(")
        }
        return "|&;()".utf8.contains(byte)
    }

    private func markQuoted(_ word: inout ShellLine.Word) {
        guard !word.isQuoted else { return }
        word.isQuoted = true
        word.plainPrefix = word.bytes.count
    }

    /// Whether a comma or two dots stand before the closing brace.
    private var isBraceExpansion: Bool {
        var previous: UInt8 = 0
        for byte in bytes[position...].prefix(1_024) {
            if byte == UInt8(ascii: "}") || byte == 0x20 { return false }
            if byte == UInt8(ascii: ",") || (byte == 0x2e && previous == 0x2e) { return true }
            previous = byte
        }
        return false
    }

    private mutating func single(into word: inout ShellLine.Word) throws(ShellLine.Problem) {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "'")) else {
            throw .unclosed
        }
        word.bytes += bytes[position..<end]
        position = end + 1
    }

    private mutating func double(into word: inout ShellLine.Word) throws(ShellLine.Problem) {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                let next = peek() ?? 0
                if next == 0x0a {
                    position += 2
                } else if "\"\\$`".utf8.contains(next) {
                    word.bytes.append(next)
                    position += 2
                } else {
                    word.bytes.append(byte)
                    position += 1
                }
            case UInt8(ascii: "$") where dialect == .typed,
                UInt8(ascii: "`") where dialect == .typed:
                try substitution(into: &word)
            default:
                word.bytes.append(byte)
                position += 1
            }
        }
        throw .unclosed
    }

    /// The inside of `$'…'`.
    private mutating func escaped(into word: inout ShellLine.Word) throws(ShellLine.Problem) {
        guard let (bytes, end) = CharacterEscapes.decoded(bytes, from: position, until: 0x27) else {
            throw .unclosed
        }
        word.bytes += bytes
        position = end + 1
    }

    /// A dollar sign or a backquote, and what belongs to it.
    private mutating func substitution(into word: inout ShellLine.Word) throws(ShellLine.Problem) {
        let sign = bytes[position]
        position += 1
        if sign == UInt8(ascii: "`") {
            word.isExpanded = true
            while let byte = current, byte != sign {
                position += byte == UInt8(ascii: "\\") ? 2 : 1
            }
            guard current == sign else { throw .unclosed }
            position += 1
        } else if current == UInt8(ascii: "(") || current == UInt8(ascii: "{") {
            word.isExpanded = true
            try skipBrackets()
        } else if let byte = current, Self.isNameByte(byte) || "*@#?$!-".utf8.contains(byte) {
            word.isExpanded = true
        } else {
            word.bytes.append(sign)
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == 0x5f || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
            || (0x61...0x7a).contains(byte)
    }

    /// From an opening bracket to behind the one that closes it.
    private mutating func skipBrackets() throws(ShellLine.Problem) {
        var depth = 0
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"):
                depth -= 1
                if depth <= 0 { return }
            case UInt8(ascii: "\\"): position += 1
            case UInt8(ascii: "'"):
                guard let end = bytes[min(position, bytes.count)...].firstIndex(of: byte) else {
                    throw .unclosed
                }
                position = end + 1
            default: break
            }
        }
        throw .unclosed
    }
}
