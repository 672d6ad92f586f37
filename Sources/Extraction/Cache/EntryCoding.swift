/// A value that a cache entry holds many of.
protocol StoredRow {
    func write(to entry: inout EntryWriter)
    init(from entry: inout EntryReader) throws(EntryReader.Damage)
}

/// Collects the bytes of a cache entry: integers in the machine's byte order, unaligned, lists
/// behind their count, and every text as the count of different ones before it, the first time
/// with what it is.
struct EntryWriter {
    private(set) var bytes: [UInt8] = []
    private var texts: [ExactText: UInt32] = [:]

    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) {
        let next = UInt32(texts.count)
        let index = texts[ExactText(text)] ?? next
        append(index)
        guard index == next else { return }
        texts[ExactText(text)] = next
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append<Row: StoredRow>(_ rows: [Row]) {
        append(UInt64(rows.count))
        for row in rows { row.write(to: &self) }
    }

    mutating func append(_ words: [UInt64]) {
        append(UInt64(words.count))
        unsafe words.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
}

/// Reads what ``EntryWriter`` wrote, and never beyond the end of it.
@safe struct EntryReader {
    /// The entry ends too early, or holds something that is never written.
    struct Damage: Error {}

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var texts: [String] = []

    /// The buffer must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

    /// Whether everything was read.
    var isAtEnd: Bool { unsafe position == bytes.count }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(Damage) -> Value {
        let size = MemoryLayout<Value>.size
        guard unsafe size <= bytes.count - position else { throw Damage() }
        defer { position += size }
        return unsafe bytes.loadUnaligned(fromByteOffset: position, as: type)
    }

    /// A count of things that take at least that many bytes each.
    private mutating func count(sizeOfEach: Int) throws(Damage) -> Int {
        let count: UInt64 = try integer()
        guard unsafe count <= UInt64((bytes.count - position) / sizeOfEach) else { throw Damage() }
        return Int(count)
    }

    mutating func text() throws(Damage) -> String {
        let index = Int(try integer(UInt32.self))
        guard index >= texts.count else { return texts[index] }
        guard index == texts.count else { throw Damage() }
        let count = try count(sizeOfEach: 1)
        let text = unsafe String(decoding: bytes[position..<position + count], as: UTF8.self)
        position += count
        texts.append(text)
        return text
    }

    mutating func rows<Row: StoredRow>() throws(Damage) -> [Row] {
        let count = try count(sizeOfEach: 1)
        var rows: [Row] = []
        rows.reserveCapacity(count)
        for _ in 0..<count { rows.append(try Row(from: &self)) }
        return rows
    }

    mutating func words() throws(Damage) -> [UInt64] {
        let count = try count(sizeOfEach: 8)
        let start = position
        position += count * 8
        return unsafe [UInt64](unsafeUninitializedCapacity: count) { buffer, filled in
            unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count * 8]))
            filled = count
        }
    }
}
