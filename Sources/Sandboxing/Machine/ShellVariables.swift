package import TestCases

/// Variables as files for services set them: systemd's environment files, and files that a shell
/// reads, as far as they are plain assignments.
package enum ShellVariables {
    /// `NAME=value` and `export NAME=value`, one a line; what a value takes from another variable is
    /// put in where that was set before, and nothing where it was not.
    package static func assignments(in text: String) -> [TestCase.Variable] {
        var values: [String: String] = [:]
        var order: [String] = []
        for line in text.split(separator: "\n") {
            var line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("export ") {
                line = line.dropFirst("export ".count).drop { $0 == " " }
            }
            guard let (name, value) = parts(String(line)) else { continue }
            guard let word = words(of: value).first ?? Optional("") else { continue }
            if values[name] == nil { order.append(name) }
            values[name] = expanded(word, values)
        }
        return order.compactMap { name in
            values[name].map { .init(name: Bytes(name.utf8), value: Bytes($0.utf8)) }
        }
    }

    /// One word that sets a variable.
    package static func assignment(_ word: String) -> TestCase.Variable? {
        parts(word).map { .init(name: Bytes($0.name.utf8), value: Bytes($0.value.utf8)) }
    }

    /// The words of a line, without the quotes around or in them.
    package static func words(of line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character == " " || character == "\t" {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    private static func parts(_ word: String) -> (name: String, value: String)? {
        guard let equals = word.firstIndex(of: "=") else { return nil }
        let name = word[..<equals]
        guard let first = name.first, first.isLetter || first == "_",
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else { return nil }
        return (String(name), String(word[word.index(after: equals)...]))
    }

    private static func expanded(_ text: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "$" else {
                result.append(character)
                continue
            }
            let isBraced = rest.first == "{"
            if isBraced { rest.removeFirst() }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest.dropFirst(name.count)
            if isBraced { rest = rest.drop { $0 != "}" }.dropFirst() }
            result += values[String(name)] ?? ""
        }
        return result
    }
}
