package import TestCases

/// The words of a target's interface: what its mutated command lines and inputs are made of.
///
/// Bounded however much is mined. A word keeps the source that gave it first, so the best sources
/// are mined first.
package struct Vocabulary: Sendable {
    /// Where a word comes from, the most telling first.
    package enum Source: Int, CaseIterable, Sendable {
        case harness, seed
        /// What the target was seen to compare its input with, or to ask for.
        case comparison
        /// Option tables found in the program.
        case optionTable
        /// What the program calls getopt(3) with.
        case optionString
        case helpText
        case manual
        /// Strings of the program's read-only data.
        case binary
        /// What suits any program.
        case builtIn

        /// As people read it.
        package var name: String {
            switch self {
            case .harness: "harness"
            case .seed: "seed"
            case .comparison: "comparison"
            case .optionTable: "option table"
            case .optionString: "option string"
            case .helpText: "help"
            case .manual: "manual"
            case .binary: "strings"
            case .builtIn: "built in"
            }
        }

        /// How often a word of this source is drawn, relative to the others.
        var weight: Int {
            switch self {
            case .harness: 8
            case .comparison, .seed, .optionTable, .optionString, .helpText, .manual: 6
            case .binary: 3
            case .builtIn: 2
            }
        }
    }

    /// Options beyond are not taken: a binary's strings may look like any number of them.
    package static let optionCapacity = 1_024
    /// Values of one option beyond are not taken.
    package static let choiceCapacity = 16

    var spellings = Pool()
    var optionsBySpelling: [Bytes: Option] = [:]
    /// What the program does when its first argument is one of these words.
    package internal(set) var commands: [Command] = []
    /// The ways to use the program that its usage lists.
    package internal(set) var forms: [UsageForm] = []
    /// How the program answers to an option that it cannot know.
    package var refusals = Refusals()
    /// Subcommands, keywords, anything that may be a token of an argument or an input.
    package var words = Pool()
    /// Values of options and variables: numbers, paths, keywords.
    package var values = Pool()
    /// Names of environment variables.
    package var names = Pool()
    /// Whole lines of input, without the newline.
    package var lines = Pool()
    /// What ends a line of a message to a server.
    package var lineEnd = Bytes("\r\n".utf8)
    /// Numbers that the target's code compares data with, as the bytes that lie in memory.
    package var magics = Pool()
    /// Words that a usage lists as if they were commands, to be asked about; bounded.
    package private(set) var commandCandidates: [Bytes] = []
    /// Where its configuration may be another.
    package var configuration: [Configuration] = []
    /// The system calls that the target was seen to make after its entry point, for faults.
    package var observedCalls: [ObservedCall] = []
    /// The signals for which the target was seen to set a handler, each once.
    package var handledSignals: [UInt8] = []
    /// Of the signals that operators send to servers, those that the target takes.
    package var notifications: [UInt8] = []
    /// Signals by which operators have servers read their files again, open their logs again, or
    /// end: HUP USR1 USR2 WINCH QUIT INT TERM.
    package static let operatorSignals: [UInt8] = [1, 10, 12, 28, 3, 2, 15]
    /// Whether the target was seen to read its standard input.
    package var readsStandardInput = false

    /// A system call and how often one execution made it.
    package struct ObservedCall: Hashable, Sendable {
        /// The kernel's number.
        package var number: UInt32
        package var occurrences: UInt32

        package init(number: UInt32, occurrences: UInt32) {
            self.number = number
            self.occurrences = occurrences
        }
    }

    /// Names of variables that any program may be given.
    package static let builtInNames = Set(BuiltIn.variables.map(\.name))

    /// Holds what suits any program.
    package init() {
        for number in BuiltIn.numbers { values.insert(number, from: .builtIn) }
        for path in BuiltIn.paths { values.insert(path, from: .builtIn) }
        for keyword in BuiltIn.keywords { values.insert(keyword, from: .builtIn) }
        for line in BuiltIn.lines { lines.insert(line, from: .builtIn) }
        for variable in BuiltIn.variables { names.insert(variable.name, from: .builtIn) }
    }

    mutating func noteCandidate(_ command: Bytes) {
        guard commandCandidates.count < 512, !commandCandidates.contains(command) else { return }
        commandCandidates.append(command)
    }

    /// All options, those of the best sources first.
    package var options: [Option] { spellings.all.compactMap { optionsBySpelling[$0] } }

    /// What is known of the option; nil for one that is not known.
    package func option(spelled spelling: Bytes) -> Option? { optionsBySpelling[spelling] }

    /// An option by its source's weight.
    func drawOption(using generator: inout SeededGenerator) -> Option? {
        spellings.draw(using: &generator).flatMap { optionsBySpelling[$0] }
    }

    /// Adds an option, or what is new about one that is known.
    package mutating func insert(_ option: Option, from source: Source) {
        guard var known = optionsBySpelling[option.spelling] else {
            guard option.spelling.count <= 64, optionsBySpelling.count < Self.optionCapacity,
                spellings.insert(option.spelling, from: source)
            else { return }
            var added = option
            added.sources = [source]
            added.choices = Array(option.choices.prefix(Self.choiceCapacity))
            added.companions = Array(option.companions.prefix(Self.companionCapacity))
            optionsBySpelling[option.spelling] = added
            return
        }
        if !known.sources.contains(source) { known.sources.append(source) }
        if known.argument == .unknown { known.argument = option.argument }
        if known.valueKind == .any { known.valueKind = option.valueKind }
        for choice in option.choices
        where known.choices.count < Self.choiceCapacity && !known.choices.contains(choice) {
            known.choices.append(choice)
        }
        for companion in option.companions
        where known.companions.count < Self.companionCapacity
            && !known.companions.contains(where: { $0.spelling == companion.spelling })
        {
            known.companions.append(companion)
        }
        optionsBySpelling[option.spelling] = known
    }

    /// Adds a token as a harness or a seed gives it: what looks like an option becomes one.
    package mutating func insert(token: Bytes, from source: Source) {
        guard token.first == 0x2d, token.count > 1 else {
            words.insert(token, from: source)
            if token.count <= 256 { values.insert(token, from: source) }
            return
        }
        guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else {
            insert(Option(spelling: token, argument: .unknown), from: source)
            return
        }
        let choice = Bytes(token[(equals + 1)...])
        insert(
            Option(spelling: Bytes(token[..<equals]), argument: .unknown, choices: [choice]),
            from: source)
    }

    /// Adds the lines and words of what a client says.
    private mutating func insert(message: ArraySlice<UInt8>) {
        for line in message.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            lines.insert(Bytes(line), from: .seed)
            for word in line.split(whereSeparator: { $0 <= 0x20 }).prefix(64) {
                words.insert(Bytes(word), from: .seed)
            }
        }
    }

    /// Adds what a test case is made of.
    package mutating func insert(seed testCase: TestCase) {
        for argument in testCase.arguments { insert(token: argument, from: .seed) }
        for variable in testCase.environment {
            names.insert(variable.name, from: .seed)
            values.insert(variable.value, from: .seed)
        }
        for message in testCase.sessions.flatMap(\.steps).compactMap(\.message) {
            insert(message: message.prefix(1 << 16))
        }
        let contents = testCase.files.compactMap(FileTree.content(of:))
        for content in [testCase.standardInput.bytes] + contents {
            for line in content.prefix(1 << 16).split(separator: 0x0a) {
                lines.insert(Bytes(line), from: .seed)
            }
        }
    }
}
