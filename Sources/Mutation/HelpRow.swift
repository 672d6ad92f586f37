import TestCases

/// One line of a help text, and how far it is read.
struct HelpRow {
    private let line: Bytes
    private var position = 0

    init(_ line: Bytes.SubSequence) {
        self.line = Bytes(line)
        while byte == 0x20 || byte == 0x09 { position += 1 }
    }

    var isIndented: Bool { line.first == 0x20 || line.first == 0x09 }

    /// What was not read so far.
    var rest: Bytes.SubSequence { line[position...] }

    private var byte: UInt8? { position < line.count ? line[position] : nil }

    private func starts(with text: String) -> Bool {
        line[position...].starts(with: text.utf8)
    }

    // MARK: - Options

    /// The options that the line begins with: spellings of one, as in
    /// `-c, -C NUM, --context[=NUM]   text`, or several, as in `-amin N -empty -size N`.
    mutating func leadingOptions() -> [Vocabulary.Option] {
        var options: [Vocabulary.Option] = []
        while byte == UInt8(ascii: "-"), options.count < 32 {
            var spellings = option()
            while !spellings.isEmpty, skipSeparator(), byte == UInt8(ascii: "-") {
                spellings += option()
            }
            guard !spellings.isEmpty else { break }
            // GNU style gives the argument with the last spelling only.
            if spellings.contains(where: { $0.argument != .none }) {
                for index in spellings.indices where spellings[index].argument == .none {
                    spellings[index].argument = .unknown
                    spellings[index].valueKind = spellings.last?.valueKind ?? .any
                }
            }
            options += spellings
            if starts(with: " -") { position += 1 }
        }
        return options
    }

    /// Skips what stands between two spellings.
    private mutating func skipSeparator() -> Bool {
        guard let separator = [", ", " | ", " or ", ",", "|", "/"].first(where: starts(with:))
        else {
            return false
        }
        position += separator.utf8.count
        return true
    }

    /// Options in brackets anywhere, as in `[-abc] [-s signal] [-v | --version]`. A cluster such
    /// as the first is taken apart.
    mutating func bracketedOptions() -> [Vocabulary.Option] {
        var options: [Vocabulary.Option] = []
        position = 0
        while position < line.count, options.count < 64 {
            guard starts(with: "[-"), !starts(with: "[-]") else {
                position += 1
                continue
            }
            position += 1
            var found = option()
            let isAlone = byte == UInt8(ascii: "]")
            while !found.isEmpty, skipSeparator(), byte == UInt8(ascii: "-") { found += option() }
            for option in found {
                let letters = option.spelling.dropFirst()
                let isCluster = isAlone && !option.isLong && letters.count > 1
                options +=
                    isCluster
                    ? letters.map { Vocabulary.Option(spelling: [0x2d, $0], argument: .none) }
                    : [option]
            }
        }
        return options
    }

    /// The option at the position, in both spellings when it is written `-[no]name`.
    private mutating func option() -> [Vocabulary.Option] {
        let start = position
        var spellings: [Bytes] = []
        while byte == UInt8(ascii: "-"), position - start < 2 { position += 1 }
        let dashes = Bytes(line[start..<position])
        var prefixes: [Bytes] = [[]]
        for optional in ["[no]", "[no-]"] where starts(with: optional) {
            position += optional.utf8.count
            prefixes.append(Bytes(optional.utf8.dropFirst().dropLast()))
        }
        let nameStart = position
        while let byte, Self.isNameByte(byte) { position += 1 }
        var name = line[nameStart..<position]
        // A sentence's end, and the dots of "-x...".
        while let last = name.last, last == UInt8(ascii: ".") || last == UInt8(ascii: "-") {
            name.removeLast()
        }
        guard !name.isEmpty, name.count < 48 else { return [] }
        for prefix in prefixes { spellings.append(dashes + prefix + name) }
        let (argument, metavariable) = argument()
        return spellings.map {
            Vocabulary.Option(
                spelling: $0, argument: argument, valueKind: Self.valueKind(of: metavariable),
                choices: Self.choices(in: metavariable))
        }
    }

