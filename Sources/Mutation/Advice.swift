package import TestCases

/// What a program's complaint says could be done: command lines of its own, and options that it
/// names.
///
///     Run
///       git config --global user.email "you@example.com"
///
///     tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options
package struct Advice: Hashable, Sendable {
    /// Without the program's name.
    package private(set) var commandLines: [[Bytes]] = []
    /// With their dashes.
    package private(set) var options: [Bytes] = []
    /// How many operands a usage says that the program takes, beside its options.
    package private(set) var operandCount = 0
    /// Small words that may be what an option is about.
    private(set) var words: [Bytes] = []

    /// Bytes of a complaint that are read.
    package static let messageLimit = 1_024
    private static let lineLimit = 8
    private static let shortestWord = 4
    private static let wordLimit = 64
    private static let optionLimit = 16

    /// - Parameters:
    ///   - program: the name that the program calls itself by.
    ///   - limit: how much of the message is read.
    package init(in message: Bytes, of program: Bytes, limit: Int = messageLimit) {
        for line in message.prefix(limit).split(separator: 0x0a) {
            let words = Self.words(line)
            if line.first == 0x20 || line.first == 0x09 {
                add(commandLine: words[...], of: program)
            }
            noteOperands(of: words, program)
            addQuoted(in: line, of: program)
            for word in words {
                add(option: word)
                if word.count >= Self.shortestWord, self.words.count < Self.wordLimit,
                    word.allSatisfy({ (0x61...0x7a).contains($0) })
                {
                    self.words.append(word)
                }
            }
        }
    }

    private mutating func add(commandLine words: ArraySlice<Bytes>, of program: Bytes) {
        guard words.count > 1, words.first == program, commandLines.count < Self.lineLimit else {
            return
        }
        // What stands for something else is left to be filled in.
        let arguments = words.dropFirst().filter { word in
            !"<[".utf8.contains(word[0]) && !word.elementsEqual("...".utf8)
        }.prefix(Self.optionLimit)
        if !arguments.isEmpty, !commandLines.contains(Array(arguments)) {
            commandLines.append(Array(arguments))
        }
    }

    /// `usage: tool [options] --create NAME <size> [MORE]`: names of what is to be filled in, outside
    /// brackets, in capitals or in angle brackets.
    private mutating func noteOperands(of words: [Bytes], _ program: Bytes) {
        guard operandCount == 0, words.count > 2,
            String(decoding: words[0], as: UTF8.self).lowercased() == "usage",
            words[1] == program
        else { return }
        var depth = 0
        for word in words.dropFirst(2) {
            let isName =
                word.first == UInt8(ascii: "<")
                || (word.contains { (0x41...0x5a).contains($0) }
                    && word.allSatisfy {
                        (0x41...0x5a).contains($0) || "-_.".utf8.contains($0)
                    } && word.first != 0x2d)
            let opened = word.count { $0 == UInt8(ascii: "[") }
            if depth == 0, opened == 0, isName { operandCount += 1 }
            depth = max(0, depth + opened - word.count { $0 == UInt8(ascii: "]") })
        }
        operandCount = min(operandCount, Self.mostOperands)
    }

    private static let mostOperands = 4

    /// Command lines and options in quotes.
    private mutating func addQuoted(in line: Bytes.SubSequence, of program: Bytes) {
        var rest = line
        while let start = rest.firstIndex(where: Self.isQuote) {
            let quote = rest[start] == UInt8(ascii: "`") ? UInt8(ascii: "'") : rest[start]
            let inner = rest[(start + 1)...]
            guard let end = inner.firstIndex(where: { $0 == quote || $0 == rest[start] }) else {
                return
            }
            let words = Self.words(inner[..<end])
            add(commandLine: words[...], of: program)
            if words.count == 1 { add(option: words[0]) }
            rest = rest[(end + 1)...]
        }
    }

    private mutating func add(option word: Bytes) {
        let name = word.drop { $0 == 0x2d }
        let dashes = word.count - name.count
        let isName = name.allSatisfy { HelpRow.isLetterOrDigit($0) || $0 == 0x2d }
        guard (1...2).contains(dashes), !name.isEmpty, name.count <= 32, isName,
            options.count < Self.optionLimit, !options.contains(word)
        else { return }
        options.append(word)
    }

    /// Words as a shell reads them, as far as quotes go; what ends a sentence is no part of one.
    private static func words(_ line: Bytes.SubSequence) -> [Bytes] {
        var words: [Bytes] = []
        var word: Bytes?
        var quote: UInt8?
        for byte in line {
            if let open = quote {
                if byte == open { quote = nil } else { word?.append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                word = word ?? []
            } else if byte <= 0x20 {
                if let word, !word.isEmpty { words.append(word) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let word, !word.isEmpty { words.append(word) }
        return words.map { word in
            guard let last = word.last, ".,;:)".utf8.contains(last), word.count > 1,
                !word.elementsEqual("...".utf8)
            else { return word }
            return Bytes(word.dropLast())
        }
    }

    private static func isQuote(_ byte: UInt8) -> Bool { "'\"`".utf8.contains(byte) }
}

extension Vocabulary {
    /// The options that a word of an advice means: one that is known, or the letters behind one
    /// dash.
    func options(advised word: Bytes) -> [Option] {
        if let known = option(spelled: word) { return [known] }
        guard word.count > 2, word[0] == 0x2d, word[1] != 0x2d else {
            return word.count > 3 ? [Option(spelling: word, argument: .unknown)] : []
        }
        let letters = word.dropFirst().map { option(spelled: [0x2d, $0]) }
        return letters.contains { $0 == nil } ? [] : letters.compactMap { $0 }
    }
}

extension Mutator {
    /// The test case as an advice says: with another command line, or with an option that is named.
    package func children(of testCase: TestCase, advised advice: Advice) -> [TestCase] {
        let lines = advice.commandLines.map { line in
            var child = testCase
            child.arguments = line
            return child
        }
        return lines + withOperands(testCase, advice.operandCount)
            + with(advice.options.flatMap(vocabulary.options(advised:)), testCase)
    }

    /// The test case with so many operands more: names of files that are there first.
    private func withOperands(_ testCase: TestCase, _ count: Int) -> [TestCase] {
        guard count > 0 else { return [] }
        let there = testCase.files.map(\.path).filter { !$0.contains(UInt8(ascii: "/")) }
        let words = [there, ["first", "second", "third", "fourth"].map { Bytes($0.utf8) }]
        return words.map { Array($0.prefix(count)) }.filter { $0.count == count }.map { operands in
            var child = testCase
            child.arguments += operands
            return child
        }
    }

    /// The test case with each option of the name of something that the complaint speaks of: it may
    /// take another option for it to count.
    package func children(of testCase: TestCase, about advice: Advice) -> [TestCase] {
        with(
            advice.words.compactMap { vocabulary.option(spelled: [0x2d, 0x2d] + $0) }, testCase)
    }

    private func with(_ options: [Vocabulary.Option], _ testCase: TestCase) -> [TestCase] {
        let isCommand = testCase.arguments.first.map { first in
            vocabulary.commands.contains { $0.name == first }
        }
        return options.filter { option in
            !option.endsProgram && !testCase.arguments.contains(option.spelling)
        }.map { option in
            var child = testCase
            child.arguments.insert(
                contentsOf: SweepBuilder.shortest(option), at: isCommand == true ? 1 : 0)
            return child
        }
    }
}
