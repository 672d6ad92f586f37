import TestCases

/// What a usage or manual says of an option, or of several spellings of one, as far as it speaks of
/// other options: `only if --batch is given`, `--mode also needs to be set to loopback`.
struct Description {
    struct Mention: Hashable {
        let spelling: Bytes
        /// What it is said to be set to.
        var value: Bytes?
        /// Whether the sentence sounds as if one option needed the other.
        var isNeeded = false
        /// Which sentence speaks of it first.
        var sentence: Int
    }

    /// The spellings of what is described.
    private(set) var options: [Bytes]
    private var text: Bytes
    /// Whether there is more than the tags' own lines.
    private var isBegun = false

    private static let textLimit = 8_192
    /// Words between an option and what it is set to.
    private static let reach = 6

    init(of options: [Bytes], beginning text: some Collection<UInt8>) {
        self.options = options
        self.text = Bytes(text.prefix(Self.textLimit))
    }

    /// Tags in a row share what stands below the last one: takes those of the next one, unless
    /// something was said before it.
    mutating func join(_ others: [Bytes], beginning text: some Collection<UInt8>) -> Bool {
        // Behind a wide gap it is described.
        let isDescribed = zip(self.text, self.text.dropFirst()).contains {
            $0 == 0x09 || ($0 == 0x20 && $1 == 0x20)
        }
        guard !isBegun, !isDescribed, options.count + others.count <= Self.mostJoined else {
            return false
        }
        options += others
        self.text = Bytes(text.prefix(Self.textLimit))
        return true
    }

    private static let mostJoined = 6

    /// Adds a line.
    mutating func append(_ line: some Collection<UInt8>) {
        isBegun = true
        guard text.count + line.count < Self.textLimit else { return }
        text += [0x20] + line
    }

    /// Other options, in order, each once.
    var mentions: [Mention] {
        var mentions: [Mention] = []
        // The mentions of the sentence, by their index.
        var ofSentence: Set<Int> = []
        var needs = false
        var sentence = 0
        func endSentence() {
            sentence += 1
            if needs { for index in ofSentence { mentions[index].isNeeded = true } }
            ofSentence = []
            needs = false
        }
        let words = text.split { $0 <= 0x20 }
        for (position, word) in words.enumerated() {
            let core = Self.core(of: word)
            if let (spelling, value) = Self.option(core), !options.contains(spelling) {
                let value = value ?? Self.value(behind: position, in: words)
                if let known = mentions.firstIndex(where: { $0.spelling == spelling }) {
                    if mentions[known].value == nil { mentions[known].value = value }
                    ofSentence.insert(known)
                } else {
                    ofSentence.insert(mentions.count)
                    mentions.append(
                        Mention(spelling: spelling, value: value, sentence: sentence))
                }
            } else if Self.wordsOfNeed.contains(Bytes(core)) {
                needs = true
            }
            if word.last == UInt8(ascii: ".") || word.last == UInt8(ascii: ";") { endSentence() }
        }
        endSentence()
        return mentions
    }

    private static let wordsOfNeed = Set(
        [
            "only", "require", "requires", "required", "need", "needs", "needed", "must", "also",
            "together", "with", "given", "combination", "conjunction", "unless", "without",
        ].map { Bytes($0.utf8) })

    /// The word without quotes, brackets and what ends a sentence.
    private static func core(of word: Bytes.SubSequence) -> Bytes.SubSequence {
        func isAround(_ byte: UInt8) -> Bool { "'\"`()[]{},.;:!".utf8.contains(byte) }
        let start = word.drop(while: isAround)
        guard let last = start.lastIndex(where: { !isAround($0) }) else { return start.prefix(0) }
        return start[...last]
    }

    /// `--name`, `-n`, and the value behind a sign.
    private static func option(
        _ word: Bytes.SubSequence
    ) -> (spelling: Bytes, value: Bytes?)? {
        let dashes = word.prefix { $0 == 0x2d }.count
        let name = word.dropFirst(dashes).prefix { HelpRow.isLetterOrDigit($0) || $0 == 0x2d }
        guard (1...2).contains(dashes), let first = name.first, HelpRow.isLetterOrDigit(first),
            name.count <= 48
        else { return nil }
        let spelling = Bytes(word[word.startIndex..<name.endIndex])
        let rest = word[name.endIndex...]
        guard let sign = rest.first else { return (spelling, nil) }
        guard sign == UInt8(ascii: "=") else { return nil }
        let value = rest.dropFirst().filter { !"'\"`".utf8.contains($0) }
        // What stands for a value is none.
        let isName =
            value.isEmpty || value[0] == UInt8(ascii: "<")
            || value.allSatisfy { (0x41...0x5a).contains($0) || $0 == 0x2d }
        return (spelling, isName ? nil : value)
    }

    /// The word behind "set to" soon after the option.
    private static func value(behind position: Int, in words: [Bytes.SubSequence]) -> Bytes? {
        let near = words[(position + 1)...].prefix(reach)
        for index in near.indices.dropLast() {
            // Another option is what is set from here on.
            if option(core(of: words[index])) != nil { return nil }
            guard words[index].elementsEqual("set".utf8) else { continue }
            guard words[index + 1].elementsEqual("to".utf8), index + 2 < words.count else {
                return nil
            }
            let value = Bytes(core(of: words[index + 2]))
            return value.isEmpty || value[0] == 0x2d ? nil : value
        }
        return nil
    }
}
