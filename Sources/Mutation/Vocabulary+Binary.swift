package import TestCases

extension Vocabulary {
    /// A record of a `struct option` table, as `getopt_long(3)` reads it.
    package struct LongOption: Hashable, Sendable {
        /// Without dashes.
        package var name: Bytes
        /// 0 no argument, 1 required, 2 optional.
        package var hasArgument: Int32
        /// The short option of the same meaning, where it is a printable character.
        package var value: Int32
        /// What the table calls the argument; empty where it does not.
        package var argumentName: Bytes

        package init(
            name: Bytes, hasArgument: Int32, value: Int32, argumentName: Bytes = []
        ) {
            self.name = name
            self.hasArgument = hasArgument
            self.value = value
            self.argumentName = argumentName
        }
    }

    /// Adds the options of tables found in the program.
    package mutating func mine(optionTable records: some Sequence<LongOption>) {
        for record in records where !record.name.isEmpty {
            let argument: Option.Argument =
                switch record.hasArgument {
                case 0: .none
                case 1: .required
                case 2: .optional
                default: .unknown
                }
            let named = HelpRow.valueKind(of: record.argumentName)
            let kind = named == .any ? Option.ValueKind(suggestedBy: record.name) : named
            insert(
                Option(
                    spelling: [0x2d, 0x2d] + record.name, argument: argument, valueKind: kind,
                    choices: HelpRow.choices(in: record.argumentName)),
                from: .optionTable)
            if (0x21...0x7e).contains(record.value), record.value != 0x3f,
                let letter = UInt8(exactly: record.value)
            {
                insert(
                    Option(spelling: [0x2d, letter], argument: argument, valueKind: kind),
                    from: .optionTable)
            }
        }
    }

    /// Adds the options of a string as `getopt(3)` reads it, such as `ab:c::`.
    package mutating func mine(
        optionString: Bytes, from source: Source = .optionString
    ) {
        var rest = optionString.drop { "+-:".utf8.contains($0) }
        while let letter = rest.popFirst() {
            if letter == UInt8(ascii: "W"), rest.first == UInt8(ascii: ";") {
                // `-W name` is `--name` to the GNU C library.
                rest.removeFirst()
            }
            let colons = rest.prefix { $0 == UInt8(ascii: ":") }.count
            rest = rest.dropFirst(colons)
            guard letter > 0x20, letter < 0x7f, letter != UInt8(ascii: ":") else { continue }
            let argument: Option.Argument =
                colons == 0 ? .none : colons == 1 ? .required : .optional
            insert(Option(spelling: [0x2d, letter], argument: argument), from: source)
        }
    }

    /// Adds the words that the argument of an option may be, where the option is known.
    package mutating func mine(choices words: [Bytes], of spelling: Bytes) {
        guard let option = option(spelled: spelling), option.argument != .none else { return }
        insert(
            Option(spelling: spelling, argument: option.argument, choices: words),
            from: .optionTable)
    }

    /// Sorts the strings of the program's read-only data into options, commands, names, words
    /// and paths; at most 64 MiB are read. Messages and formats are left out.
    package mutating func mine(readOnlyData bytes: Span<UInt8>) {
        let count = min(bytes.count, 64 << 20)
        var start = 0
        for index in 0...count {
            let isText = index < count && Self.isText(bytes[index])
            guard !isText else { continue }
            // A string in a program ends with a NUL; what ends otherwise is data.
            if index - start > 1, index < count, bytes[index] == 0 {
                mine(string: (start..<min(index, start + 16_384)).map { bytes[$0] })
            }
            start = index + 1
        }
    }

    mutating func mine(string: Bytes) {
        let shape = StringShape(string)
        if shape.isHelpText {
            mine(helpText: string, from: .binary)
            return
        }
        guard string.count <= 128 else { return }
        switch shape.kind {
        case .option:
            let isAssigned = string.last == UInt8(ascii: "=")
            insert(
                Option(
                    spelling: isAssigned ? string.dropLast() : string,
                    argument: isAssigned ? .required : .unknown), from: .binary)
        case .optionString: mine(optionString: string, from: .binary)
        case .dotCommand:
            lines.insert(string, from: .binary)
            words.insert(string, from: .binary)
        case .capitals:
            names.insert(string, from: .binary)
            words.insert(string, from: .binary)
        case .word:
            words.insert(string, from: .binary)
            values.insert(string, from: .binary)
        case .path: values.insert(string, from: .binary)
        case .statement: lines.insert(string, from: .binary)
        case .other: break
        }
    }

    private static func isText(_ byte: UInt8) -> Bool {
        (0x20...0x7e).contains(byte) || byte == 0x0a || byte == 0x09
    }
}
