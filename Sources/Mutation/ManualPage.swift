package import TestCases

/// The source of a manual page, as man(7) and mdoc(7) describe it, read as the text of a usage.
///
/// Nothing is formatted: tags of paragraphs become lines that begin with what they say, names of
/// arguments stand in angle brackets, and what only matters to the eye is dropped.
struct ManualPage {
    /// One line for each tag or line of text.
    private(set) var text: Bytes = []

    private static let byteLimit = 4 << 20
    private static let lineLimit = 100_000

    /// Whether the last line was text that the next one goes on with.
    private var isInSentence = false
    /// Whether lines stay as they are.
    private var isUnfilled = false
    /// How deep what follows is indented below a tag.
    private var depth = 0

    init(_ source: Bytes) {
        var isTag = false
        let lines = source.prefix(Self.byteLimit).split(
            separator: 0x0a, omittingEmptySubsequences: false)
        for line in lines.prefix(Self.lineLimit) {
            guard !line.isEmpty else {
                isInSentence = false
                continue
            }
            var words = Self.words(line.prefix(2_048))
            guard line.first == UInt8(ascii: ".") || line.first == UInt8(ascii: "'") else {
                append(Self.plain(line.prefix(2_048), marksNames: isTag), asTag: isTag)
                isInSentence = !isTag && !isUnfilled
                isTag = false
                continue
            }
            let name = words.isEmpty ? [] : words.removeFirst().dropFirst()
            // What sets a few words in another font is part of a sentence.
            let isOfSentence = !isTag && Self.fonts.contains(Bytes(name))
            if !isOfSentence { isInSentence = false }
            defer { if isOfSentence { isInSentence = !isUnfilled } }
            switch String(decoding: name, as: UTF8.self) {
            case "nf", "EX": isUnfilled = true
            case "fi", "EE": isUnfilled = false
            case "RS": depth += 1
            case "RE": depth = max(0, depth - 1)
            case "TP", "TQ": isTag = true
            case "IP":
                if let tag = words.first { append(Self.plain(tag, marksNames: true), asTag: true) }
                isTag = false
            case "B", "I", "SM", "SB":
                append(joined(words, by: [0x20], isTag: isTag), asTag: isTag)
                isTag = false
            case "BR", "RB":
                append(joined(words, by: [], isTag: isTag), asTag: isTag)
                isTag = false
            case "BI", "IB", "RI", "IR":
                let names = name.first == UInt8(ascii: "I") ? 0 : 1
                append(alternating(words, names: names, isTag: isTag), asTag: isTag)
                isTag = false
            case "OP":
                append([0x5b] + joined(words, by: [0x20], isTag: true) + [0x5d], asTag: false)
            case "It": append(Self.listItem(words), asTag: true)
            case "PP", "P", "LP", "SH", "SS", "Pp", "Sh", "Ss":
                // What follows is no longer said of the option above.
                text += Bytes("*\n".utf8)
                if name.last != UInt8(ascii: "P"), name.last != UInt8(ascii: "p") { depth = 0 }
            default: break
            }
        }
    }

    /// Where the text of other manual pages stands instead, as in `.so man1/other.1`.
    static func redirection(in source: Bytes) -> Bytes? {
        let line = source.prefix { $0 != 0x0a }
        guard line.starts(with: ".so ".utf8) else { return nil }
        return Bytes(line.dropFirst(4).prefix { $0 > 0x20 })
    }

    private static let fonts = Set(
        ["B", "I", "SM", "SB", "BR", "RB", "BI", "IB", "RI", "IR"].map { Bytes($0.utf8) })

    private mutating func append(_ line: Bytes, asTag: Bool) {
        if asTag, let values = valuesOfTag(line) {
            text += [0x20] + values + [0x0a]
            return
        }
        if asTag {
            text += [0x20, 0x20]
        } else if line.first != 0x2d {
            text += [0x20]
        } else if isInSentence, !Self.isRow(line) {
            // An option that a sentence speaks of: the dash begins a line by chance.
            text += Bytes(" : ".utf8)
        }
        text += line + [0x0a]
    }

