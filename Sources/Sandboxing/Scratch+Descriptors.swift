internal import CLinux
internal import Glibc
internal import Platform
internal import TestCases

extension Scratch {
    /// Sources are moved to numbers from here on, above any that a test case names.
    private static let firstSource: Int32 = 600
    /// The most that a terminal or a pipe takes before somebody reads: what is beyond is cut.
    private static let terminalInput = 4000
    private static let pipeInput = 1 << 20

    /// Opens what the target's descriptors are.
    mutating func connect(
        _ testCase: TestCase, tree: borrowing FileTree, to input: inout PreparedInput,
        _ ownership: inout Ownership
    ) throws(SandboxError) {
        // Who makes a pipe or a terminal owns it, and some files only their owner may open.
        if testCase.standardInput.kind != .file || !testCase.descriptors.isEmpty {
            ownership.assume()
        }
        let replaces = { (number: UInt16) in
            testCase.descriptors.contains { $0.number == number }
        }
        if !replaces(0) {
            add(try standardInput(testCase.standardInput, &input), as: 0, to: &input)
        }
        if !replaces(1) {
            let file = output.open(in: root.scratch.rawValue, of: user)
            guard file >= 0 else { throw failure("create the file that catches the output") }
            input.output = add(file, as: 1, to: &input)
        }
        if !replaces(2) {
            let file = errors.open(in: root.scratch.rawValue, of: user)
            guard file >= 0 else { throw failure("create the file that catches the errors") }
            input.errors = add(file, as: 2, to: &input)
        }
        for descriptor in testCase.descriptors where descriptor.number < Self.firstSource {
            let number = Int32(descriptor.number)
            guard !input.descriptors.contains(where: { $0.number == number }),
                let source = open(descriptor.source, for: number, tree, &input)
            else { continue }
            add(source, as: number, to: &input)
        }
    }

    /// Standard descriptors that lead nowhere, for a process that is not an execution; they stay
    /// open.
    package func nullDescriptors() throws(SandboxError) -> [(number: Int32, source: Int32)] {
        guard let null = Self.opened("/dev/null") else { throw failure("open /dev/null") }
        defer { close(null) }
        return try [Int32](0...2).map { number throws(SandboxError) in
            let source = clinux_duplicate_above(null, Self.firstSource)
            guard source >= 0 else { throw failure("copy a descriptor") }
            return (number: number, source: source)
        }
    }

    @discardableResult
    private func add(_ source: Int32, as number: Int32, to input: inout PreparedInput) -> Int32 {
        let moved = clinux_duplicate_above(source, Self.firstSource)
        close(source)
        guard moved >= 0 else { return -1 }
        input.descriptors.append((number, moved))
        return moved
    }

    private mutating func standardInput(
        _ standardInput: TestCase.StandardInput, _ prepared: inout PreparedInput
    ) throws(SandboxError) -> Int32 {
        switch standardInput.kind {
        case .file:
            if !input.exists || !standardInput.isEmpty {
                let file = input.open(in: root.scratch.rawValue, of: user)
                guard file >= 0 else { throw failure("create the file of standard input") }
                Self.write(standardInput.bytes, to: file)
                if let repetition = standardInput.repetition {
                    Self.write(repetition.bytes, to: file)
                }
                close(file)
            }
            // Opened anew: the target may read only, from the beginning.
            let reader = input.openForReading(in: root.scratch.rawValue)
            guard reader >= 0 else { throw failure("open standard input") }
            return reader
        case .pipe:
            var (reader, writer): (Int32, Int32) = (-1, -1)
            let result = unsafe clinux_pipe(&reader, &writer, UInt32(Self.pipeInput))
            guard result == 0 else { throw failure("make the pipe of standard input") }
            clinux_set_nonblocking(writer)
            Self.write(Bytes(standardInput.content.prefix(Self.pipeInput)), to: writer)
            close(writer)
            return reader
        case .terminal:
            guard let secondary = openTerminal(&prepared) else {
                throw failure("open a terminal")
            }
            let primary = prepared.terminals[prepared.terminals.count - 1]
            Self.write(Bytes(standardInput.content.prefix(Self.terminalInput)), to: primary)
            // End of input, as Ctrl-D at the beginning of a line.
            Self.write([10, 4], to: primary)
            return secondary
        }
    }

    private func open(
        _ source: TestCase.Descriptor.Source, for number: Int32, _ tree: borrowing FileTree,
        _ input: inout PreparedInput
    ) -> Int32? {
        switch source {
        case .closed: return nil
        case .null: return Self.opened("/dev/null")
        case .full: return Self.opened("/dev/full")
        case .terminal: return openTerminal(&input)
        case .brokenPipe:
            var (reader, writer): (Int32, Int32) = (-1, -1)
            guard unsafe clinux_pipe(&reader, &writer, 0) == 0 else { return nil }
            let (kept, gone) = number == 0 ? (reader, writer) : (writer, reader)
            close(gone)
            return kept
        case .file(let path):
            let name = String(decoding: path, as: UTF8.self)
            let flags = O_NONBLOCK | O_NOCTTY
            let writable = unsafe clinux_open_beneath(tree.directory, name, O_RDWR | flags, 0)
            guard writable < 0 else { return writable }
            let readable = unsafe clinux_open_beneath(tree.directory, name, O_RDONLY | flags, 0)
            return readable >= 0 ? readable : nil
        }
    }

    private static func opened(_ path: String) -> Int32? {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
        return descriptor >= 0 ? descriptor : nil
    }

    private func openTerminal(_ input: inout PreparedInput) -> Int32? {
        var (primary, secondary): (Int32, Int32) = (-1, -1)
        guard unsafe clinux_open_terminal(&primary, &secondary) == 0 else { return nil }
        clinux_set_nonblocking(primary)
        input.terminals.append(primary)
        return secondary
    }

    private static func write(_ bytes: Bytes, to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
