package import TestCases

/// Making a corpus smaller.
package struct CorpusSelection: Sendable {
    /// What a test case that stays answers for from now on: features by their keys.
    package var features: [String: [Bytes]] = [:]
    /// Those that stay for the record alone: witnesses that are parents no more.
    package var witnesses: Set<String> = []

    package init() {}
}

extension CampaignWriter {
    /// Drops all confirmed test cases but those of the selection, from the database and then from
    /// the folder; what one of them was the example of passes to one that stays. Saved whole or
    /// not at all.
    ///
    /// What is the witness of an observation, or alone has shown a feature, stays as a witness
    /// whatever the selection says. Returns how many were dropped.
    package mutating func keep(_ selection: CorpusSelection) throws(StoreError) -> Int {
        let dropped = try reader.database.transaction { () throws(StoreError) in
            for (id, keys) in selection.features {
                for key in keys { try answer(id, for: key) }
            }
            let needed = try neededTestCases()
            var dropped: [String] = []
            let confirmed = try reader.database.rows(
                "SELECT id FROM test_case WHERE is_confirmed"
            ) { $0.text(0) }
            for id in confirmed where selection.features[id] == nil {
                if selection.witnesses.contains(id) || needed.contains(id) {
                    try reader.database.run(
                        "UPDATE test_case SET is_scheduled = 0 WHERE id = ?", [.text(id)])
                } else {
                    try drop(id)
                    dropped.append(id)
                }
            }
            return dropped
        }
        removeFolders()
        return dropped.count
    }

    private func answer(_ id: String, for key: Bytes) throws(StoreError) {
        let values: [StoredValue] = [.text(id), .blob(key)]
        try reader.database.run(
            "INSERT OR IGNORE INTO kept_for(test_case, feature) VALUES (?, ?)", values)
        // Evidence of one tier is none for a tier that provokes less.
        try reader.database.run(
            """
            UPDATE feature SET test_case = ?1 WHERE key = ?2
                AND tier = (SELECT tier FROM test_case WHERE id = ?1)
            """, values)
    }

    /// Those that other rows refer to.
    private func neededTestCases() throws(StoreError) -> Set<String> {
        Set(
            try reader.database.rows(
                "SELECT witness FROM observation UNION SELECT test_case FROM feature"
            ) { $0.text(0) })
    }

    private func drop(_ id: String) throws(StoreError) {
        try reader.database.run("DELETE FROM kept_for WHERE test_case = ?", [.text(id)])
        try reader.database.run("DELETE FROM trace WHERE test_case = ?", [.text(id)])
        try reader.database.run("DELETE FROM test_case WHERE id = ?", [.text(id)])
    }

    /// Removes the readable files of what the database does not have: also those that a crash
    /// left. A folder that cannot be removed is in nobody's way.
    private func removeFolders() {
        guard let kept = try? Set(reader.testCaseIDs()) else { return }
        corpus.removeAll { !kept.contains($0) }
    }
}
