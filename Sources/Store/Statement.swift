internal import CSQLite
import TestCases

/// A value as SQLite keeps it.
enum StoredValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob(Bytes)

    /// Numbers of 64 bits without sign keep their bits.
    static func bits(_ value: UInt64) -> StoredValue { .integer(Int64(bitPattern: value)) }

    static func flag(_ value: Bool) -> StoredValue { .integer(value ? 1 : 0) }
}

/// A prepared statement, kept by its database and finalised with it.
@safe final class Statement {
    private let handle: OpaquePointer

    /// Takes over the handle.
    init(handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    deinit {
        unsafe _ = sqlite3_finalize(handle)
    }

    /// Binds the values to the parameters from the first on; the bytes are copied.
    func bind(_ values: [StoredValue]) -> Int32 {
        for (index, value) in values.enumerated() {
            let result = bind(value, to: Int32(index + 1))
            guard result == SQLITE_OK else { return result }
        }
        return SQLITE_OK
    }

    /// `SQLITE_ROW`, `SQLITE_DONE` or an error.
    func step() -> Int32 { unsafe sqlite3_step(handle) }

    /// Makes it ready for the next run and lets go of what was bound.
    func reset() {
        unsafe _ = sqlite3_reset(handle)
        unsafe _ = sqlite3_clear_bindings(handle)
    }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func bits(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

    /// A count of things, see ``StoredCount``.
    func count(_ column: Int32) -> UInt64 { StoredCount.bounded(integer(column)) }

    /// Seconds of a campaign: finite, and small enough to be counted in any unit.
    func seconds(_ column: Int32) -> Double {
        let seconds = real(column)
        return seconds > 0 ? min(seconds, StoredCount.mostSeconds) : 0
    }

    func real(_ column: Int32) -> Double { unsafe sqlite3_column_double(handle, column) }

    func flag(_ column: Int32) -> Bool { integer(column) != 0 }

    func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    /// Empty for null.
    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// Empty for null.
    func bytes(_ column: Int32) -> Bytes {
        // The pointer is asked for first: that fixes the count.
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = unsafe sqlite3_column_bytes(handle, column)
        return unsafe Bytes(UnsafeRawBufferPointer(start: start, count: Int(count)))
    }

    private func bind(_ value: StoredValue, to index: Int32) -> Int32 {
        // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
        let copy = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
        case .real(let number): return unsafe sqlite3_bind_double(handle, index, number)
        case .text(let text):
            let bytes = Array(text.utf8)
            return unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                    unsafe sqlite3_bind_text64(
                        handle, index, characters.baseAddress ?? Self.empty,
                        UInt64(bytes.count), copy, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(handle, index, 0) }
            return unsafe bytes.withUnsafeBytes { buffer in
                unsafe sqlite3_bind_blob64(
                    handle, index, buffer.baseAddress, UInt64(buffer.count), copy)
            }
        }
    }

    /// A null pointer would bind null instead of an empty text; nothing is read through this one.
    private static var empty: UnsafePointer<CChar>? { unsafe UnsafePointer(bitPattern: 16) }
}
