internal import Foundation

/// A harness that cannot be used: the file, the line where it is known, and what is allowed.
package struct HarnessError: Error, Hashable, Sendable {
    package let file: String
    package let line: Int?
    package let problem: String

    package init(file: String, line: Int?, problem: String) {
        self.file = file
        self.line = line
        self.problem = problem
    }

    /// Says of a decoder's error which field it is about, and finds the field's line.
    init(_ error: DecodingError, file: String, text: String) {
        let (path, problem): ([any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context):
                (context.codingPath, "the field \(key.stringValue) is missing")
            case .typeMismatch(let type, let context):
                (context.codingPath, "must be \(Self.name(of: type))")
            case .valueNotFound(let type, let context):
                (context.codingPath, "must be \(Self.name(of: type)), not null")
            case .dataCorrupted(let context):
                (context.codingPath, context.debugDescription)
            @unknown default: ([], "\(error)")
            }
        if case .dataCorrupted = error, path.isEmpty {
            self.init(
                file: file, line: JSON5Syntax.firstInvalidLine(of: text),
                problem:
                    "the text is not valid JSON5 from here on; a comma, quote or bracket may be "
                    + "missing")
            return
        }
        let field = path.last { $0.intValue == nil }?.stringValue
        self.init(
            file: file, line: field.flatMap { Self.line(of: $0, in: text) },
            problem: (field.map { "\($0): " } ?? "") + problem)
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is Double.Type: "a number"
        case is any Collection.Type: "a list or an object of the documented form"
        default: "of another type"
        }
    }

    /// The line, from 1, on which a word is a field's name; where it is none, the first that has it.
    static func line(of word: String, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop(while: \.isWhitespace).hasPrefix("//") ? "" : $0 }
        let line =
            lines.firstIndex { isField(word, in: $0) } ?? lines.firstIndex { $0.contains(word) }
        return line.map { $0 + 1 }
    }

    /// Whether the line holds the word with a colon behind it, quoted or not.
    private static func isField(_ word: String, in line: Substring) -> Bool {
        line.ranges(of: word).contains { range in
            let before = line[..<range.lowerBound].last
            let isWhole = before.map { !$0.isLetter && !$0.isNumber } ?? true
            let after = line[range.upperBound...].drop { "\"' \t".contains($0) }
            return isWhole && after.first == ":"
        }
    }
}

extension HarnessError: CustomStringConvertible {
    package var description: String {
        "cannot use \(file)\(line.map { ", line \($0)" } ?? ""): \(problem)"
    }
}