    /// Whether what begins with an option looks like a row of a table: with a wide gap that is not
    /// behind the end of a sentence.
    private static func isRow(_ line: Bytes) -> Bool {
        if line.contains(0x09) { return true }
        for index in line.indices.dropFirst().dropLast()
        where line[index] == 0x20 && line[index + 1] == 0x20 {
            return !".:;!?)".utf8.contains(line[index - 1])
        }
        return false
    }

    /// The words of a tag below another one, which list what an option's value may be, in quotes;
    /// nil for a tag that says something else.
    private func valuesOfTag(_ line: Bytes) -> Bytes? {
        guard depth > 0, line.first != 0x2d else { return nil }
        let words = line.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "|") }
            .map { Bytes($0.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()) }
        let areValues = words.allSatisfy { word in
            (1...32).contains(word.count)
                && word.allSatisfy {
                    HelpRow.isLetterOrDigit($0) || $0 == 0x2d || $0 == UInt8(ascii: "_")
                }
        }
        guard areValues, !words.isEmpty else { return nil }
        return Bytes(words.map { [0x27] + $0 + [0x27] }.joined(separator: [0x20]))
    }

    private func joined(_ words: [Bytes.SubSequence], by separator: Bytes, isTag: Bool) -> Bytes {
        Bytes(words.map { Self.plain($0, marksNames: isTag) }.joined(separator: separator))
    }

    private func alternating(
        _ words: [Bytes.SubSequence], names: Int, isTag: Bool
    ) -> Bytes {
        words.enumerated().flatMap { index, word -> Bytes in
            let plain = Self.plain(word, marksNames: isTag)
            let isName = isTag && index % 2 == names && !plain.isEmpty && plain.first != 0x5b
            return isName ? Self.marked(plain) : plain
        }
    }

    /// Words of a macro line; quotes hold some together.
    private static func words(_ line: Bytes.SubSequence) -> [Bytes.SubSequence] {
        var words: [Bytes.SubSequence] = []
        var rest = line
        while words.count < 64 {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard let first = rest.first else { break }
            if first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                let word = rest.prefix { $0 != UInt8(ascii: "\"") }
                words.append(word)
                rest = rest[word.endIndex...].dropFirst()
                continue
            }
            var end = rest.startIndex
            while end < rest.endIndex, rest[end] != 0x20, rest[end] != 0x09 {
                // An escaped space is part of the word.
                end += rest[end] == 0x5c && end + 1 < rest.endIndex ? 2 : 1
            }
            end = min(end, rest.endIndex)
            words.append(rest[..<end])
            rest = rest[end...]
        }
        return words
    }

    /// `Fl a Ar file , Fl -long` as `-a <file>, --long`.
    private static func listItem(_ words: [Bytes.SubSequence]) -> Bytes {
        var text: Bytes = []
        var mode: String?
        for word in words {
            let name = String(decoding: word, as: UTF8.self)
            switch name {
            case "Fl", "Ar", "Cm", "Ns", "Oo", "Oc", "Xo", "Op", "Pa", "Ic", "Sm", "Va", "Li":
                if name == "Ns", text.last == 0x20 { text.removeLast() }
                mode = name
            case ",", "|": text = (text.last == 0x20 ? text.dropLast() : text) + Bytes(", ".utf8)
            default:
                let plain = plain(word, marksNames: false)
                switch mode {
                case "Fl": text += [0x2d] + plain
                case "Ar": text += marked(plain)
                default: text += plain
                }
                text.append(0x20)
            }
        }
        return text
    }

    private static func marked(_ name: Bytes) -> Bytes {
        let isMarked = name.first == UInt8(ascii: "<") || name.contains(0x2d)
        guard !isMarked else { return name }
        let gap = name.prefix { $0 == 0x20 }
        return gap + [UInt8(ascii: "<")] + name.dropFirst(gap.count) + [UInt8(ascii: ">")]
    }

    /// Text without escapes.
    ///
    /// - Parameter marksNames: whether what is in italics, the name of an argument, gets angle
    ///   brackets.
    private static func plain(_ line: Bytes.SubSequence, marksNames: Bool) -> Bytes {
        var reader = EscapeReader(rest: line)
        var text: Bytes = []
        var nameStart: Int?
        func close() {
            guard let start = nameStart, marksNames, start < text.count else { return }
            let name = Bytes(text[start...])
            text.removeSubrange(start...)
            text += marked(name)
        }
        while let piece = reader.next() {
            switch piece {
            case .byte(let byte): text.append(byte)
            case .text(let bytes): text += bytes
            case .italic:
                close()
                nameStart = text.count
            case .upright:
                close()
                nameStart = nil
            }
        }
        close()
        return text
    }
}

