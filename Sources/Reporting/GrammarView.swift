package import Campaigns
internal import TestCases
package import Texts

/// The argument grammar of a target for people, and as JSON.
package struct GrammarView: Sendable, Encodable {
    package struct Option: Sendable, Encodable {
        /// The command that it belongs to; nil for the program's own.
        package let command: String?
        package let spelling: String
        package let argument: String
        package let valueKind: String
        package let choices: [String]
        package let sources: [String]
        /// Executions of command lines that have it; nil where there is no campaign.
        package let executed: UInt64?
        package let accepted: UInt64?
        package let refused: UInt64?
        /// Those refusals that say that there is no such option.
        package let unknown: UInt64?
    }

    package let program: String
    package let options: [Option]
    package let commands: [String]
    package let variables: [String]
    /// Options that are taken alone and refused together.
    package let conflicts: [[String]]

    package init(_ grammar: Grammar) {
        program = grammar.program
        options = grammar.options.map { option in
            Option(
                command: option.command.map(Self.text), spelling: Self.text(option.spelling),
                argument: option.argument, valueKind: option.valueKind,
                choices: option.choices.map(Self.text), sources: option.sources,
                executed: option.usage?.executed, accepted: option.usage?.accepted,
                refused: option.usage?.refused, unknown: option.usage?.unknown)
        }
        commands = grammar.commands.map(Self.text)
        variables = grammar.variables.map(Self.text)
        conflicts = grammar.conflicts.map { $0.map(Self.text) }
    }

    private static func text(_ bytes: Bytes) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The table for people, at most `width` columns wide as far as spellings allow.
    package func text(width: Int) -> ShownText {
        guard !options.isEmpty else { return "\(program): no option is known." }
        let isCounted = options.contains { $0.executed != nil }
        let counted: [(title: String, alignment: TextTable.Alignment)] =
            isCounted ? [("EXECUTED", .right), ("ACCEPTED", .right), ("REFUSED", .right)] : []
        var table = TextTable(
            [("OPTION", .left), ("ARGUMENT", .left), ("VALUE", .left)] + counted
                + [("SOURCES", .left), ("CHOICES", .left)])
        let spellingWidth = isCounted ? 26 : 32
        for option in options {
            let spelling = (option.command.map { $0 + " " } ?? "") + option.spelling
            let counts =
                isCounted
                ? [option.executed, option.accepted, option.refused].map {
                    Figures.count(Int(clamping: $0 ?? 0))
                }
                : []
            table.append(
                [
                    WrappedText.shortened(spelling, to: spellingWidth), option.argument,
                    option.valueKind == "none" ? "" : option.valueKind,
                ] + counts + [
                    option.sources.map(Self.letter).joined(),
                    WrappedText.shortened(
                        option.choices.joined(separator: " "), to: isCounted ? 20 : 40),
                ])
        }
        return table.text + "\n\n" + summary(width: width)
    }

    private func summary(width: Int) -> ShownText {
        var sentences = [
            "\(Figures.count(options.count, "option")) of \(program). Sources: H harness, S seed, "
                + "T option table, G option string, U usage, M manual, B strings of the binary."
        ]
        if options.contains(where: { $0.executed != nil }) {
            let executed = options.count { ($0.executed ?? 0) > 0 }
            let unknown = options.count { ($0.unknown ?? 0) > 0 && $0.accepted == 0 }
            sentences.append(
                "\(Figures.count(executed)) executed, \(Figures.count(unknown)) unknown to the "
                    + "program.")
        }
        for (title, words) in [
            ("Commands", commands), ("Variables", variables),
            ("Refused together", conflicts.map { $0.joined(separator: " with ") }),
        ] where !words.isEmpty {
            let shown = words.prefix(24).joined(separator: ", ")
            let more = words.count > 24 ? " and \(words.count - 24) more" : ""
            sentences.append("\(title): \(shown)\(more).")
        }
        return sentences.map { WrappedText.lines($0, width: width).joined(separator: "\n") }
            .joined(separator: "\n")
    }

    private static func letter(_ source: String) -> String {
        switch source {
        case "harness": "H"
        case "seed": "S"
        case "option table": "T"
        case "option string": "G"
        case "help": "U"
        case "manual": "M"
        default: "B"
        }
    }
}
