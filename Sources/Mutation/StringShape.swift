import TestCases

/// What a string of a program looks like.
struct StringShape {
    enum Kind {
        case option, optionString, dotCommand, capitals, word, path, statement, other
    }

    private let string: Bytes

    init(_ string: Bytes) {
        self.string = string
    }

    /// Whether some line of it begins with an option, or it says how the program is used.
    var isHelpText: Bool {
        guard string.count >= 12 else { return false }
        if string.starts(with: "usage:".utf8) || string.starts(with: "Usage:".utf8) { return true }
        guard string.contains(0x20) else { return false }
        return string.split(separator: 0x0a).prefix(8).contains { line in
            let text = line.drop { $0 == 0x20 || $0 == 0x09 }
            guard text.count < line.count, text.count > 3 else { return false }
            return text.first == UInt8(ascii: "-")
                && text.dropFirst().first.map { $0 > 0x20 && $0 != UInt8(ascii: "%") } == true
        } || isCommandHelp
    }

    /// `.name` and a space: a row of an interactive program's help.
    private var isCommandHelp: Bool {
        let name = string.dropFirst().prefix(while: Self.isSmall)
        return string.first == UInt8(ascii: ".") && name.count > 1
            && name.endIndex < string.count && string[name.endIndex] == 0x20
    }

    var kind: Kind {
        guard let first = string.first, !isFormat else { return .other }
        if first == UInt8(ascii: "-") { return isOption ? .option : .other }
        let rest = string.dropFirst()
        if first == UInt8(ascii: "."), rest.count > 1, rest.allSatisfy(Self.isSmall) {
            return .dotCommand
        }
        if isOptionString { return .optionString }
        if string.count > 2, Self.isCapital(first), string.allSatisfy(Self.isCapitalName) {
            return .capitals
        }
        if string.contains(0x20) { return isStatement ? .statement : .other }
        if string.contains(UInt8(ascii: "/")) { return .path }
        let isWord =
            string.count <= 32 && Self.isSmall(first)
            && string.allSatisfy { Self.isWordByte($0) }
        return isWord ? .word : .other
    }

    /// A percent sign before what may follow one in printf(3).
    private var isFormat: Bool {
        zip(string, string.dropFirst()).contains { percent, letter in
            percent == UInt8(ascii: "%")
                && (Self.isSmall(letter) || Self.isCapital(letter)
                    || "0123456789.*-+# ".utf8.contains(letter))
        }
    }

    private var isOption: Bool {
        let name = string.drop { $0 == UInt8(ascii: "-") }
        let dashes = string.count - name.count
        guard (1...2).contains(dashes), (1...40).contains(name.count), let first = name.first,
            Self.isSmall(first) || Self.isCapital(first) || name.count == 1
        else { return false }
        let body = name.last == UInt8(ascii: "=") ? name.dropLast() : name
        return body.allSatisfy { Self.isWordByte($0) || Self.isCapital($0) || $0 == 0x3f }
    }

    /// Distinct letters and digits, some with one or two colons after them; at least four, or a
    /// word with a colon would do.
    private var isOptionString: Bool {
        let body = string.drop { "+-:".utf8.contains($0) }
        guard body.contains(UInt8(ascii: ":")), !body.contains(0x20) else { return false }
        var seen: Set<UInt8> = []
        var colons = 0
        for byte in body {
            if byte == UInt8(ascii: ":") {
                colons += 1
                guard colons <= 2 else { return false }
                continue
            }
            colons = 0
            let isLetter =
                Self.isSmall(byte) || Self.isCapital(byte) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "?")
            guard isLetter, seen.insert(byte).inserted else { return false }
        }
        return seen.count >= 4
    }

    /// Two words in capitals among others: a statement of a query language.
    private var isStatement: Bool {
        let words = string.split(separator: 0x20)
        guard let first = words.first, first.count > 2, first.allSatisfy(Self.isCapital) else {
            return false
        }
        return words.dropFirst().contains { $0.count > 1 && $0.allSatisfy(Self.isCapital) }
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
    private static func isSmall(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }

    private static func isCapitalName(_ byte: UInt8) -> Bool {
        isCapital(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        isSmall(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }
}
