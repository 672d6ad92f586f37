package import TestCases

/// A line of `strace -f -e execve`: which file was executed with which arguments.
package struct ExecveLine: Hashable, Sendable {
    package var path: Bytes
    /// The program's name among them.
    package var arguments: [Bytes]
    /// Whether strace left out parts of strings or whole arguments.
    package var isCut: Bool
    /// Whether the call returned, which one that succeeds never does.
    package var hasFailed: Bool

    /// Nil for a line that is none.
    package init?(_ line: Bytes) {
        guard let start = Self.start(in: line) else { return nil }
        var scanner = Scanner(bytes: line, position: start)
        guard let path = scanner.string(), scanner.skip(", ["), !path.isCut else { return nil }
        self.path = path.bytes
        arguments = []
        isCut = false
        hasFailed = false
        while !scanner.skip("]") {
            if !arguments.isEmpty || isCut, !scanner.skip(", ") { return nil }
            if scanner.skip("...") {
                isCut = true
                continue
            }
            guard let argument = scanner.string() else { return nil }
            isCut = isCut || argument.isCut
            arguments.append(argument.bytes)
        }
        hasFailed = Self.endsWithFailure(line[scanner.position...])
    }

    /// Where the first string begins, when nothing but a process, a time and the like stand
    /// before the call.
    private static func start(in line: Bytes) -> Int? {
        let head = Bytes("execve(".utf8)
        for position in line.indices.prefix(64) where line[position] == UInt8(ascii: "e") {
            guard line[position...].starts(with: head) else { continue }
            let isPlain = line[..<position].allSatisfy {
                (0x30...0x39).contains($0) || "[]pid :.".utf8.contains($0)
            }
            return isPlain ? position + head.count : nil
        }
        return nil
    }

    private static func endsWithFailure(_ rest: ArraySlice<UInt8>) -> Bool {
        let sign = Bytes(") = -1 ".utf8)
        return rest.indices.contains { rest[$0...].starts(with: sign) }
    }

    private struct Scanner {
        let bytes: Bytes
        var position: Int

        mutating func skip(_ text: String) -> Bool {
            guard bytes[position...].starts(with: text.utf8) else { return false }
            position += text.utf8.count
            return true
        }

        /// A string in quotes, with dots behind it where it was cut.
        mutating func string() -> (bytes: Bytes, isCut: Bool)? {
            guard skip("\""),
                let found = CharacterEscapes.decoded(
                    bytes, from: position, until: UInt8(ascii: "\""))
            else { return nil }
            position = found.end + 1
            return (found.bytes, skip("..."))
        }
    }
}
