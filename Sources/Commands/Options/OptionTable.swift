internal import TestCases

/// The options of one command, from which parsing, help and suggestions all derive.
struct OptionTable<Target: Sendable>: Sendable {
    struct Row: Sendable {
        let name: String
        let short: String?
        /// What the value is called in help, nil for a flag.
        let placeholder: String?
        let help: String
        /// What a correct value looks like, for "NAME needs …".
        let expectation: String
        /// Stores the value; false when it is not as expected.
        let apply: @Sendable (inout Target, String) -> Bool
    }

    let rows: [Row]

    init(_ rows: [Row]) {
        self.rows = rows
    }

    /// Takes options out of the words and returns the operands, nil when help is asked for.
    ///
    /// Values of options are text; operands may be of any bytes, see `String.wordBytes`.
    ///
    /// Everything behind `--` is an operand, and so is everything behind the operand of the index
    /// `stopsAtOperand`, counted from 0; with `keepsSeparator` so is the `--` itself.
    func parse(
        _ words: [String], into target: inout Target, stopsAtOperand: Int? = nil,
        keepsSeparator: Bool = false
    ) throws(UsageError) -> [String]? {
        var operands: [String] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" {
                if keepsSeparator { operands.append(word) }
                operands += words[index...]
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                if operands.count - 1 == stopsAtOperand {
                    operands += words[index...]
                    break
                }
                continue
            }
            let (name, inline) = Self.split(word)
            guard name != "--help", name != "-h" else { return nil }
            let row = try row(named: name)
            var value = inline ?? ""
            if let placeholder = row.placeholder, inline == nil {
                guard index < words.count else {
                    throw UsageError("\(name) needs a value: \(name) \(placeholder)")
                }
                value = words[index]
                index += 1
            } else if row.placeholder == nil, inline != nil {
                throw UsageError("\(name) takes no value")
            }
            guard !value.holdsOtherBytes else {
                throw UsageError("\(name) needs text, and what it is given is no UTF-8")
            }
            guard row.apply(&target, value) else {
                throw UsageError("\(name) needs \(row.expectation), not '\(value)'")
            }
        }
        return operands
    }

    private static func split(_ word: String) -> (name: String, value: String?) {
        guard word.hasPrefix("--"), let sign = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<sign]), String(word[word.index(after: sign)...]))
    }

    private func row(named name: String) throws(UsageError) -> Row {
        if let row = rows.first(where: { $0.name == name || $0.short == name }) { return row }
        let known = rows.map(\.name)
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
        throw UsageError("unknown option \(name)\(hint)")
    }

    /// The option part of a command's help, at most 80 columns wide.
    var help: String {
        let lefts = rows.map { row in
            let names = (row.short.map { $0 + ", " } ?? "") + row.name
            return names + (row.placeholder.map { " " + $0 } ?? "")
        }
        let width = lefts.map(\.count).max() ?? 0
        return zip(lefts, rows).map { left, row in
            "  " + left + String(repeating: " ", count: width - left.count + 2) + row.help
        }.joined(separator: "\n")
    }
}

extension OptionTable.Row {
    static func flag(
        _ name: String, short: String? = nil,
        _ path: any WritableKeyPath<Target, Bool> & Sendable, _ help: String
    ) -> Self {
        .init(name: name, short: short, placeholder: nil, help: help, expectation: "") {
            target, _ in
            target[keyPath: path] = true
            return true
        }
    }

    static func value<Value: OptionValue>(
        _ name: String, short: String? = nil, _ placeholder: String,
        _ path: any WritableKeyPath<Target, Value> & Sendable, _ help: String
    ) -> Self {
        .init(
            name: name, short: short, placeholder: placeholder, help: help,
            expectation: Value.expectation
        ) { target, text in
            guard let value = Value(optionText: text) else { return false }
            target[keyPath: path] = value
            return true
        }
    }
}

extension OptionTable.Row {
    /// An option that may be given several times; each adds a value.
    static func list(
        _ name: String, _ placeholder: String,
        _ path: any WritableKeyPath<Target, [String]> & Sendable, _ help: String
    ) -> Self {
        .init(
            name: name, short: nil, placeholder: placeholder, help: help,
            expectation: String.expectation
        ) { target, text in
            guard let value = String(optionText: text) else { return false }
            target[keyPath: path].append(value)
            return true
        }
    }
}

/// The command line cannot be understood; exit code 2.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
