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

    /// The plain commands of a script that have one of the names, their words behind single spaces,
    /// with what its variables are by then.
    ///
    /// - Parameter reading: gives the text of a file that the script reads by `.` or `source`.
    static func commands(
        in script: String, named names: Set<String>, reading: (String) -> String?
    ) -> [String] {
        var known = ""
        var commands: [String] = []
        for line in script.split(separator: "\n") {
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard !line.hasPrefix("#") else { continue }
            for part in parts(ofLine: String(line)) {
                guard let first = part.first else { continue }
                if first == "." || first == "source", part.count > 1 {
                    known += "\n" + (reading(expanded(part[1], values(in: known))) ?? "")
                } else if Self.parts(first) != nil {
                    known += "\n" + line
                } else if names.contains(first.split(separator: "/").last.map(String.init) ?? "") {
                    let values = values(in: known)
                    commands.append(part.map { expanded($0, values) }.joined(separator: " "))
                }
            }
        }
        return commands
    }

    /// The words of each command in a line.
    private static func parts(ofLine line: String) -> [[String]] {
        let ends: Set<String> = [";", "&&", "||", "|", "then", "else", "do", "if", "!", "{", "("]
        var parts: [[String]] = [[]]
        for word in words(of: line.split(separator: ";").joined(separator: " ; ")) {
            if ends.contains(word) { parts.append([]) } else { parts[parts.count - 1].append(word) }
        }
        return parts
    }

    private static func values(in text: String) -> [String: String] {
        assignments(in: text).reduce(into: [:]) {
            $0[String(decoding: $1.name, as: UTF8.self)] = String(decoding: $1.value, as: UTF8.self)
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
