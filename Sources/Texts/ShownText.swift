/// Text that a person may be shown: in a terminal, a log or a comment.
///
/// A target or a file decides what stands in names, paths, arguments and messages, and a terminal
/// obeys what it is sent. So whatever prints takes this type alone. What the program's source says
/// is shown as it is; every value that is put in is one line, with what does not show as itself
/// written out.
package struct ShownText: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// For what writes it to where it is shown.
    package let text: String

    /// Text as it stands in the source of the program.
    package init(stringLiteral value: String) { text = value }

    package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// One line, whatever the text is.
    package init(_ text: some StringProtocol) { self.text = Self.escaped(text) }

    /// A text whose lines are its own, each of them escaped: what was written in lines by this
    /// program, or comes as a block of them under a heading.
    package init(lines text: some StringProtocol) {
        self.text = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { Self.escaped($0) }.joined(separator: "\n")
    }

    /// Bytes of somebody else's in lines; what is no UTF-8 is written as its number.
    package init(lines bytes: some Sequence<UInt8>) {
        var result = ""
        for part in UTF8Part.all(of: Array(bytes)) {
            switch part {
            case .scalar("\n"): result += "\n"
            case .scalar(let scalar): Self.append(scalar, to: &result)
            case .invalid(let byte): result += Self.number(byte)
            }
        }
        text = result
    }

    /// One line of bytes; what is no UTF-8 is written as its number.
    package init(bytes: some Sequence<UInt8>) {
        var result = ""
        for part in UTF8Part.all(of: Array(bytes)) {
            switch part {
            case .scalar(let scalar): Self.append(scalar, to: &result)
            case .invalid(let byte): result += Self.number(byte)
            }
        }
        text = result
    }

    /// JSON, which may have any character in its strings and none but plain ones outside of them:
    /// what does not show as itself is written as JSON writes it.
    package init(json: String) {
        var result = ""
        for scalar in json.unicodeScalars {
            guard scalar != "\n", Self.isHidden(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            for unit in Character(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        text = result
    }

    private init(shown text: String) { self.text = text }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ shown: ShownText) { text += shown.text }
        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            text += ShownText.escaped(value.description)
        }
        package mutating func appendInterpolation(_ error: any Error) {
            text += ShownText.escaped("\(error)")
        }
    }
}

extension ShownText {
    package static func + (left: ShownText, right: ShownText) -> ShownText {
        ShownText(shown: left.text + right.text)
    }

    package static func += (left: inout ShownText, right: ShownText) {
        left = left + right
    }

    package var isEmpty: Bool { text.isEmpty }

    /// Its lines; an empty text has one.
    package var lines: [ShownText] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            ShownText(shown: String($0))
        }
    }

    /// Every line behind that many spaces.
    package func indented(by count: Int) -> ShownText {
        let margin = ShownText(shown: String(repeating: " ", count: count))
        return lines.map { margin + $0 }.joined(separator: "\n")
    }

    /// Its first characters, at most so many.
    package func prefix(_ length: Int) -> ShownText {
        ShownText(shown: String(text.prefix(length)))
    }
}

extension ShownText {
    /// The text in one line, with what does not show as itself written out: `\n`, `\t`, `\x1b`,
    /// `\u{202e}`.
    ///
    /// A backslash stays as it is: what is escaped twice is so no harder to read.
    package static func escaped(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return String(text) }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        guard isHidden(scalar) else { return result.unicodeScalars.append(scalar) }
        switch scalar {
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "\0"..<"\u{80}", otherBytes: result += number(UInt8(truncatingIfNeeded: scalar.value))
        default: result += "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }

    /// Characters that stand for bytes which are no UTF-8, see `String.wordBytes`: the byte is the last
    /// of each number.
    private static let otherBytes: ClosedRange<Unicode.Scalar> = "\u{10fe80}"..."\u{10feff}"

    private static func number(_ byte: UInt8) -> String {
        "\\x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
    }

    /// Whether it is obeyed rather than shown: control characters, what changes the direction of
    /// writing or has no width, and what ends lines.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
        if otherBytes.contains(scalar) { return true }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}

extension Sequence<ShownText> {
    package func joined(separator: ShownText = "") -> ShownText {
        var iterator = makeIterator()
        guard var result = iterator.next() else { return "" }
        while let next = iterator.next() { result += separator + next }
        return result
    }
}
