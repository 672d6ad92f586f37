internal import Foundation
internal import Glibc
internal import Texts

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

    func print(_ text: ShownText, terminator: ShownText = "\n") {
        Self.write(Array((text + terminator).text.utf8), to: 1)
    }

    func note(_ text: ShownText, terminator: ShownText = "\n") {
        Self.write(Array((text + terminator).text.utf8), to: 2)
    }

    /// Passes on what a target wrote, or a file that was asked for: as it is into a file or pipe, in
    /// lines that are escaped on a terminal.
    func pass(_ bytes: [UInt8], on stream: Stream = .output) {
        let descriptor = stream.rawValue
        let isShown = isatty(descriptor) == 1
        Self.write(isShown ? Array(ShownText(lines: bytes).text.utf8) : bytes, to: descriptor)
    }

    enum Stream: Int32 {
        case output = 1
        case errors = 2
    }

    /// The value as the JSON that every command prints.
    static func json(_ value: some Encodable) throws -> ShownText {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return ShownText(json: String(decoding: try encoder.encode(value), as: UTF8.self))
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
