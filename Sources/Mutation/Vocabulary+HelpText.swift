package import TestCases

extension Vocabulary {
    /// Reads options, their arguments and values, dot commands and variables out of what a
    /// program prints about its usage. Anything may be given; at most 1 MiB is read.
    package mutating func mine(helpText: Bytes, from source: Source = .helpText) {
        var described: [Bytes] = []
        var isInTable = false
        for line in helpText.prefix(1 << 20).split(separator: 0x0a).prefix(20_000) {
            var row = HelpRow(line.prefix(1_024))
            let options = row.leadingOptions()
            if !options.isEmpty {
                for option in options { insert(option, from: source) }
                described = options.map(\.spelling)
            } else if let command = row.dotCommand() {
                lines.insert(command, from: source)
                words.insert(command, from: source)
                described = []
            } else if !row.isIndented {
                described = []
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
