import Syscalls
import TestCases
import Traces

/// How what is saved becomes rows. Everything here runs in the transaction of a commit.
extension CampaignWriter {
    func save(fact: String, named name: String) throws(StoreError) {
        try reader.database.run(
            """
            INSERT INTO fact(name, value) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """, [.text(name), .text(fact)])
    }

    func save(counter: Int64, named name: String) throws(StoreError) {
        try reader.database.run(
            """
            INSERT INTO counter(name, value) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """, [.text(name), .integer(counter)])
    }

    func save(document bytes: Bytes, named name: String) throws(StoreError) {
        let packed = PackedBytes(packing: bytes)
        try reader.database.run(
            "INSERT OR REPLACE INTO document(name, content, plain_size) VALUES (?, ?, ?)",
            [.text(name), .blob(packed.content), packed.storedSize])
    }

    /// A test case that is kept already keeps its place in time; it may become confirmed and be
    /// kept for more.
    func save(_ find: Batch.Find) throws(StoreError) {
        let entry = find.entry
        let packed = PackedBytes(packing: find.testCase.inlineText())
        try reader.database.run(
            """
            INSERT INTO test_case(
                id, parent, tier, size, content, plain_size, execution, seconds, is_confirmed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET is_confirmed = max(is_confirmed, excluded.is_confirmed)
            """,
            [
                .text(entry.id), entry.parent.map { .text($0) } ?? .null,
                .integer(Int64(entry.tier.rawValue)), .integer(Int64(entry.size)),
                .blob(packed.content), packed.storedSize, .bits(entry.foundAtExecution),
                .real(entry.foundAtSeconds), .flag(entry.isConfirmed),
            ])
        for feature in entry.keptFor {
            try reader.database.run(
                "INSERT OR IGNORE INTO kept_for(test_case, feature) VALUES (?, ?)",
                [.text(entry.id), .blob(feature)])
        }
        guard let trace = find.trace else { return }
        let packedTrace = PackedBytes(packing: trace)
        try reader.database.run(
            "INSERT OR REPLACE INTO trace(test_case, content, plain_size) VALUES (?, ?, ?)",
            [.text(entry.id), .blob(packedTrace.content), packedTrace.storedSize])
    }

    func save(_ feature: FoundFeature) throws(StoreError) {
        try reader.database.run(
            """
            INSERT INTO feature(key, tier, kind, summary, test_case, hits, is_stable)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                hits = hits + excluded.hits, is_stable = max(is_stable, excluded.is_stable)
            """,
            [
                .blob(feature.key), .integer(Int64(feature.tier.rawValue)), .text(feature.kind),
                .text(feature.summary), .text(feature.testCase), .bits(feature.hits),
                .flag(feature.isStable),
            ])
    }

    /// Adds up executions, unites sites, and keeps the better witness: a stable one before one
    /// that is not, then the smaller.
    func save(_ observation: Observation) throws(StoreError) {
        let key: [StoredValue] = [
            .integer(Int64(observation.syscall.rawValue)), .text(observation.role.name),
            .text(observation.phase.name), .integer(Int64(observation.tier.rawValue)),
        ]
        try reader.database.run(
            """
            INSERT INTO observation(
                syscall, role, phase, tier, executions, witness, first_execution, first_seconds,
                is_stable)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                executions = executions + excluded.executions,
                witness = CASE
                    WHEN excluded.is_stable > is_stable THEN excluded.witness
                    WHEN excluded.is_stable = is_stable
                        AND (SELECT size FROM test_case WHERE id = excluded.witness)
                            < (SELECT size FROM test_case WHERE id = witness)
                    THEN excluded.witness ELSE witness END,
                first_execution = min(first_execution, excluded.first_execution),
                first_seconds = min(first_seconds, excluded.first_seconds),
                is_stable = max(is_stable, excluded.is_stable)
            """,
            key + [
                .bits(observation.executions), .text(observation.witness),
                .bits(observation.firstExecution), .real(observation.firstSeconds),
                .flag(observation.isStable),
            ])
        for site in observation.sites {
            try reader.database.run(
                """
                INSERT OR IGNORE INTO site(syscall, role, phase, tier, module, offset)
                VALUES (?, ?, ?, ?, ?, ?)
                """, key + [.text(site.module), .bits(site.offset)])
        }
    }

    func save(_ sample: Sample) throws(StoreError) {
        let counts = Tier.allCases.map { StoredValue.integer(Int64(sample.syscalls[$0] ?? 0)) }
        try reader.database.run(
            "INSERT OR REPLACE INTO sample VALUES (?, ?, ?, ?, ?, ?, ?)",
            [.real(sample.seconds), .bits(sample.executions), .integer(Int64(sample.corpus))]
                + counts)
        guard try reader.database.integer("SELECT count(*) FROM sample") > Sample.capacity else {
            return
        }
        // Every second one goes, the first and the last stay; so the past gets coarser with
        // each thinning and the present stays fine.
        try reader.database.run(
            """
            DELETE FROM sample WHERE seconds IN (
                SELECT seconds FROM (
                    SELECT seconds, row_number() OVER (ORDER BY seconds) AS position FROM sample)
                WHERE position % 2 = 0 AND seconds < (SELECT max(seconds) FROM sample))
            """)
    }
}

extension PackedBytes {
    fileprivate var storedSize: StoredValue { plainSize.map { .integer(Int64($0)) } ?? .null }
}
