internal import FoundationEssentials
package import Syscalls
package import TestCases
package import Traces

/// A campaign's folder, open for reading: also while another process writes to it.
package struct CampaignReader: ~Copyable {
    /// As given, not resolved.
    package let folder: String
    let database: Database

    /// Opens the campaign in the folder. Nothing is changed, no lock is taken.
    package static func open(_ folder: String) throws(StoreError) -> CampaignReader {
        let paths = CampaignPaths(folder)
        guard paths.hasDatabase else {
            throw StoreError(
                code: .missing, operation: "open the campaign \(folder)",
                reason: "there is no campaign.db in it; fuzz makes one")
        }
        do {
            return try open(paths, mode: .reader)
        } catch {
            // Beside a database that was closed in order there must be files that a reader makes;
            // where it cannot make them, nobody can write either.
            guard error.code == .missing || error.code == .system, !paths.hasUnsavedLog else {
                throw error
            }
            return try open(paths, mode: .immutable)
        }
    }

    private static func open(
        _ paths: CampaignPaths, mode: Database.Mode
    ) throws(StoreError) -> CampaignReader {
        let database = try Database.open(paths.database, mode: mode)
        let newest = Migration.all.count
        let version = try database.schemaVersion(newest: newest)
        guard version == newest else {
            throw StoreError(
                code: .olderSchema, operation: "read \(paths.database)",
                reason: "it has schema version \(version) and this program reads \(newest);"
                    + " run fuzz on it once, which brings it up to date")
        }
        return CampaignReader(folder: paths.folder, database: database)
    }

    init(folder: String, database: consuming Database) {
        self.folder = folder
        self.database = database
    }

    /// The process that writes to the campaign in the folder, nil when there seems to be none.
    package static func owner(of folder: String) -> Int32? {
        OwnerLock.owner(CampaignPaths(folder).lock)
    }

    /// Runs the body on one state of the campaign, whatever is saved meanwhile.
    package func snapshot<Result>(
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try database.snapshot(body)
    }

    // MARK: - Facts, counters and documents

    /// All facts by name.
    package func facts() throws(StoreError) -> [String: String] {
        let rows = try database.rows("SELECT name, value FROM fact") { ($0.text(0), $0.text(1)) }
        return Dictionary(rows) { $1 }
    }

    /// All counters by name, as last saved.
    package func counters() throws(StoreError) -> [String: Int64] {
        let rows = try database.rows("SELECT name, value FROM counter") {
            ($0.text(0), Int64($0.count(1)))
        }
        return Dictionary(rows) { $1 }
    }

    /// The bytes that were saved under the name; nil when there are none.
    package func document(_ name: String) throws(StoreError) -> Bytes? {
        try packed(
            "SELECT content, plain_size FROM document WHERE name = ?", name, what: "document")
    }

    /// The static set that was saved; nil when there is none.
    package func staticSet() throws(StoreError) -> StaticSet? {
        guard let bytes = try document(StaticSet.documentName) else { return nil }
        do {
            return try JSONDecoder().decode(StaticSet.self, from: Data(bytes))
        } catch {
            throw damaged("the static set is not the JSON that was written")
        }
    }

    // MARK: - Corpus

    /// All test cases that are kept, without their contents, in order of discovery.
    package func corpus() throws(StoreError) -> [CorpusEntry] {
        var features: [String: [Bytes]] = [:]
        let keptFor = try database.rows("SELECT test_case, feature FROM kept_for") {
            ($0.text(0), $0.bytes(1))
        }
        for (id, feature) in keptFor { features[id, default: []].append(feature) }
        return try database.rows(
            """
            SELECT id, parent, tier, size, execution, seconds, is_confirmed, is_scheduled
            FROM test_case
            ORDER BY execution, id
            """
        ) { row throws(StoreError) in
            let id = row.text(0)
            return CorpusEntry(
                id: id, parent: row.isNull(1) ? nil : row.text(1), tier: try tier(row, 2),
                size: Int(row.count(3)), foundAtExecution: row.count(4),
                foundAtSeconds: row.seconds(5), keptFor: features[id] ?? [],
                isConfirmed: row.flag(6), isScheduled: row.flag(7))
        }
    }

    func testCaseIDs() throws(StoreError) -> [String] {
        try database.rows("SELECT id FROM test_case") { $0.text(0) }
    }

    /// The test case of the id; nil when it is not kept.
    package func testCase(_ id: String) throws(StoreError) -> TestCase? {
        guard
            let text = try packed(
                "SELECT content, plain_size FROM test_case WHERE id = ?", id, what: "test case")
        else { return nil }
        let testCase: TestCase
        do {
            testCase = try TestCase(inlineText: text)
        } catch {
            throw damaged("test case \(id), line \(error.line): \(error.problem)")
        }
        guard testCase.id == id else { throw damaged("test case \(id) has another id") }
        return testCase
    }

    /// The trace that was saved with the test case; nil when there is none.
    package func trace(of id: String) throws(StoreError) -> Bytes? {
        try packed(
            "SELECT content, plain_size FROM trace WHERE test_case = ?", id, what: "trace")
    }

    // MARK: - Features, observations and samples

    /// All features, each tier's row by itself, in no order.
    package func features() throws(StoreError) -> [FoundFeature] {
        try database.rows(
            "SELECT key, tier, kind, summary, test_case, hits, is_stable FROM feature"
        ) { row throws(StoreError) in
            FoundFeature(
                key: row.bytes(0), tier: try tier(row, 1), kind: row.text(2),
                summary: row.text(3), testCase: row.text(4), hits: row.count(5),
                isStable: row.flag(6))
        }
    }

    /// All observations, by syscall, role, phase and tier.
    package func observations() throws(StoreError) -> [Observation] {
        var sites: [ObservationKey: [CallSite]] = [:]
        let rows = try database.rows(
            "SELECT syscall, role, phase, tier, module, offset FROM site"
        ) {
            (ObservationKey($0), CallSite(module: $0.text(4), offset: $0.bits(5)))
        }
        for (key, site) in rows { sites[key, default: []].append(site) }
        return try database.rows(
            """
            SELECT syscall, role, phase, tier, executions, witness, first_execution,
                first_seconds, is_stable
            FROM observation ORDER BY syscall, role, phase, tier
            """
        ) { row throws(StoreError) in
            guard let role = Role(name: row.text(1)) else {
                throw damaged("no role is named \(row.text(1))")
            }
            return Observation(
                syscall: SyscallNumber(rawValue: UInt32(truncatingIfNeeded: row.integer(0))),
                role: role, phase: Phase(name: row.text(2)), tier: try tier(row, 3),
                sites: (sites[ObservationKey(row)] ?? []).sorted(), executions: row.count(4),
                witness: row.text(5), firstExecution: row.count(6), firstSeconds: row.seconds(7),
                isStable: row.flag(8))
        }
    }

    /// The course of the campaign in time, at most ``Sample/capacity`` points.
    package func samples() throws(StoreError) -> [Sample] {
        try database.rows(
            """
            SELECT seconds, executions, corpus, natural, resource, signal, injected FROM sample
            ORDER BY seconds
            """
        ) { row in
            Sample(
                seconds: row.seconds(0), executions: row.count(1), corpus: Int(row.count(2)),
                syscalls: [
                    .natural: Int(row.count(3)), .resource: Int(row.count(4)),
                    .signal: Int(row.count(5)), .injected: Int(row.count(6)),
                ])
        }
    }

    // MARK: - Soundness

    /// Everything that is wrong with the file, a sentence each; empty for a sound one. Reads all
    /// of it.
    package func problems() throws(StoreError) -> [String] {
        var problems = try database.rows("PRAGMA integrity_check") { $0.text(0) }
            .filter { $0 != "ok" }
        problems += try database.rows("PRAGMA foreign_key_check") {
            "table \($0.text(0)) refers to a row of \($0.text(2)) that is not there"
        }
        for id in try testCaseIDs() {
            do throws(StoreError) {
                _ = try testCase(id)
            } catch {
                problems.append(error.reason)
            }
        }
        return problems
    }

    func packed(
        _ sql: StaticString, _ name: String, what: String
    ) throws(StoreError) -> Bytes? {
        let found = try database.rows(sql, [.text(name)]) {
            PackedBytes(
                content: $0.bytes(0), plainSize: $0.isNull(1) ? nil : Int($0.integer(1)))
        }
        guard let packed = found.first else { return nil }
        guard let bytes = packed.unpacked() else {
            throw damaged("\(what) \(name) cannot be inflated")
        }
        return bytes
    }

    private func tier(_ row: Statement, _ column: Int32) throws(StoreError) -> Tier {
        guard let raw = UInt8(exactly: row.integer(column)), let tier = Tier(rawValue: raw) else {
            throw damaged("no tier has the number \(row.integer(column))")
        }
        return tier
    }

    func damaged(_ reason: String) -> StoreError {
        StoreError(
            code: .corrupt, operation: "read \(database.path)",
            reason: "the file is damaged (\(reason)); restore a copy")
    }
}

extension StaticSet {
    static let documentName = "static-set"
}

/// What an observation and its sites have in common.
private struct ObservationKey: Hashable {
    let syscall: Int64
    let role: String
    let phase: String
    let tier: Int64

    /// From a row that begins with these columns.
    init(_ row: Statement) {
        syscall = row.integer(0)
        role = row.text(1)
        phase = row.text(2)
        tier = row.integer(3)
    }
}
