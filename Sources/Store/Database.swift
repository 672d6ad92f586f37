internal import CSQLite
import TestCases

/// One connection to an SQLite file, closed when the value goes.
///
/// Statements are given as literals only, so no data can become part of one, and each is prepared
/// once.
@safe struct Database: ~Copyable {
    enum Mode {
        case owner, reader
        /// Reads a file that nobody writes, on a medium that nobody can write.
        case immutable
    }

    let path: String
    private let handle: OpaquePointer
    private let statements: StatementCache

    /// Opens the file; makes it when the mode is ``Mode/owner`` and there is none.
    static func open(_ path: String, mode: Mode) throws(StoreError) -> Database {
        var flags = SQLITE_OPEN_EXRESCODE
        var name = path
        switch mode {
        case .owner: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .reader: flags |= SQLITE_OPEN_READONLY
        case .immutable:
            flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            name = "file:\(uriEncoded(path))?immutable=1"
        }
        var handle: OpaquePointer?
        let result = unsafe sqlite3_open_v2(name, &handle, flags, nil)
        guard result == SQLITE_OK, let opened = unsafe handle else {
            unsafe _ = sqlite3_close_v2(handle)
            throw error(result, path: path, operation: "open \(path)", message: nil)
        }
        // A reader waits for a checkpoint or a recovery at most that many milliseconds.
        unsafe _ = sqlite3_busy_timeout(opened, 10_000)
        let database = unsafe Database(path: path, handle: opened)
        // The file may be someone else's: what its schema says runs no functions of ours, and
        // damaged pages are noticed where they are read.
        try database.run("PRAGMA trusted_schema = OFF")
        try database.run("PRAGMA cell_size_check = ON")
        return database
    }

    private init(path: String, handle: OpaquePointer) {
        self.path = path
        unsafe self.handle = handle
        statements = StatementCache()
    }

    deinit {
        // With statements still prepared this closes as soon as the last of them is gone.
        unsafe _ = sqlite3_close_v2(handle)
    }

    /// Runs a statement that gives no rows, or whose rows do not matter.
    func run(_ sql: StaticString, _ values: [StoredValue] = []) throws(StoreError) {
        _ = try rows(sql, values) { _ in }
    }

    /// Runs a statement and makes something of each of its rows.
    func rows<Row>(
        _ sql: StaticString, _ values: [StoredValue] = [],
        _ row: (Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> [Row] {
        let statement = try prepare(sql)
        defer { statement.reset() }
        try check(statement.bind(values), sql)
        var rows: [Row] = []
        while true {
            switch statement.step() {
            case SQLITE_ROW: rows.append(try row(statement))
            case SQLITE_DONE: return rows
            case let result: try check(result, sql)
            }
        }
    }

    /// Runs the body in a transaction that is all or nothing.
    func transaction<Result>(
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // SQLite has rolled back by itself after some errors; then this has nothing to do.
            try? run("ROLLBACK")
            throw error
        }
    }

    /// Runs the body on one state of the database, whatever is committed meanwhile.
    func snapshot<Result>(
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try run("BEGIN DEFERRED")
        defer { try? run("COMMIT") }
        return try body()
    }

    private func prepare(_ sql: StaticString) throws(StoreError) -> Statement {
        let text = sql.description
        if let known = statements.prepared[text] { return known }
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        try check(unsafe sqlite3_prepare_v3(handle, text, -1, flags, &statement, nil), sql)
        guard let statement = unsafe statement else {
            throw Database.error(
                SQLITE_MISUSE, path: path, operation: "prepare \(text)", message: nil)
        }
        let prepared = unsafe Statement(handle: statement)
        statements.prepared[text] = prepared
        return prepared
    }

    private func check(_ result: Int32, _ sql: StaticString) throws(StoreError) {
        guard result != SQLITE_OK else { return }
        let message = unsafe sqlite3_errmsg(handle).map { unsafe String(cString: $0) }
        let verb = sql.description.prefix { $0 != " " && $0 != "\n" }.lowercased()
        let isReading = verb == "select" || verb == "pragma"
        throw Database.error(
            result, path: path, operation: "\(isReading ? "read" : "write") \(path)",
            message: message)
    }

    private static func error(
        _ result: Int32, path: String, operation: String, message: String?
    ) -> StoreError {
        let standard = unsafe String(cString: sqlite3_errstr(result))
        let words = message ?? standard
        let (code, reason): (StoreError.Code, String) =
            switch result & 0xff {
            case SQLITE_FULL:
                (.diskFull, "the disk is full; make room and go on, what was saved before is safe")
            case SQLITE_CORRUPT:
                (
                    .corrupt,
                    "the file is damaged (\(words)); restore a copy, or save what can be read with"
                        + " sqlite3 \(path) .recover"
                )
            case SQLITE_NOTADB:
                (.notACampaign, "the file is no database; give the folder of a campaign")
            case SQLITE_CANTOPEN:
                (.missing, "it is not there, or its permissions or those of its folder forbid it")
            case SQLITE_CONSTRAINT where result == foreignKeyViolation:
                (.unknownTestCase, "it refers to a test case that is not saved")
            default: (.system, words)
            }
        return StoreError(code: code, operation: operation, reason: reason)
    }

    /// `SQLITE_CONSTRAINT_FOREIGNKEY`, a macro that is not imported.
    private static let foreignKeyViolation = SQLITE_CONSTRAINT | 3 << 8

    /// The path with what has a meaning in a URI escaped.
    private static func uriEncoded(_ path: String) -> String {
        path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
    }
}

/// The statements of one connection, by their text.
private final class StatementCache {
    var prepared: [String: Statement] = [:]
}