    private mutating func argument() -> (Vocabulary.Option.Argument, Bytes) {
        for (opening, rule) in [
            ("[=", Vocabulary.Option.Argument.optional), ("[", .optional), ("=", .required),
        ] where starts(with: opening) {
            position += opening.utf8.count
            let metavariable = metavariable()
            if rule == .optional, byte == UInt8(ascii: "]") { position += 1 }
            return (rule, metavariable)
        }
        // After one space a name in capitals, in angle brackets or in braces; after two, prose.
        guard byte == 0x20, position + 1 < line.count else { return (.none, []) }
        let next = line[position + 1]
        let isMetavariable =
            Self.isCapital(next) || next == UInt8(ascii: "<") || next == UInt8(ascii: "{")
            || (line.first != 0x20 && Self.isSmall(next) && starts(with: " ") && isBracketed)
        guard isMetavariable else { return (.none, []) }
        position += 1
        return (.required, metavariable())
    }

    /// Whether the line reads `… [-x name …`, where a small name is an argument's.
    private var isBracketed: Bool {
        line[..<position].last { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }
            == UInt8(ascii: "[")
    }

    /// Up to a space, a comma or a bracket that was not opened in it.
    private mutating func metavariable() -> Bytes {
        let start = position
        var depth = 0
        while let byte, byte > 0x20, byte != UInt8(ascii: ",") {
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
            if depth < 0 { break }
            position += 1
        }
        return Bytes(line[start..<position])
    }

    static func valueKind(of metavariable: Bytes) -> Vocabulary.Option.ValueKind {
        let letters = String(decoding: metavariable, as: UTF8.self).uppercased()
            .filter { $0.isLetter }
        switch letters {
        case "N", "NUM", "NUMBER", "SIZE", "BYTES", "COUNT", "COLS", "COL", "LINES", "WIDTH",
            "SECONDS", "SEC", "SECS", "PORT", "LEVEL", "INT", "NUMLINES", "UNUM", "PID", "MB",
            "MINUTES", "DAYS", "MODE", "OCTAL":
            return .number
        case "FILE", "FILENAME", "PATH", "DIR", "DIRECTORY", "DB", "PREFIX", "FOLDER", "ARCHIVE",
            "RFILE", "FILES", "DATEFILE":
            return .path
        case "HOST", "HOSTNAME", "ADDR", "ADDRESS", "IP", "URL", "SERVER", "DOMAIN": return .host
        case "PROG", "PROGRAM", "COMMAND", "CMD", "SHELL", "EDITOR", "PAGER": return .program
        default: return .any
        }
    }

    /// An operand that is used like an option, at the line's indented beginning: `if=FILE   text`.
    func assignment() -> Vocabulary.Option? {
        guard isIndented else { return nil }
        let name = line[position...].prefix(while: Self.isCommandByte)
        let rest = line[name.endIndex...]
        guard (1...24).contains(name.count), rest.first == UInt8(ascii: "=") else { return nil }
        let metavariable = rest.dropFirst().prefix { Self.isCapital($0) || $0 == 0x2d }
        guard !metavariable.isEmpty else { return nil }
        return Vocabulary.Option(
            spelling: Bytes(name) + [UInt8(ascii: "=")], argument: .required,
            valueKind: Self.valueKind(of: Bytes(metavariable)))
    }

    /// The members of `{a|b|c}` or `a|b`.
    static func choices(in metavariable: Bytes) -> [Bytes] {
        guard metavariable.contains(UInt8(ascii: "|")) else { return [] }
        let members = metavariable.split { "{}<>()[]|=".utf8.contains($0) }
        return members.count > 1 ? members.map { Bytes($0) } : []
    }

    // MARK: - Other words

    /// `.name` at the line's beginning, a command of an interactive program.
    mutating func dotCommand() -> Bytes? {
        guard byte == UInt8(ascii: ".") else { return nil }
        let name = line[(position + 1)...].prefix { Self.isSmall($0) }
        return name.count > 1 ? [UInt8(ascii: ".")] + name : nil
    }

