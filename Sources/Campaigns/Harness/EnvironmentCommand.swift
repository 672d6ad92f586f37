/// A command line of env(1), as far as it says what is run.
///
/// `#!/usr/bin/env python3` and `env -u X A=b python3 app.py` both mean python3.
struct EnvironmentCommand: Hashable, Sendable {
    /// What is run and what it is given.
    var words: [String] = []
    var variables: [(name: String, value: String)] = []
    var removed: [String] = []
    var isEmptied = false

    /// Nil where the words name no program, or have an option that changes more than variables.
    ///
    /// A `#!` line hands everything behind `env` over in one word; env itself takes that apart with
    /// `-S` only.
    init?(_ arguments: [String]) {
        var left = arguments[...]
        while let word = left.first {
            left.removeFirst()
            switch word {
            case "-i", "-", "--ignore-environment": isEmptied = true
            case "-u", "--unset":
                guard let name = left.popFirst() else { return nil }
                removed.append(name)
            case "-S", "--split-string":
                guard let text = left.popFirst() else { return nil }
                left = (Self.split(text) + left)[...]
            case "--": continue
            case _ where word.hasPrefix("-S"):
                left = (Self.split(String(word.dropFirst(2))) + left)[...]
            case _ where word.hasPrefix("-vS"):
                left = (Self.split(String(word.dropFirst(3))) + left)[...]
            case _ where word.hasPrefix("-u"): removed.append(String(word.dropFirst(2)))
            case _ where word.hasPrefix("-"): return nil
            case _ where word.contains("="):
                let parts = word.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                variables.append((String(parts[0]), String(parts[1])))
            default:
                words = [word] + left
                return
            }
        }
        return nil
    }

    /// At blanks, with quotes and the escapes that env(1) has.
    private static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + (character == "_" ? " " : String(character))
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character == " " || character == "\t" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }

    static func == (one: EnvironmentCommand, other: EnvironmentCommand) -> Bool {
        one.words == other.words && one.removed == other.removed
            && one.isEmptied == other.isEmptied
            && one.variables.elementsEqual(other.variables, by: ==)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(words) }
}
