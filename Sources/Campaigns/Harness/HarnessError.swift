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
                (context.codingPath, Self.explain(context))
            @unknown default: ([], "\(error)")
            }
        let field = path.last { $0.intValue == nil }?.stringValue
        self.init(
            file: file, line: field.flatMap { Self.line(of: $0, in: text) },
            problem: (field.map { "\($0): " } ?? "") + problem)
    }

    private static func explain(_ context: DecodingError.Context) -> String {
        guard context.codingPath.isEmpty else { return context.debugDescription }
        let detail = context.underlyingError.map { "\($0)" } ?? context.debugDescription
        // Foundation's parser says "… around line 3, column 4."
        let place = detail.range(of: "around line ").map { detail[$0.lowerBound...].prefix(30) }
        return "is not valid JSON5" + (place.map { " \($0)" } ?? "")
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

    /// The line on which a field or value first appears as a word, from 1.
    static func line(of word: String, in text: String) -> Int? {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated() where line.contains(word)
        {
            return index + 1
        }
        return nil
    }
}

extension HarnessError: CustomStringConvertible {
    package var description: String {
        "cannot use \(file)\(line.map { ", line \($0)" } ?? ""): \(problem)"
    }
}
