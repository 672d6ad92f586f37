import TestCases

/// One step from a schema version to the next.
struct Migration: Sendable {
    /// Each is one statement.
    let statements: [StaticString]

    /// `FTHM`, in the file's header: tells a campaign from other databases.
    static let applicationID: Int64 = 0x4654_484d

    /// From an empty file on. Steps that were released are never changed, only added to.
    static let all: [Migration] = [version1, version2]

    private static let version1 = Migration(statements: [
        "CREATE TABLE fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE document(
            name TEXT PRIMARY KEY, content BLOB NOT NULL, plain_size INTEGER)
        """,
        """
        CREATE TABLE test_case(
            id TEXT PRIMARY KEY, parent TEXT, tier INTEGER NOT NULL, size INTEGER NOT NULL,
            content BLOB NOT NULL, plain_size INTEGER, execution INTEGER NOT NULL,
            seconds REAL NOT NULL, is_confirmed INTEGER NOT NULL)
        """,
        """
        CREATE TABLE trace(
            test_case TEXT PRIMARY KEY REFERENCES test_case(id), content BLOB NOT NULL,
            plain_size INTEGER)
        """,
        """
        CREATE TABLE feature(
            key BLOB NOT NULL, tier INTEGER NOT NULL, kind TEXT NOT NULL, summary TEXT NOT NULL,
            test_case TEXT NOT NULL REFERENCES test_case(id), hits INTEGER NOT NULL,
            is_stable INTEGER NOT NULL, PRIMARY KEY(key, tier)) WITHOUT ROWID
        """,
        """
        CREATE TABLE kept_for(
            test_case TEXT NOT NULL REFERENCES test_case(id), feature BLOB NOT NULL,
            PRIMARY KEY(test_case, feature)) WITHOUT ROWID
        """,
        """
        CREATE TABLE observation(
            syscall INTEGER NOT NULL, role TEXT NOT NULL, phase TEXT NOT NULL,
            tier INTEGER NOT NULL, executions INTEGER NOT NULL,
            witness TEXT NOT NULL REFERENCES test_case(id), first_execution INTEGER NOT NULL,
            first_seconds REAL NOT NULL, is_stable INTEGER NOT NULL,
            PRIMARY KEY(syscall, role, phase, tier)) WITHOUT ROWID
        """,
        """
        CREATE TABLE site(
            syscall INTEGER NOT NULL, role TEXT NOT NULL, phase TEXT NOT NULL,
            tier INTEGER NOT NULL, module TEXT NOT NULL, offset INTEGER NOT NULL,
            PRIMARY KEY(syscall, role, phase, tier, module, offset)) WITHOUT ROWID
        """,
        """
        CREATE TABLE sample(
            seconds REAL PRIMARY KEY, executions INTEGER NOT NULL, corpus INTEGER NOT NULL,
            natural INTEGER NOT NULL, resource INTEGER NOT NULL, signal INTEGER NOT NULL,
            injected INTEGER NOT NULL) WITHOUT ROWID
        """,
        "PRAGMA application_id = 0x4654484d",
        "PRAGMA user_version = 1",
    ])

    /// Test cases from elsewhere that wait for their execution, and those that a smaller corpus
    /// keeps for the record alone. What was executed stays by its id, so that it is not taken in
    /// again.
    private static let version2 = Migration(statements: [
        """
        CREATE TABLE seed(
            position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content BLOB,
            plain_size INTEGER)
        """,
        "CREATE INDEX waiting_seed ON seed(position) WHERE content IS NOT NULL",
        "CREATE INDEX example_of_feature ON feature(test_case)",
        "ALTER TABLE test_case ADD COLUMN is_scheduled INTEGER NOT NULL DEFAULT 1",
        "PRAGMA user_version = 2",
    ])
}

extension Database {
    /// Brings the file to the last of the versions, or throws where it is none of ours or newer.
    func migrate(through migrations: [Migration]) throws(StoreError) {
        let version = try schemaVersion(newest: migrations.count)
        for migration in migrations.dropFirst(version) {
            try transaction { () throws(StoreError) in
                for statement in migration.statements { try run(statement) }
            }
        }
    }

    /// The version that the file has; zero for an empty file.
    func schemaVersion(newest: Int) throws(StoreError) -> Int {
        let application = try integer("PRAGMA application_id")
        let version = try integer("PRAGMA user_version")
        let tables = try integer("SELECT count(*) FROM sqlite_schema")
        if application == 0, version == 0, tables == 0 { return 0 }
        guard application == Migration.applicationID else {
            throw StoreError(
                code: .notACampaign, operation: "open \(path)",
                reason: "it is another program's database; give the folder of a campaign")
        }
        guard (1...Int64(newest)).contains(version) else {
            throw StoreError(
                code: .newerSchema, operation: "open \(path)",
                reason: "it has schema version \(version) and this program knows up to \(newest);"
                    + " use the version of the program that wrote it")
        }
        return Int(version)
    }

    /// The first column of the first row, zero without a row.
    func integer(_ sql: StaticString) throws(StoreError) -> Int64 {
        try rows(sql) { $0.integer(0) }.first ?? 0
    }
}
