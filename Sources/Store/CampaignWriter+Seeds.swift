package import TestCases

/// Test cases from elsewhere, that wait to be executed.
///
/// They are no part of the corpus: whether one shows anything is found out by whoever fuzzes next.
extension CampaignWriter {
    /// Adds the test cases to those that wait; returns how many were neither there before nor
    /// executed before. All of them are safe when this returns, or none.
    package func enqueue(_ testCases: [TestCase]) throws(StoreError) -> Int {
        try reader.database.transaction { () throws(StoreError) in
            var added = 0
            for testCase in testCases where try enqueue(testCase) { added += 1 }
            return added
        }
    }

    private func enqueue(_ testCase: TestCase) throws(StoreError) -> Bool {
        let id = testCase.id
        let known = try reader.database.rows(
            """
            SELECT 1 FROM seed WHERE id = ?1
            UNION ALL SELECT 1 FROM test_case WHERE id = ?1 AND is_confirmed
            """, [.text(id)]
        ) { $0.integer(0) }
        guard known.isEmpty else { return false }
        let packed = PackedBytes(packing: testCase.inlineText())
        try reader.database.run(
            "INSERT INTO seed(id, content, plain_size) VALUES (?, ?, ?)",
            [
                .text(id), .blob(packed.content),
                packed.plainSize.map { .integer(Int64($0)) } ?? .null,
            ])
        return true
    }

    func noteExecuted(seedAt position: Int64) throws(StoreError) {
        try reader.database.run(
            "UPDATE seed SET content = NULL, plain_size = NULL WHERE position = ?",
            [.integer(position)])
    }
}

extension CampaignReader {
    /// A test case that waits to be executed.
    package struct WaitingSeed: Sendable {
        /// Grows in the order of arrival.
        package let position: Int64
        package let id: String
    }

    /// How many test cases wait to be executed.
    package func waitingSeedCount() throws(StoreError) -> Int {
        Int(try database.integer("SELECT count(*) FROM seed WHERE content IS NOT NULL"))
    }

    /// The next that wait behind the position, at most so many.
    package func waitingSeeds(
        behind position: Int64, limit: Int
    ) throws(StoreError) -> [WaitingSeed] {
        try database.rows(
            """
            SELECT position, id FROM seed WHERE content IS NOT NULL AND position > ?
            ORDER BY position LIMIT ?
            """, [.integer(position), .integer(Int64(limit))]
        ) { WaitingSeed(position: $0.integer(0), id: $0.text(1)) }
    }

    /// A waiting test case in its inline encoding; nil for one that does not wait.
    package func waitingSeed(_ id: String) throws(StoreError) -> Bytes? {
        try packed(
            "SELECT content, plain_size FROM seed WHERE id = ? AND content IS NOT NULL", id,
            what: "seed")
    }
}
