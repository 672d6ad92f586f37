/// Checked little-endian reads from bytes that nobody vouches for.
extension RawSpan {
    /// The integer at the offset, nil where it does not fit.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type = Value.self
    ) -> Value? {
        guard offset >= 0, offset <= byteCount - MemoryLayout<Value>.size else { return nil }
        return Value(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: UInt64, as type: Value.Type = Value.self
    ) -> Value? {
        guard offset <= UInt64(Int.max) else { return nil }
        return integer(at: Int(offset), as: type)
    }

    /// The bytes before the next zero byte, as text; nil when no zero comes within the limit.
    func string(at offset: Int, limit: Int = 4096) -> String? {
        guard offset >= 0, offset < byteCount else { return nil }
        let end = min(byteCount, offset + limit)
        var bytes: [UInt8] = []
        for index in offset..<end {
            let byte = unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
