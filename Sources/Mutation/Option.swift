package import TestCases

extension Vocabulary {
    /// One option of a command line.
    package struct Option: Hashable, Sendable {
        /// As `getopt_long(3)` knows them; unknown where only the spelling was seen.
        package enum Argument: String, Hashable, Sendable, Codable {
            case none, required, optional, unknown
        }

        /// What an argument means, as far as its name or the option's tells.
        package enum ValueKind: String, Hashable, Sendable, Codable {
            case any, number, path, host, program
        }

        /// An option that another's description speaks of.
        package struct Companion: Hashable, Sendable {
            package var spelling: Bytes
            /// What it is said to be set to.
            package var value: Bytes?
            /// Whether it is said to be needed.
            package var isNeeded: Bool
            /// Those that one sentence speaks of have the same number.
            package var sentence: Int

            package init(
                spelling: Bytes, value: Bytes? = nil, isNeeded: Bool = true, sentence: Int = 0
            ) {
                self.spelling = spelling
                self.value = value
                self.isNeeded = isNeeded
                self.sentence = sentence
            }
        }

        /// With its dashes.
        package var spelling: Bytes
        package var argument: Argument
        package var valueKind = ValueKind.any
        /// Values that are known to be understood.
        package var choices: [Bytes] = []
        /// Options that are spoken of where this one is described, those first of which it is said
        /// that they are needed: what may only count together.
        package internal(set) var companions: [Companion] = []
        /// All that know of the option, in the order in which they were read.
        package internal(set) var sources: [Source] = []

        package init(
            spelling: Bytes, argument: Argument, valueKind: ValueKind = .any, choices: [Bytes] = []
        ) {
            self.spelling = spelling
            self.argument = argument
            self.valueKind = valueKind
            self.choices = choices
        }

        /// Two dashes.
        package var isLong: Bool { spelling.starts(with: [0x2d, 0x2d]) }
        /// One dash and one letter.
        package var isShort: Bool { spelling.count == 2 && spelling.first == 0x2d && !isLong }

        /// An operand that is used like an option, such as `if=FILE`: its name and the sign.
        var isAssignment: Bool { spelling.first != 0x2d && spelling.last == UInt8(ascii: "=") }

        /// Whether its values are most likely among the words of the usage.
        var takesListedWord: Bool { isAssignment && valueKind == .any && choices.isEmpty }

        /// Whether it takes a whole command line up to a `;` or `+`, as find(1)'s `-exec` does.
        var takesCommandLine: Bool {
            valueKind == .program && !isLong && !isShort && !isAssignment
        }

        /// The spelling without its dashes.
        var name: Bytes.SubSequence { spelling.drop { $0 == 0x2d } }

        /// Whether the program most likely does nothing but answer to it.
        var endsProgram: Bool {
            ["help", "version", "usage"].contains { name.elementsEqual($0.utf8) }
        }

        /// Whether something else than a look at the program's strings knows of it.
        var isFounded: Bool { sources.contains { $0 != .binary } }
    }

    /// A word that makes the program another one, such as `commit` of git.
    package struct Command: Hashable, Sendable {
        package var name: Bytes
        /// What it says of its options.
        package var options: [Option]

        package init(name: Bytes, options: [Option]) {
            self.name = name
            self.options = options
        }
    }

    /// Commands beyond are words without options of their own.
    package static let commandCapacity = 128
    /// Options of one command beyond are not taken.
    package static let commandOptionCapacity = 96
    /// Companions of one option beyond are not taken.
    package static let companionCapacity = 8

    /// Adds a command, or what is new about one that is known, with what it says of itself.
    package mutating func mine(command: Bytes, answer: Bytes, from source: Source = .helpText) {
        guard !command.isEmpty, command.count <= 64 else { return }
        words.insert(command, from: source)
        var said = Vocabulary()
        if let index = commands.firstIndex(where: { $0.name == command }) {
            for option in commands[index].options {
                for known in option.sources { said.insert(option, from: known) }
            }
        }
        said.mine(helpText: answer, from: source)
        for value in said.values.all where !values.contains(value) {
            values.insert(value, from: source)
        }
        // One that says of itself what the program says of itself is none.
        guard said.options.contains(where: isOfCommandsOnly) else { return }
        let known = Command(
            name: command, options: Array(said.options.prefix(Self.commandOptionCapacity)))
        if let index = commands.firstIndex(where: { $0.name == command }) {
            commands[index] = known
        } else if commands.count < Self.commandCapacity {
            commands.append(known)
        }
    }

    /// Whether any option of the command is known.
    package func hasOptions(ofCommand name: Bytes) -> Bool {
        commands.contains { $0.name == name && !$0.options.isEmpty }
    }

    private func isOfCommandsOnly(_ option: Option) -> Bool {
        self.option(spelled: option.spelling)?.isFounded != true
    }

    /// An option as a campaign counts it: of the program, or of one of its commands.
    package struct Entry: Hashable, Sendable {
        /// Nil for the program's own.
        package var command: Bytes?
        package var option: Option
    }

    /// All options with those of the commands, in an order that the same vocabulary always has.
    package var entries: [Entry] {
        options.map { Entry(command: nil, option: $0) }
            + commands.flatMap { command in
                command.options.map { Entry(command: command.name, option: $0) }
            }
    }
}

extension Vocabulary.Option.ValueKind {
    /// What the words of an option's name say of its argument.
    init(suggestedBy name: Bytes) {
        let words = name.split { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
            .map { String(decoding: $0, as: UTF8.self) }
        self = words.reversed().lazy.compactMap { Self.byWord[$0] }.first ?? .any
    }

    private static let byWord: [String: Self] = {
        let numbers = [
            "width", "size", "count", "lines", "bytes", "number", "length", "columns", "depth",
            "level", "limit", "timeout", "port", "tabsize", "tabstop", "tabs", "indent", "interval",
            "max", "min", "threads", "jobs", "parallel", "pid", "retries", "skip", "offset",
            "cols", "seconds", "maxdepth", "mindepth", "pages", "threshold", "context", "unified",
        ]
        let paths = [
            "file", "files", "from", "directory", "dir", "folder", "path", "output", "input",
            "config", "reference", "log", "prefix", "root", "files0",
        ]
        let hosts = ["host", "hostname", "address", "url", "server", "proxy", "bind", "listen"]
        let programs = [
            "program", "command", "cmd", "exec", "execdir", "ok", "okdir", "filter", "pager",
            "editor", "shell",
        ]
        let pairs =
            numbers.map { ($0, Self.number) } + paths.map { ($0, Self.path) }
            + hosts.map { ($0, Self.host) } + programs.map { ($0, Self.program) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }()
}
