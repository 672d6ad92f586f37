internal import Foundation
internal import Glibc

/// Where results, progress and errors are written: tables on standard output, the rest on
/// standard error.
struct Terminal: Sendable {
    /// Whether standard error is a terminal, where a progress line can be rewritten.
    var isInteractive: Bool { isatty(2) == 1 }

    /// Width of the terminal behind standard output, 100 where it is none.
    var width: Int { Self.columns(of: 1) }

    /// Width of the terminal behind standard error.
    var errorWidth: Int { Self.columns(of: 2) }

    /// How wide tables may be: as wide as the terminal, but no wider than is good to read.
    var tableWidth: Int { min(100, max(60, width)) }

    /// Whether standard output is a terminal, which is no place for binary data.
    var showsOutput: Bool { isatty(1) == 1 }

    private static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 100
        }
        return Int(size.ws_col)
    }

    func print(_ text: String, terminator: String = "\n") {
        Self.write(Array((text + terminator).utf8), to: 1)
    }

    /// The bytes as they are.
    func print(bytes: [UInt8]) {
        Self.write(bytes, to: 1)
    }

    func note(_ text: String, terminator: String = "\n") {
        Self.write(Array((text + terminator).utf8), to: 2)
    }

    /// The value as the JSON that every command prints.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes all of it; a reader that has gone away ends the program as it does others.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
