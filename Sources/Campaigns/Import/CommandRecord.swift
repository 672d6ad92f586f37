package import TestCases

/// What a history or a log says was started.
package enum CommandRecord: Hashable, Sendable {
    case shell(Bytes, ShellLine.Dialect)
    case execve(ExecveLine)
}

/// Finds the commands in the lines of a shell's history or of a log, one line after the other.
///
/// A history is all commands: of bash with or without times, or of zsh. In a log only those lines
/// are commands that `sh -x`, strace or a prompt mark as such; the rest is output.
package struct CommandRecords: Sendable {
    package enum Kind: Sendable {
        case history, log
    }

    /// Longer commands are nothing that a test case could hold.
    package static let longestCommand = 1 << 20

    private let kind: Kind
    /// Whether the history says when each command was given; then the lines between two times are
    /// one command.
    private var hasTimes = false
    private var pending: Bytes?
    /// Whether the last line said that the next belongs to it.
    private var isContinued = false
    /// Commands that were too long to keep.
    package private(set) var tooLong = 0

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// What kind of file has this line; nil where it may be output as well as a command.
    package static func kind(of line: Bytes) -> Kind? {
        if time(line) || zshCommand(line) != nil { return .history }
        if tracedCommand(line) != nil || ExecveLine(line) != nil { return .log }
        return nil
    }

    /// Takes the next line, without its newline; returns the commands that are complete with it.
    package mutating func take(_ line: Bytes) -> [CommandRecord] {
        guard kind == .history else { return Self.logged(line).map { [$0] } ?? [] }
        if Self.time(line) {
            hasTimes = true
            return finish().map { [$0] } ?? []
        }
        let command = Self.zshCommand(line)
        let before = command == nil ? nil : finish()
        append(command ?? line)
        let isOpen = hasTimes || isContinued
        return [before, isOpen ? nil : finish()].compactMap(\.self)
    }

    /// The command that the last lines were part of.
    package mutating func finish() -> CommandRecord? {
        defer { (pending, isContinued) = (nil, false) }
        guard let pending, !pending.isEmpty else { return nil }
        guard pending.count <= Self.longestCommand else {
            tooLong += 1
            return nil
        }
        return .shell(pending, .typed)
    }

    /// A backslash at the end of a line says that the next belongs to it; it stays, and the newline
    /// with it, for whoever takes the command apart.
    private mutating func append(_ line: Bytes) {
        let backslashes = line.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        isContinued = backslashes % 2 == 1
        var command = pending ?? []
        // One byte more than is allowed tells that there was more.
        guard command.count <= Self.longestCommand else { return }
        pending = nil
        if hasTimes, !command.isEmpty, command.last != 0x0a { command.append(0x0a) }
        command += line
        if isContinued { command.append(0x0a) }
        pending = command
    }

    // MARK: Marks

    private static func logged(_ line: Bytes) -> CommandRecord? {
        if let execve = ExecveLine(line) { return .execve(execve) }
        if let command = tracedCommand(line) { return .shell(command, .traced) }
        if line.starts(with: "$ ".utf8) { return .shell(Bytes(line.dropFirst(2)), .typed) }
        return nil
    }

    /// `#1700000000`, as bash writes before a command with `HISTTIMEFORMAT`.
    private static func time(_ line: Bytes) -> Bool {
        line.first == UInt8(ascii: "#") && (9...12).contains(line.count - 1)
            && line.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// What follows `+ `, `++ ` and so on.
    private static func tracedCommand(_ line: Bytes) -> Bytes? {
        let rest = line.drop { $0 == UInt8(ascii: "+") }
        guard rest.count < line.count, rest.first == 0x20 else { return nil }
        return Bytes(rest.dropFirst())
    }

    /// What follows `: 1700000000:0;`, with the bytes that zsh writes in two put together.
    private static func zshCommand(_ line: Bytes) -> Bytes? {
        guard line.starts(with: ": ".utf8) else { return nil }
        let number = line.dropFirst(2).drop { $0 == 0x20 }
        let afterTime = number.drop { (0x30...0x39).contains($0) }
        guard afterTime.count < number.count, afterTime.first == UInt8(ascii: ":") else {
            return nil
        }
        let afterLength = afterTime.dropFirst().drop { (0x30...0x39).contains($0) }
        guard afterLength.first == UInt8(ascii: ";") else { return nil }
        return unmetafied(afterLength.dropFirst())
    }

    /// zsh writes bytes that it uses itself as 0x83 and the byte with one bit changed.
    private static func unmetafied(_ bytes: ArraySlice<UInt8>) -> Bytes {
        var plain: Bytes = []
        var isMeta = false
        for byte in bytes {
            if byte == 0x83, !isMeta {
                isMeta = true
            } else {
                plain.append(isMeta ? byte ^ 0x20 : byte)
                isMeta = false
            }
        }
        return plain
    }
}
