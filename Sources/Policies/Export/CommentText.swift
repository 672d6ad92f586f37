internal import Texts

extension Policy {
    /// A text in a comment of an exported file, whichever language that is in: one line, in which
    /// nothing ends a comment (`*/`), goes on with it in the next line (a backslash at the end, or
    /// what trigraphs make one), or is hidden from the reader.
    static func commentText(_ text: String) -> String {
        var result = ""
        for scalar in ShownText.escaped(text).unicodeScalars {
            switch scalar {
            case "\\", "*": result += "?"
            case "/" where result.last == "?": result += "|"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A name in a file's name: no folder, nothing hidden, and nothing that a shell would take for
    /// an option.
    static func fileNamePart(_ name: String) -> String {
        let text = ShownText.escaped(name).map { character -> Character in
            character == "/" || character == "\\" ? "-" : character
        }
        let part = String(String(text).drop { $0 == "-" || $0 == "." })
        return part.isEmpty ? "policy" : String(part.prefix(80))
    }
}
