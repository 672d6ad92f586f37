/// Reads numbers out of bytes that may be anything; nil beyond their end.
struct ByteReader {
    let bytes: ArraySlice<UInt8>
    var isBigEndian: Bool

    init(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool = true) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
    }

    var count: Int { bytes.count }

    /// `size` bytes from `offset` on.
    func slice(_ offset: Int, _ size: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, size >= 0, offset <= count, size <= count - offset else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<(start + size)]
    }

    func rest(_ offset: Int) -> ArraySlice<UInt8>? { slice(offset, count - offset) }

    func byte(_ offset: Int) -> UInt8? { slice(offset, 1)?.first }

    func word16(_ offset: Int) -> UInt16? { number(offset, 2).map(UInt16.init) }

    func word32(_ offset: Int) -> UInt32? { number(offset, 4) }

    private func number(_ offset: Int, _ size: Int) -> UInt32? {
        guard let slice = slice(offset, size) else { return nil }
        let inOrder = isBigEndian ? Array(slice) : slice.reversed()
        return inOrder.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
