/// Fitting sentences and long words into a terminal.
package enum WrappedText {
    /// The text, escaped, in lines of at most `width` characters, broken at spaces; a word that is
    /// longer is cut. At least one line, also for an empty text.
    package static func lines(_ text: String, width: Int) -> [ShownText] {
        broken(ShownText.escaped(text), width: width).map { ShownText($0) }
    }

    private static func broken(_ text: String, width: Int) -> [String] {
        let width = max(1, width)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            var rest = word
            if !line.isEmpty {
                if line.count + 1 + rest.count <= width {
                    line += " " + rest
                    continue
                }
                lines.append(line)
                line = ""
            }
            while rest.count > width {
                lines.append(String(rest.prefix(width)))
                rest = rest.dropFirst(width)
            }
            line = String(rest)
        }
        return line.isEmpty && !lines.isEmpty ? lines : lines + [line]
    }

    /// A paragraph whose first line begins with `head` and whose others are indented as far.
    package static func paragraph(_ head: String, _ text: String, width: Int) -> ShownText {
        let head = ShownText.escaped(head)
        let indent = String(repeating: " ", count: head.count)
        return lines(text, width: max(20, width - head.count)).enumerated()
            .map { ShownText($0 == 0 ? head : indent) + $1 }.joined(separator: "\n")
    }

    /// The text with its end cut off where it is longer than `width`.
    package static func shortened(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }
}