    /// A small word at the line's indented beginning with what it does behind a wide gap, a dash
    /// or its operands; or a line of nothing but words with commas between.
    func subcommands() -> [Bytes] {
        guard isIndented, let first = byte, Self.isSmall(first) || first == UInt8(ascii: "[") else {
            return []
        }
        if let listed = listedWords() { return listed }
        let word = line[position...].prefix(while: Self.isCommandByte)
        let rest = line[word.endIndex...]
        let gap = rest.prefix { $0 == 0x20 || $0 == 0x09 }
        let next = rest.dropFirst(gap.count).prefix(2)
        let isWide = gap.count > 1 || gap.first == 0x09
        let hasOperands =
            next.first == UInt8(ascii: "[") || next.first == UInt8(ascii: "<")
            || (next.count == 2 && next.allSatisfy(Self.isCapital))
        guard (2...24).contains(word.count), Self.isSmall(first), !next.isEmpty, !gap.isEmpty,
            isWide || hasOperands || next.elementsEqual("- ".utf8)
        else { return [] }
        return [Bytes(word)]
    }

    /// The words of a line such as `	cat, chmod, cp, date,`, four at least.
    private func listedWords() -> [Bytes]? {
        let words = line[position...].split(separator: UInt8(ascii: ",")).map { word in
            Bytes(word.drop { $0 == 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
        }.filter { !$0.isEmpty }
        let isList = words.allSatisfy { word in
            word.count <= 24 && word.allSatisfy { Self.isCommandByte($0) || $0 == 0x5b }
        }
        guard words.count > 3, isList else { return nil }
        return words
    }

    /// The words of a line that has nothing but small words with wide gaps between them, as tables
    /// of commands do, or one alone.
    func columnsOfWords() -> [Bytes] {
        let words = line.split { $0 == 0x20 || $0 == 0x09 }.map(Bytes.init)
        guard let first = words.first, line[0] != 0x20 || words.count > 1 else { return [] }
        let areSmall = words.allSatisfy { word in
            (2...24).contains(word.count) && Self.isSmall(word[0])
                && word.allSatisfy(Self.isCommandByte)
        }
        guard areSmall, words.count > 1 else { return areSmall && words.count == 1 ? [first] : [] }
        // Prose has one space between words.
        let trimmed = line.drop { $0 == 0x20 }
        let singles = trimmed.indices.dropLast().filter { index in
            trimmed[index] == 0x20 && trimmed[index + 1] != 0x20
                && index > trimmed.startIndex && trimmed[index - 1] != 0x20
        }
        return singles.isEmpty ? words : []
    }

    private static func isCommandByte(_ byte: UInt8) -> Bool {
        isSmall(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    /// Words between quotes of any kind, without spaces in them.
    func quotedWords() -> [Bytes] {
        var words: [Bytes] = []
        var start = 0
        while start < line.count, words.count < 32 {
            guard Self.isQuote(line[start]) else {
                start += 1
                continue
            }
            let word = line[(start + 1)...].prefix { $0 > 0x20 && !Self.isQuote($0) }.prefix(33)
            let end = word.endIndex
            guard !word.isEmpty, word.count <= 32, end < line.count, Self.isQuote(line[end]) else {
                start += 1
                continue
            }
            words.append(Bytes(word))
            start = end + 1
        }
        return words
    }

    /// Words in capitals with an underscore, or after a dollar sign.
    func variableNames() -> [Bytes] {
        line.split { !Self.isCapital($0) && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "$") }
            .compactMap { word in
                let name = word.drop { $0 == UInt8(ascii: "$") }
                let isMarked = name.count < word.count || name.contains(UInt8(ascii: "_"))
                guard isMarked, name.count > 2, Self.isCapital(name.first ?? 0) else { return nil }
                return Bytes(name)
            }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isCapital(byte) || isSmall(byte) || (0x30...0x39).contains(byte)
    }

    private static func isQuote(_ byte: UInt8) -> Bool { "'\"`".utf8.contains(byte) }
    private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
    private static func isSmall(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }

    static func isNameByte(_ byte: UInt8) -> Bool {
        isCapital(byte) || isSmall(byte) || (0x30...0x39).contains(byte)
            || "-_?#@.".utf8.contains(byte)
    }
}
