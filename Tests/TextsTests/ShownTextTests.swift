import Testing

@testable import Texts

@Suite struct ShownTextTests {
    /// What a terminal obeys, hides or turns round.
    private static let hostile: [String] = [
        "\u{1b}]0;title\u{7}", "\u{1b}[2J", "a\rb", "a\nb", "\u{8}\u{8}", "\u{7f}", "\u{9b}31m",
        "\u{202e}gnp.exe", "\u{2066}x\u{2069}", "\u{200b}", "\u{feff}", "\u{2028}", "\u{2029}",
        "\u{85}", "\u{e0041}", "\u{ad}", "\0",
    ]

    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
            default: true
            }
        }
    }

    @Test("bytes that are no UTF-8 are shown as numbers, in words as well")
    func otherBytes() {
        let other = "a\u{10feff}\u{10fec3}b"
        #expect(ShownText(other).text == "a\\xff\\xc3b")
        let besides = "\u{10fe7f}\u{10ff00}"
        #expect(ShownText(besides).text == besides)
    }

    @Test("a value that is put in is one line without anything hidden", arguments: hostile)
    func interpolation(name: String) {
        let shown: ShownText = "before \(name) behind"
        #expect(Self.isPlain(shown.text))
        #expect(shown.text.hasPrefix("before ") && shown.text.hasSuffix(" behind"))
        #expect(Self.isPlain(ShownText(name).text))
        #expect(Self.isPlain(ShownText(bytes: name.utf8).text))
        #expect(Self.isPlain(ShownText(lines: name).lines.map(\.text).joined()))
        var table = TextTable([("A", .left), ("B", .left)])
        table.append([name, name])
        #expect(table.text(width: 80).lines.count == 2)
        #expect(Self.isPlain(table.text(width: 80).lines.map(\.text).joined()))
        #expect(
            Self.isPlain(
                WrappedText.paragraph(name, name, width: 80).lines.map(\.text).joined()))
        struct Failure: Error, CustomStringConvertible { let description: String }
        let error: ShownText = "\(Failure(description: name) as any Error)"
        #expect(Self.isPlain(error.text))
    }

    @Test("what is hidden is written out")
    func forms() {
        let name = "a\nb\t\u{1b}[1m\u{202e}"
        #expect(ShownText(name).text == "a\\nb\\t\\x1b[1m\\u{202e}")
        #expect(ShownText("é 日本 → C:\\x").text == "é 日本 → C:\\x")
        #expect(ShownText("😀").text == "😀")
    }

    @Test("bytes that are no UTF-8 are written as their numbers")
    func bytes() {
        let bytes: [UInt8] = [
            0x61, 0xff, 0xc3, 0xa9, 0xc3, 0x0a, 0xe2, 0x80, 0xf8, 0xed, 0xa0, 0x80,
        ]
        #expect(ShownText(bytes: bytes).text == "a\\xffé\\xc3\\n\\xe2\\x80\\xf8\\xed\\xa0\\x80")
        #expect(ShownText(lines: bytes[4...6]).text == "\\xc3\n\\xe2")
    }

    @Test("text of the program stays as it is, and what is shown is not escaped again")
    func literals() {
        let line: ShownText = "\r\u{1b}[K"
        #expect(line.text == "\r\u{1b}[K")
        let whole: ShownText = "\(line)\(ShownText("x"))\n"
        #expect(whole.text == "\r\u{1b}[Kx\n")
        #expect((line + "a").text == "\r\u{1b}[Ka")
        let two = "a\nb"
        #expect(ShownText(two).indented(by: 2).text == "  a\\nb")
        #expect(ShownText(lines: two).indented(by: 2).text == "  a\n  b")
    }

    @Test("JSON keeps its meaning", arguments: hostile)
    func json(name: String) {
        let shown = ShownText(json: "{\"a\":\n\"\(name)\"}").text
        let isPlain = Self.isPlain(shown.replacing("\n", with: ""))
        // A line's end stands between strings only; JSON encoders escape it inside.
        #expect(isPlain)
        #expect(ShownText(json: "\u{202e}\u{e0041}").text == "\\u202e\\udb40\\udc41")
    }
}
