internal import Platform

/// The first line of a script.
enum ScriptLine {
    /// What the kernel reads of it.
    private static let limit = 256

    /// What stands behind `#!` in a file; nil for one that does not begin so.
    static func read(_ path: String) -> String? {
        guard let file = try? MappedFile.open(path) else { return nil }
        return file.withBytes { bytes in
            guard bytes.integer(at: 0, as: UInt16.self) == 0x2123 else { return nil }
            var line: [UInt8] = []
            for offset in 2..<min(bytes.byteCount, limit) {
                guard let byte: UInt8 = bytes.integer(at: offset), byte != 10 else { break }
                line.append(byte)
            }
            return String(decoding: line, as: UTF8.self)
        }
    }
}
