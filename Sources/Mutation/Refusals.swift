package import TestCases

/// How an execution ended, as far as a program says in this way what it thinks of its options.
package struct Ending: Hashable, Sendable {
    /// Of an exit; nil for a signal or a bound.
    package var status: Int32?
    /// The beginning of what was written to standard error.
    package var message: Bytes

    package init(status: Int32?, message: Bytes) {
        self.status = status
        self.message = Bytes(message.prefix(Self.messageLimit))
    }

    /// As much as tells one complaint from another.
    package static let messageLimit = 256

    fileprivate var firstLine: Bytes { Bytes(message.prefix { $0 != 0x0a }) }
    /// What follows the first line.
    fileprivate var rest: Bytes { Bytes(message.drop { $0 != 0x0a }.dropFirst()) }
}

/// How a program answers to options that it cannot know: what an answer is compared with that may
/// say that an option is unknown.
package struct Refusals: Hashable, Sendable {
    /// An answer to one option.
    package struct Sample: Hashable, Sendable {
        package var spelling: Bytes
        package var ending: Ending

        package init(spelling: Bytes, ending: Ending) {
            self.spelling = spelling
            self.ending = ending
        }
    }

    /// How the program ends without an option more; nil where it is not known.
    package var base: Ending?
    /// At most one of each form: two dashes, one dash, one letter.
    package var samples: [Sample] = []

    package init() {}

    /// What to ask a program that has the vocabulary: one option of each form that no program has.
    package static func questions(for vocabulary: Vocabulary) -> [Bytes] {
        let letter = "JKQYZjkqyz0".utf8.first {
            vocabulary.option(spelled: [0x2d, $0]) == nil
        }
        return [Bytes("--fathom-unknown".utf8), Bytes("-fathom-unknown".utf8)]
            + (letter.map { [[0x2d, $0]] } ?? [])
    }

    /// What an ending says of one of the options that were given.
    enum Verdict: Hashable, Sendable {
        case accepted
        /// Its value, or the options beside it, are not taken.
        case refused
        case unknown
        /// It cannot be told.
        case open
    }

    func verdict(on option: Vocabulary.Option, _ ending: Ending) -> Verdict {
        guard let status = ending.status, !samples.isEmpty else { return .open }
        if isUnknown(option, ending) { return .unknown }
        // An option that was read over comes to the base's own end.
        if ending.status == base?.status, ending.firstLine == base?.firstLine { return .accepted }
        let alike = samples.filter { $0.ending.status == status }
        // Behind its complaint a program often says how it is used, and only then.
        let isUsage = alike.contains { !$0.ending.rest.isEmpty && $0.ending.rest == ending.rest }
        guard !alike.isEmpty, isUsage || Self.names(option.spelling, in: ending.firstLine) else {
            return .accepted
        }
        return .refused
    }

    /// Whether the line has the option with its dashes, or as getopt(3) writes a letter.
    private static func names(_ spelling: Bytes, in line: Bytes) -> Bool {
        let name = spelling.drop { $0 == 0x2d }
        let dashes = spelling.count - name.count
        let marked = marked(spelling, in: line, keepingDashes: true)
        return marked.indices.contains { index in
            guard marked[index] == mark else { return false }
            let before = marked[..<index]
            if before.suffix(dashes).allSatisfy({ $0 == 0x2d }), before.count >= dashes {
                return true
            }
            return [" -- '", " -- "].contains { before.ends(with: $0.utf8) }
        }
    }

    private func isUnknown(_ option: Vocabulary.Option, _ ending: Ending) -> Bool {
        samples.contains { sample in
            guard sample.ending.status == ending.status, sample.ending != base,
                isSameForm(sample.spelling, option.spelling)
            else { return false }
            return Self.marked(sample.spelling, in: sample.ending.firstLine)
                == Self.marked(option.spelling, in: ending.firstLine)
        }
    }

    private func isSameForm(_ first: Bytes, _ second: Bytes) -> Bool {
        func form(_ spelling: Bytes) -> Int {
            spelling.starts(with: [0x2d, 0x2d]) ? 2 : spelling.count == 2 ? 1 : 0
        }
        return form(first) == form(second)
    }

    private static let mark: UInt8 = 1

    /// The line with one byte in place of the option, however it is written there.
    private static func marked(
        _ spelling: Bytes, in line: Bytes, keepingDashes: Bool = false
    ) -> Bytes {
        let name = spelling.drop { $0 == 0x2d }
        guard let first = name.first else { return line }
        func isWordByte(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
        }
        var result: Bytes = []
        var position = 0
        while position < line.count {
            let end = position + name.count
            let isAlone =
                end <= line.count && line[position] == first
                && line[position..<end].elementsEqual(name)
                && (position == 0 || !isWordByte(line[position - 1]))
                && (end == line.count || !isWordByte(line[end]))
            if isAlone {
                while !keepingDashes, result.last == 0x2d { result.removeLast() }
                result.append(mark)
                position = end
            } else {
                result.append(line[position])
                position += 1
            }
        }
        return result
    }
}

extension Collection where Element == UInt8 {
    fileprivate func ends(with other: some Collection<UInt8>) -> Bool {
        suffix(other.count).elementsEqual(other)
    }
}
