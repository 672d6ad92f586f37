/// What became of what an import found.
package struct ImportTally: Hashable, Sendable, Encodable {
    /// What was read, as given, and what it was taken for.
    package var source: String
    package var kind: String
    /// Test cases that wait now.
    package var queued = 0
    /// Those that the campaign had before.
    package var known = 0
    /// By the reason, in words.
    package var skipped: [String: Int] = [:]

    package init(source: String, kind: String) {
        self.source = source
        self.kind = kind
    }

    package mutating func skip(_ reason: String, _ count: Int = 1) {
        if count > 0 { skipped[reason, default: 0] += count }
    }

    /// A sentence for people.
    package var sentence: String {
        func cases(_ count: Int) -> String { "\(count) test case\(count == 1 ? "" : "s")" }
        var text = "\(source), \(kind): \(cases(queued)) queued"
        if known > 0 { text += ", \(known) known already" }
        if !skipped.isEmpty {
            let reasons = skipped.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.value) (\($0.key))" }.joined(separator: ", ")
            text += ", skipped " + reasons
        }
        return text + "."
    }
}