/// Takes a line of roff apart into bytes and the escapes between them.
private struct EscapeReader {
    enum Piece {
        case byte(UInt8)
        case text(Bytes)
        case italic, upright
    }

    var rest: Bytes.SubSequence

    mutating func next() -> Piece? {
        guard let byte = rest.popFirst() else { return nil }
        guard byte == 0x5c else { return .byte(byte) }
        guard let escape = rest.popFirst() else { return nil }
        switch escape {
        case UInt8(ascii: "f"):
            return name().contains(where: { $0 == UInt8(ascii: "I") || $0 == UInt8(ascii: "2") })
                ? .italic : .upright
        case UInt8(ascii: "-"): return .byte(0x2d)
        case UInt8(ascii: "e"): return .byte(0x5c)
        case UInt8(ascii: " "), UInt8(ascii: "~"), UInt8(ascii: "0"): return .byte(0x20)
        case UInt8(ascii: "\""):
            rest = rest.suffix(0)
            return .text([])
        case UInt8(ascii: "("): return .text(Self.special(Bytes(take(2))))
        case UInt8(ascii: "["):
            let name = rest.prefix { $0 != UInt8(ascii: "]") }
            rest = rest[name.endIndex...].dropFirst()
            return .text(Self.special(Bytes(name)))
        case UInt8(ascii: "*"):
            _ = name()
            return .text([])
        case UInt8(ascii: "s"):
            rest = rest.drop { $0 == UInt8(ascii: "+") || $0 == 0x2d }
            rest = rest.drop { (0x30...0x39).contains($0) }
            return .text([])
        case UInt8(ascii: "&"), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "|"), UInt8(ascii: "^"), UInt8(ascii: "%"), UInt8(ascii: "c"):
            return .text([])
        default: return .byte(escape)
        }
    }

    private mutating func take(_ count: Int) -> Bytes.SubSequence {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    /// `x`, `(xx` or `[xxx]`.
    private mutating func name() -> Bytes {
        guard let first = rest.popFirst() else { return [] }
        if first == UInt8(ascii: "(") { return Bytes(take(2)) }
        guard first == UInt8(ascii: "[") else { return [first] }
        let name = rest.prefix { $0 != UInt8(ascii: "]") }
        rest = rest[name.endIndex...].dropFirst()
        return Bytes(name)
    }

    private static let specials: [String: String] = [
        "aq": "'", "cq": "'", "oq": "'", "dq": "\"", "lq": "\"", "rq": "\"", "hy": "-", "en": "-",
        "em": "--", "rs": "\\", "ti": "~", "ha": "^", "ga": "`", "bu": "*", "<=": "<=",
    ]

    private static func special(_ name: Bytes) -> Bytes {
        Bytes((specials[String(decoding: name, as: UTF8.self)] ?? "").utf8)
    }
}

extension Vocabulary {
    /// Reads options, values and variables out of the source of a manual page, of which at most
    /// 4 MiB are looked at.
    package mutating func mine(manualPage source: Bytes) {
        mine(helpText: ManualPage(source).text, from: .manual)
    }

    /// The same for a page about one command of the program.
    package mutating func mine(manualPage source: Bytes, ofCommand command: Bytes) {
        mine(command: command, answer: ManualPage(source).text, from: .manual)
    }

    /// The page that the source says to read instead, relative to the folder of all pages.
    package static func redirection(inManualPage source: Bytes) -> Bytes? {
        ManualPage.redirection(in: source)
    }
}
