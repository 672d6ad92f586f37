package import TestCases

extension Vocabulary {
    /// Reads options, their arguments and values, dot commands and variables out of what a
    /// program prints about its usage. Anything may be given; at most 1 MiB is read.
    package mutating func mine(helpText: Bytes, from source: Source = .helpText) {
        var described: [Bytes] = []
        var descriptions: [Description] = []
        var isInTable = false
        for line in helpText.prefix(1 << 20).split(separator: 0x0a).prefix(20_000) {
            var row = HelpRow(line.prefix(1_024))
            let options = row.leadingOptions()
            if !options.isEmpty {
                for option in options { insert(option, from: source) }
                let last = described.isEmpty ? nil : descriptions.indices.last
                described = options.map(\.spelling)
                if let last, descriptions[last].join(described, beginning: row.rest) {
                    described = descriptions[last].options
                } else {
                    descriptions.append(Description(of: described, beginning: row.rest))
                }
            } else if let command = row.dotCommand() {
                lines.insert(command, from: source)
                words.insert(command, from: source)
                described = []
            } else if !row.isIndented {
                described = []
            } else if !described.isEmpty {
                descriptions[descriptions.count - 1].append(row.rest)
            }
            if let option = row.assignment() { insert(option, from: source) }
            for command in row.subcommands() {
                words.insert(command, from: source)
                noteCandidate(command)
            }
            // The last line of a table may have one word.
            let columns = row.columnsOfWords()
            if columns.count > 1 || (isInTable && columns.count == 1) {
                for command in columns {
                    words.insert(command, from: source)
                    noteCandidate(command)
                }
            }
            isInTable = columns.count > 1
            for option in row.bracketedOptions() { insert(option, from: source) }
            for word in row.quotedWords() {
                values.insert(word, from: source)
                for spelling in described {
                    insert(choice: word, forOption: spelling, from: source)
                }
            }
            for name in row.variableNames() { names.insert(name, from: source) }
        }
        for description in descriptions { insert(description, from: source) }
        guard source == .helpText else { return }
        for form in UsageForm.forms(in: helpText)
        where forms.count < Self.formCapacity && !forms.contains(form) { forms.append(form) }
    }

    private static let formCapacity = 48

    /// Takes what the description of options says of others that are known now.
    private mutating func insert(_ description: Description, from source: Source) {
        let mentions = description.mentions.filter { mention in
            option(spelled: mention.spelling).map { !$0.endsProgram } ?? false
        }
        for mention in mentions {
            guard let value = mention.value else { continue }
            insert(choice: value, forOption: mention.spelling, from: source)
        }
        let companions = (mentions.filter(\.isNeeded) + mentions.filter { !$0.isNeeded }).map {
            Option.Companion(
                spelling: $0.spelling, value: $0.value, isNeeded: $0.isNeeded,
                sentence: $0.sentence)
        }
        for spelling in description.options {
            guard let option = option(spelled: spelling) else { continue }
            var known = Option(spelling: spelling, argument: option.argument)
            known.companions = companions
            if !known.companions.isEmpty { insert(known, from: source) }
        }
    }

    /// A quoted word in the description of an option is a value of it, if it takes one.
    private mutating func insert(
        choice: Bytes, forOption spelling: Bytes, from source: Source
    ) {
        let isWord = choice.first != 0x2d && choice.contains(where: HelpRow.isLetterOrDigit)
        guard isWord, let option = option(spelled: spelling), option.argument != .none else {
            return
        }
        insert(
            Option(spelling: spelling, argument: option.argument, choices: [choice]), from: source)
    }
}
