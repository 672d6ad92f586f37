package import TestCases

extension Vocabulary {
    /// A record of a `struct option` table, as `getopt_long(3)` reads it.
    package struct LongOption: Hashable, Sendable {
        /// Without dashes.
        package var name: Bytes
        /// 0 no argument, 1 required, 2 optional.
        package var hasArgument: Int32
        /// The short option of the same meaning, where it is a printable character.
        package var value: Int32

        package init(name: Bytes, hasArgument: Int32, value: Int32) {
            self.name = name
            self.hasArgument = hasArgument
            self.value = value
        }
    }

    /// Adds the options of tables found in the program.
    package mutating func mine(optionTable records: some Sequence<LongOption>) {
        for record in records where !record.name.isEmpty {
            let argument: Option.Argument =
                switch record.hasArgument {
                case 0: .none
                case 1: .required
                case 2: .optional
                default: .unknown
                }
            insert(
                Option(spelling: [0x2d, 0x2d] + record.name, argument: argument),
                from: .optionTable)
            if (0x21...0x7e).contains(record.value), let letter = UInt8(exactly: record.value) {
                insert(Option(spelling: [0x2d, letter], argument: argument), from: .optionTable)
            }
        }
    }

    /// Adds the options of a string as `getopt(3)` reads it, such as `ab:c::`.
    package mutating func mine(optionString: Bytes) {
        var rest = optionString.drop { "+-:".utf8.contains($0) }
        while let letter = rest.popFirst() {
            let colons = rest.prefix { $0 == UInt8(ascii: ":") }.count
            rest = rest.dropFirst(colons)
            guard letter > 0x20, letter < 0x7f, letter != UInt8(ascii: ":") else { continue }
            let argument: Option.Argument =
                colons == 0 ? .none : colons == 1 ? .required : .optional
            insert(Option(spelling: [0x2d, letter], argument: argument), from: .optionTable)
        }
    }

    /// Sorts the strings of the program's read-only data into options, commands, names, words
    /// and paths; at most 64 MiB are read. Messages and formats are left out.
    package mutating func mine(readOnlyData bytes: Span<UInt8>) {
        let count = min(bytes.count, 64 << 20)
        var start = 0
        for index in 0...count {
            let isText = index < count && Self.isText(bytes[index])
            guard !isText else { continue }
            // A string in a program ends with a NUL; what ends otherwise is data.
            if index - start > 1, index < count, bytes[index] == 0 {
                mine(string: (start..<min(index, start + 16_384)).map { bytes[$0] })
            }
            start = index + 1
        }
    }

    private mutating func mine(string: Bytes) {
        let shape = StringShape(string)
        if shape.isHelpText {
            mine(helpText: string, from: .binary)
            return
        }
        guard string.count <= 128 else { return }
        switch shape.kind {
        case .option:
            let isAssigned = string.last == UInt8(ascii: "=")
            insert(
                Option(
                    spelling: isAssigned ? string.dropLast() : string,
                    argument: isAssigned ? .required : .unknown), from: .binary)
        case .optionString: mine(optionString: string)
        case .dotCommand:
            lines.insert(string, from: .binary)
            words.insert(string, from: .binary)
        case .capitals:
            names.insert(string, from: .binary)
            words.insert(string, from: .binary)
        case .word:
            words.insert(string, from: .binary)
            values.insert(string, from: .binary)
        case .path: values.insert(string, from: .binary)
        case .statement: lines.insert(string, from: .binary)
        case .other: break
        }
    }

    private static func isText(_ byte: UInt8) -> Bool {
        (0x20...0x7e).contains(byte) || byte == 0x0a || byte == 0x09
    }
}

/// What a string of a program looks like.
private struct StringShape {
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
