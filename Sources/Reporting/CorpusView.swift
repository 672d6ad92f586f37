package import Campaigns
package import Store
package import TestCases
package import Texts
package import Traces

/// The test cases that a campaign keeps.
package struct CorpusView: Sendable, Encodable {
    /// One of them.
    package struct Entry: Sendable, Encodable {
        package let id: String
        package let parent: String?
        package let tier: Tier
        package let size: Int
        package let foundAtExecution: UInt64
        package let foundAtSeconds: Double
        /// Whether re-execution showed again what it is kept for.
        package let isConfirmed: Bool
        /// Whether it is among those that others are made from.
        package let isScheduled: Bool
        /// In words, the most telling first.
        package let keptFor: [String]
        /// What a person could type; nil where the store does not have the test case.
        package let script: ShellScript?
    }

    package let campaign: String
    /// In order of discovery.
    package let testCases: [Entry]

    /// A view of those entries of the record that `ids` has, or of all; `load` reads a test case
    /// by its id.
    package init<Failure: Error>(
        _ record: CampaignRecord, features: [FoundFeature], only ids: Set<String>? = nil,
        load: (String) throws(Failure) -> TestCase?
    ) throws(Failure) {
        let known = Dictionary(grouping: features, by: \.key)
        campaign = record.folder
        var entries: [Entry] = []
        for entry in record.corpus where ids?.contains(entry.id) ?? true {
            let testCase = try load(entry.id)
            entries.append(
                Entry(
                    id: entry.id, parent: entry.parent, tier: entry.tier, size: entry.size,
                    foundAtExecution: entry.foundAtExecution,
                    foundAtSeconds: entry.foundAtSeconds, isConfirmed: entry.isConfirmed,
                    isScheduled: entry.isScheduled,
                    keptFor: Self.reasons(entry, known),
                    script: testCase.map {
                        ShellScript(
                            $0, program: record.program, prefix: record.prefix,
                            base: record.base)
                    }))
        }
        testCases = entries
    }

    private static func reasons(
        _ entry: CorpusEntry, _ features: [Bytes: [FoundFeature]]
    ) -> [String] {
        let kept = entry.keptFor.compactMap { key in
            features[key]?.min { $0.tier < $1.tier }
        }
        return kept.sorted { (rank($0.kind), $0.summary) < (rank($1.kind), $1.summary) }
            .map(\.summary)
    }

    private static func rank(_ kind: String) -> Int {
        Feature.Kind.allCases.firstIndex { $0.name == kind } ?? Feature.Kind.allCases.count
    }

    /// The list for people, at most `width` columns wide.
    package func list(width: Int) -> ShownText {
        guard !testCases.isEmpty else { return "The corpus of \(campaign) is empty." }
        let reasonWidth = 32
        // What the narrow columns take, as long as no size has more than seven digits.
        let commandWidth = max(24, width - reasonWidth - 44)
        var table = TextTable([
            ("ID", .left), ("TIER", .left), ("SIZE", .right), ("FOUND AT", .right),
            ("KEPT FOR", .left), ("COMMAND", .left),
        ])
        for entry in testCases {
            table.append([
                Figures.short(entry.id), entry.tier.name, Figures.count(entry.size),
                Figures.clock(entry.foundAtSeconds), Self.reason(entry, width: reasonWidth),
                entry.script.map { WrappedText.shortened($0.summary, to: commandWidth) }
                    ?? "not in the store",
            ])
        }
        let confirmed = testCases.count { $0.isConfirmed && $0.isScheduled }
        let witnesses = testCases.count { $0.isConfirmed && !$0.isScheduled }
        let others = testCases.count - confirmed - witnesses
        let note =
            (witnesses == 0 ? "" : ", \(witnesses) more kept as witnesses")
            + (others == 0 ? "" : ", and \(others) kept as witnesses of what shows now and then")
        return table.text + "\n\n\(Figures.count(confirmed, "test case"))\(note)."
    }

    private static func reason(_ entry: Entry, width: Int) -> String {
        guard let first = entry.keptFor.first else { return "" }
        let rest = entry.keptFor.count > 1 ? " +\(entry.keptFor.count - 1)" : ""
        let words = first.split(separator: " ").map { word in
            word.hasPrefix("/") && word.contains("+0x")
                ? Figures.fileName(String(word)) : String(word)
        }
        let head = (entry.isConfirmed ? "" : "~ ") + words.joined(separator: " ")
        return WrappedText.shortened(head, to: width - rest.count) + rest
    }
}

extension CorpusView.Entry {
    /// The entry for people, with its readable encoding.
    package func text(encoding: String, width: Int) -> ShownText {
        let reasons = keptFor.prefix(8).map { "\n  \($0)" as ShownText }.joined()
        let more: ShownText = keptFor.count > 8 ? "\n  and \(keptFor.count - 8) more" : ""
        let steady = isConfirmed ? "" : " (re-execution shows it now and then)"
        return """
            Test case \(id)
            Tier \(tier.name), size \(Figures.count(size)), found at \
            \(Figures.clock(foundAtSeconds)) in execution \(Figures.count(foundAtExecution))\
            \(parent.map { ", from " + Figures.short($0) } ?? "").

            Kept for\(steady)\(reasons)\(more)

            As a command line, in an empty folder
            \(script?.text(indent: 2) ?? "")

            As it is stored
            \(ShownText(lines: encoding.split(separator: "\n").joined(separator: "\n")).indented(by: 2))
            """
    }
}
