internal import TestCases

/// One line of `/proc/PID/maps`, see proc_pid_maps(5).
struct Mapping {
    let start: UInt64
    let end: UInt64
    let isWritable: Bool
    /// What the kernel prints behind the numbers: a path, a name in brackets, or nothing.
    let name: String
    /// The file behind the memory, nil where there is none.
    ///
    /// The heap, the stack and named stretches are memory like any other; only the image that the
    /// kernel provides holds the same code at the same place in every process.
    let file: String?
    /// Nil for memory that no file is behind.
    let fileOffset: UInt64?

    /// Whether the line is of executable memory: most are not, and need not be read further.
    static func isExecutable(line: ArraySlice<UInt8>) -> Bool {
        guard let space = line.firstIndex(of: 32), line.endIndex - space > 3 else { return false }
        return line[space + 3] == 120
    }

    init?(line: ArraySlice<UInt8>) {
        var rest = line
        func field() -> ArraySlice<UInt8> {
            let field = rest.prefix { $0 != 32 }
            rest = rest.dropFirst(field.count).drop { $0 == 32 }
            return field
        }
        let addresses = field().split(separator: 45)
        let permissions = field()
        let offset = field()
        _ = field()
        _ = field()
        guard addresses.count == 2, permissions.count >= 3,
            let start = Self.hexadecimal(addresses[0]), let end = Self.hexadecimal(addresses[1]),
            let fileOffset = Self.hexadecimal(offset), start < end
        else { return nil }
        self.start = start
        self.end = end
        isWritable = permissions[permissions.startIndex + 1] == 119
        name = String(word: rest)
        file = name.hasPrefix("/") || name == "[vdso]" ? name : nil
        self.fileOffset = file == nil ? nil : fileOffset
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
