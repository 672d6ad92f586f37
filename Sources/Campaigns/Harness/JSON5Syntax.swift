internal import Foundation

/// Finds where a text stops being JSON5, which Foundation's decoder does not tell on Linux.
enum JSON5Syntax {
    /// Longer texts are not searched: each line costs a parse of all before it.
    private static let lineLimit = 2_000

    /// The line, from 1, behind the longest run of whole lines that is valid once its brackets are
    /// closed; for an invalid text that is where the error shows. Nil for a text that is too long.
    static func firstInvalidLine(of text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= lineLimit else { return nil }
        var brackets = BracketScanner()
        var read = ""
        var validLines = 0
        for (index, line) in lines.enumerated() {
            read += line + "\n"
            brackets.read(line)
            if isValid(read + brackets.closing) { validLines = index + 1 }
        }
        return min(validLines + 1, lines.count)
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    private static func isValid(_ text: String) -> Bool {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        return (try? decoder.decode(Anything.self, from: Data(text.utf8))) != nil
    }
}

/// Keeps the brackets that are open, those in strings and comments left out.
private struct BracketScanner {
    private enum State: Equatable {
        case plain
        case string(quote: Character)
        case comment
    }

    private var state = State.plain
    private var open: [Character] = []
    private var hasRead = false

    /// What completes the text; a text without any value so far is completed by an empty one.
    var closing: String { hasRead ? String(open.reversed()) : "{}" }

    mutating func read(_ line: Substring) {
        var rest = line[...]
        while let character = rest.popFirst() {
            switch state {
            case .comment:
                if character == "*", rest.first == "/" {
                    rest.removeFirst()
                    state = .plain
                }
            case .string(let quote):
                if character == "\\" { _ = rest.popFirst() }
                if character == quote { state = .plain }
            case .plain:
                if character == "/", rest.first == "/" { return }
                readPlain(character, before: rest.first)
            }
        }
    }

    private mutating func readPlain(_ character: Character, before next: Character?) {
        switch character {
        case "\"", "'": state = .string(quote: character)
        case "/": if next == "*" { state = .comment }
        case "{": open.append("}")
        case "[": open.append("]")
        case "}", "]": _ = open.popLast()
        default: break
        }
        if state != .comment, !character.isWhitespace { hasRead = true }
    }
}
