/// Programs of one segment that is nothing but headers and code, written without a linker, so
/// that they are the same on every machine.
enum FlatProgram {
    /// Where the body lies in memory, and its first instruction is executed first.
    static let start: UInt64 = 0x400078

    static func bytes(_ body: [UInt8]) -> [UInt8] {
        let size = UInt64(120 + body.count)
        let header: [[UInt8]] = [
            [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            little(2 as UInt16), little(62 as UInt16), little(1 as UInt32),
            little(start), little(64 as UInt64), little(0 as UInt64),
            little(0 as UInt32), little(64 as UInt16), little(56 as UInt16),
            little(1 as UInt16), little(64 as UInt16), little(0 as UInt16), little(0 as UInt16),
            // One segment to read and execute.
            little(1 as UInt32), little(5 as UInt32), little(0 as UInt64),
            little(0x400000 as UInt64), little(0x400000 as UInt64), little(size), little(size),
            little(4096 as UInt64),
        ]
        return header.flatMap { $0 } + body
    }

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
