package import TestCases

/// A place in a file of the tree where other configuration than the harness's may stand.
package struct Configuration: Hashable, Sendable, Codable {
    /// The file's path in the tree.
    package var file: Bytes
    /// The line, without the blanks around it, behind which alternatives are put; nil for the end
    /// of the file, an empty one for its beginning.
    package var anchor: Bytes?
    /// Each of one line or several.
    package var alternatives: [Bytes]

    package init(file: Bytes, anchor: Bytes?, alternatives: [Bytes]) {
        self.file = file
        self.anchor = anchor
        self.alternatives = alternatives
    }

    /// One way to configure a target otherwise.
    struct Choice: Hashable, Sendable {
        var file: Bytes
        var anchor: Bytes?
        var text: Bytes
        /// Whether lines that begin with the same words as its own go away.
        var replaces: Bool
    }

    /// Every alternative in the place of what begins with the same word, and where there is such,
    /// also beside it.
    func choices(in testCase: TestCase) -> [Choice] {
        alternatives.flatMap { text -> [Choice] in
            let replacing = Choice(file: file, anchor: anchor, text: text, replaces: true)
            var adding = replacing
            adding.replaces = false
            let (one, other) = (replacing.applied(to: testCase), adding.applied(to: testCase))
            if let one, let other, one != other { return [replacing, adding] }
            return one == nil ? [] : [replacing]
        }
    }
}

extension Configuration.Choice {
    /// Nil where the test case has no such file, or the file no such place.
    func applied(to testCase: TestCase) -> TestCase? {
        guard let index = testCase.files.firstIndex(where: { $0.path == file }),
            case .regular(let bytes) = testCase.files[index].kind
        else { return nil }
        var lines = ConfigurationLines.of(bytes)
        if replaces {
            let words = Set(ConfigurationLines.of(text).compactMap(ConfigurationLines.firstWord))
            lines.removeAll { line in
                ConfigurationLines.isPlain(line)
                    && ConfigurationLines.firstWord(of: line).map(words.contains) == true
                    && ConfigurationLines.trimmed(line) != anchor
            }
        }
        guard let place = place(in: lines) else { return nil }
        lines.insert(contentsOf: ConfigurationLines.of(text), at: place)
        var testCase = testCase
        testCase.files[index].kind = .regular(ConfigurationLines.joined(lines))
        return testCase
    }

    private func place(in lines: [Bytes]) -> Int? {
        guard let anchor else { return lines.count }
        guard !anchor.isEmpty else { return 0 }
        return lines.firstIndex { ConfigurationLines.trimmed($0) == anchor }.map { $0 + 1 }
    }
}

/// A configuration as lines, without what ends them.
enum ConfigurationLines {
    static func of(_ bytes: Bytes) -> [Bytes] {
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map(Bytes.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    static func joined(_ lines: [Bytes]) -> Bytes {
        lines.reduce(into: []) { $0 += $1 + [0x0a] }
    }

    static func trimmed(_ line: Bytes) -> Bytes {
        let start = line.firstIndex { $0 > 0x20 } ?? line.endIndex
        let end = line.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
        return Bytes(line[start..<end])
    }

    static func firstWord(of line: Bytes) -> Bytes? {
        line.split { $0 <= 0x20 }.first.map(Bytes.init)
    }

    /// Whether it stands for itself: it neither opens nor closes a block, and is no comment.
    static func isPlain(_ line: Bytes) -> Bool {
        guard let first = firstWord(of: line)?.first else { return false }
        return first != UInt8(ascii: "#")
            && !line.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }
    }
}

extension Mutator {
    /// Puts one to three alternatives into the configuration, or takes a line out of it.
    func configure(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        for _ in 0...generator.skewed(below: 3) {
            guard let place = generator.element(of: vocabulary.configuration) else { return }
            if generator.chance(1, in: 8) {
                removeLine(of: place.file, in: &testCase, using: &generator)
                continue
            }
            guard let text = generator.element(of: place.alternatives) else { continue }
            let choice = Configuration.Choice(
                file: place.file, anchor: place.anchor, text: text,
                replaces: generator.chance(2, in: 3))
            if let configured = choice.applied(to: testCase) { testCase = configured }
        }
    }

    private func removeLine(
        of file: Bytes, in testCase: inout TestCase, using generator: inout SeededGenerator
    ) {
        guard let index = testCase.files.firstIndex(where: { $0.path == file }),
            case .regular(let bytes) = testCase.files[index].kind
        else { return }
        var lines = ConfigurationLines.of(bytes)
        let plain = lines.indices.filter { ConfigurationLines.isPlain(lines[$0]) }
        guard let line = generator.element(of: plain) else { return }
        lines.remove(at: line)
        testCase.files[index].kind = .regular(ConfigurationLines.joined(lines))
    }
}

extension SweepBuilder {
    /// More in one configuration, and one that is refused hides too much of the others.
    private static let configurationWidth = 3

    /// Every alternative once. All that the seeds say is said to a target that is configured so:
    /// its start takes longer than everything that clients do.
    func configurations() -> Sweep.Section {
        let choices = vocabulary.configuration.flatMap { $0.choices(in: base) }
        let start = saidByAll
        return Sweep.Section(count: choices.count) { index, _ in
            choices[index].applied(to: start)
        }
    }

    /// Every two alternatives, a few in one configuration.
    func configurationPairs() -> Sweep.Section {
        let choices = vocabulary.configuration.flatMap { place in
            place.alternatives.map {
                Configuration.Choice(
                    file: place.file, anchor: place.anchor, text: $0, replaces: true)
            }
        }
        let rows = PairCovering(count: choices.count, width: Self.configurationWidth).rows
        let start = saidByAll
        return Sweep.Section(count: rows.count) { index, _ in
            rows[index].reduce(start) { testCase, member in
                choices[member].applied(to: testCase) ?? testCase
            }
        }
    }

    /// The base with the sessions of all seeds that differ from it in nothing else behind its own,
    /// one after the other.
    private var saidByAll: TestCase {
        let said = seeds.filter { seed in
            guard seed.provocation == base.provocation else { return false }
            var seed = seed
            seed.sessions = base.sessions
            return seed == base
        }
        // In this order the last may end the target.
        return said.reduce(base) { $1.preceded(by: [$0.sessions]) }
    }
}
