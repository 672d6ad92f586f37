import TestCases

/// Kept with a campaign, so that it goes on with the vocabulary it began with.
///
/// Byte strings are written as text of one character for each byte. What a target was seen to
/// call is left out: each worker finds it out.
extension Vocabulary: Codable {
    private enum CodingKeys: CodingKey {
        case options, commands, words, values, names, lines, magics, base, samples, lineEnd, forms
    }

    private struct StoredCompanion: Codable {
        let spelling: String
        let value: String?
        let isNeeded: Bool
        let sentence: Int

        init(_ companion: Option.Companion) {
            spelling = text(companion.spelling)
            value = companion.value.map(text)
            isNeeded = companion.isNeeded
            sentence = companion.sentence
        }

        var companion: Option.Companion {
            .init(
                spelling: bytes(spelling), value: value.map(bytes), isNeeded: isNeeded,
                sentence: sentence)
        }
    }

    private struct StoredOption: Codable {
        let spelling: String
        let argument: Option.Argument
        let kind: Option.ValueKind
        let choices: [String]
        let sources: [Int]
        /// Nil where there are none, and in campaigns from before they were known.
        let companions: [StoredCompanion]?

        init(_ option: Option) {
            spelling = text(option.spelling)
            argument = option.argument
            kind = option.valueKind
            choices = option.choices.map(text)
            sources = option.sources.map(\.rawValue)
            let companions = option.companions.map(StoredCompanion.init)
            self.companions = companions.isEmpty ? nil : companions
        }

        var option: Option {
            var option = Option(
                spelling: bytes(spelling), argument: argument, valueKind: kind,
                choices: choices.map(bytes))
            option.sources = sources.compactMap(Source.init(rawValue:))
            option.companions = (companions ?? []).map(\.companion)
            return option
        }
    }

    private struct StoredCommand: Codable {
        let name: String
        let options: [StoredOption]
    }

    private struct StoredEnding: Codable {
        var spelling = ""
        let status: Int32?
        let message: String

        init(_ ending: Ending, of spelling: Bytes = []) {
            self.spelling = text(spelling)
            status = ending.status
            message = text(ending.message)
        }

        var ending: Ending { Ending(status: status, message: bytes(message)) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(options.map(StoredOption.init), forKey: .options)
        try container.encode(
            commands.map {
                StoredCommand(name: text($0.name), options: $0.options.map(StoredOption.init))
            }, forKey: .commands)
        for (pool, key) in [
            (words, CodingKeys.words), (values, .values), (names, .names), (lines, .lines),
            (magics, .magics),
        ] {
            try container.encode(pool.membersBySource.map { $0.map(text) }, forKey: key)
        }
        try container.encode(text(lineEnd), forKey: .lineEnd)
        try container.encode(forms, forKey: .forms)
        try container.encodeIfPresent(refusals.base.map { StoredEnding($0) }, forKey: .base)
        try container.encode(
            refusals.samples.map { StoredEnding($0.ending, of: $0.spelling) }, forKey: .samples)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        for stored in try container.decode([StoredOption].self, forKey: .options) {
            let option = stored.option
            for source in option.sources { insert(option, from: source) }
        }
        commands = try container.decode([StoredCommand].self, forKey: .commands).map {
            Command(name: bytes($0.name), options: $0.options.map(\.option))
        }
        func pool(_ key: CodingKeys) throws -> Pool {
            var pool = Pool()
            let members = try container.decode([[String]].self, forKey: key)
            for (source, members) in zip(Source.allCases, members) {
                for member in members { pool.insert(bytes(member), from: source) }
            }
            return pool
        }
        words = try pool(.words)
        values = try pool(.values)
        names = try pool(.names)
        lines = try pool(.lines)
        magics = try pool(.magics)
        // Campaigns from before there were servers have none.
        if let end = try container.decodeIfPresent(String.self, forKey: .lineEnd) {
            lineEnd = bytes(end)
        }
        // Nor did they know how a usage says that options stand together.
        forms = try container.decodeIfPresent([UsageForm].self, forKey: .forms) ?? []
        refusals.base = try container.decodeIfPresent(StoredEnding.self, forKey: .base)?.ending
        refusals.samples = try container.decode([StoredEnding].self, forKey: .samples).map {
            Refusals.Sample(spelling: bytes($0.spelling), ending: $0.ending)
        }
    }
}

private func text(_ bytes: Bytes) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
}

private func bytes(_ text: String) -> Bytes {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}
