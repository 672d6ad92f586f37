package import TestCases

/// The words of a target's interface: what its mutated command lines and inputs are made of.
///
/// Bounded however much is mined. A word keeps the source that gave it first, so the best sources
/// are mined first.
package struct Vocabulary: Sendable {
    /// Where a word comes from, the most telling first.
    package enum Source: Int, CaseIterable, Sendable {
        case harness, seed
        /// Option tables and option strings found in the program.
        case optionTable
        case helpText
        /// Strings of the program's read-only data.
        case binary
        /// What suits any program.
        case builtIn

        /// How often a word of this source is drawn, relative to the others.
        var weight: Int {
            switch self {
            case .harness: 8
            case .seed, .optionTable, .helpText: 6
            case .binary: 3
            case .builtIn: 2
            }
        }
    }

    /// One option of a command line.
    package struct Option: Hashable, Sendable {
        package enum Argument: Hashable, Sendable {
            case none, required, optional, unknown
        }

        /// What an argument means, as far as its name in a help text tells.
        package enum ValueKind: Hashable, Sendable {
            case any, number, path
        }

        /// With its dashes.
        package var spelling: Bytes
        package var argument: Argument
        package var valueKind = ValueKind.any
        /// Values that are known to be understood.
        package var choices: [Bytes] = []

        package init(
            spelling: Bytes, argument: Argument, valueKind: ValueKind = .any, choices: [Bytes] = []
        ) {
            self.spelling = spelling
            self.argument = argument
            self.valueKind = valueKind
            self.choices = choices
        }

        package var isLong: Bool { spelling.starts(with: [0x2d, 0x2d]) }
        package var isShort: Bool { spelling.count == 2 && spelling.first == 0x2d && !isLong }
    }

    package static let optionCapacity = 1_024
    package static let choiceCapacity = 16

    /// In order of insertion.
    package private(set) var options: [Option] = []
    private var optionIndices: [Bytes: Int] = [:]
    /// Subcommands, keywords, anything that may be a token of an argument or an input.
    package var words = Pool()
    /// Values of options and variables: numbers, paths, keywords.
    package var values = Pool()
    /// Names of environment variables.
    package var names = Pool()
    /// Whole lines of input, without the newline.
    package var lines = Pool()
    /// The system calls that the target was seen to make after its entry point, for faults.
    package var observedCalls: [ObservedCall] = []

    /// A system call and how often one execution made it.
    package struct ObservedCall: Hashable, Sendable {
        package var number: UInt32
        package var occurrences: UInt32

        package init(number: UInt32, occurrences: UInt32) {
            self.number = number
            self.occurrences = occurrences
        }
    }

    /// Holds what suits any program.
    package init() {
        for number in BuiltIn.numbers { values.insert(number, from: .builtIn) }
        for path in BuiltIn.paths { values.insert(path, from: .builtIn) }
        for keyword in BuiltIn.keywords { values.insert(keyword, from: .builtIn) }
        for line in BuiltIn.lines { lines.insert(line, from: .builtIn) }
        for variable in BuiltIn.variables { names.insert(variable.name, from: .builtIn) }
    }

    /// Adds an option, or what is new about one that is known.
    package mutating func insert(_ option: Option) {
        guard option.spelling.count <= 64 else { return }
        guard let index = optionIndices[option.spelling] else {
            guard options.count < Self.optionCapacity else { return }
            optionIndices[option.spelling] = options.count
            options.append(option)
            options[options.count - 1].choices = Array(option.choices.prefix(Self.choiceCapacity))
            return
        }
        if options[index].argument == .unknown { options[index].argument = option.argument }
        if options[index].valueKind == .any { options[index].valueKind = option.valueKind }
        for choice in option.choices { insert(choice: choice, at: index) }
    }

    package func option(spelled spelling: Bytes) -> Option? {
        optionIndices[spelling].map { options[$0] }
    }

    private mutating func insert(choice: Bytes, at index: Int) {
        let known = options[index].choices
        guard known.count < Self.choiceCapacity, !known.contains(choice) else { return }
        options[index].choices.append(choice)
    }

    /// Adds a token as a harness or a seed gives it: what looks like an option becomes one.
    package mutating func insert(token: Bytes, from source: Source) {
        guard token.first == 0x2d, token.count > 1 else {
            words.insert(token, from: source)
            if token.count <= 256 { values.insert(token, from: source) }
            return
        }
        guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else {
            insert(Option(spelling: token, argument: .unknown))
            return
        }
        let choice = Bytes(token[(equals + 1)...])
        insert(
            Option(spelling: Bytes(token[..<equals]), argument: .unknown, choices: [choice]))
    }

    /// Adds what a test case is made of.
    package mutating func insert(seed testCase: TestCase) {
        for argument in testCase.arguments { insert(token: argument, from: .seed) }
        for variable in testCase.environment {
            names.insert(variable.name, from: .seed)
            values.insert(variable.value, from: .seed)
        }
        let contents = testCase.files.compactMap(FileTree.content(of:))
        for content in [testCase.standardInput.bytes] + contents {
            for line in content.prefix(1 << 16).split(separator: 0x0a) {
                lines.insert(Bytes(line), from: .seed)
            }
        }
    }
}
