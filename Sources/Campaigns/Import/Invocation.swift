package import TestCases

/// One start of the target, as a history or a log has it.
package struct Invocation: Hashable, Sendable {
    /// What the target can read from descriptor 0.
    package enum Input: Hashable, Sendable {
        /// Nothing is said of it.
        case unknown
        case bytes(Bytes)
        /// The content of a file, by the name that the command used.
        case file(Bytes)
    }

    /// Without the program's name.
    package var arguments: [Bytes]
    /// Variables that were set for this command alone.
    package var variables: [TestCase.Variable] = []
    package var input = Input.unknown

    /// Why a start of the target cannot become a test case.
    package enum Obstacle: Hashable, Sendable {
        /// Its words depend on variables, on other commands, or on the files that were there.
        case expansion
        /// Its input comes from a command, or from lines of the script.
        case input
        /// A quote or bracket without its end.
        case syntax
        /// strace cut strings; `-s` sets how long they may be.
        case cut
    }

    /// What a record says of the target.
    package struct Found: Hashable, Sendable {
        package var invocations: [Invocation] = []
        package var obstacles: [Obstacle] = []
    }
}

/// Picks the starts of one program out of records.
package struct InvocationFinder: Sendable {
    private let path: Bytes
    private let names: Set<Bytes>
    /// Arguments that a start of the target begins with; they are taken off.
    private let prefix: [Bytes]
    /// The name of the script that is run, which may be started by it as well.
    private let script: Bytes?

    /// - Parameter program: the target's path, as it is executed.
    /// - Parameter prefix: the arguments that name what it runs.
    package init(program: String, prefix: [Bytes] = [], script: String? = nil) {
        path = Bytes(program.utf8)
        self.prefix = prefix
        self.script = prefix.isEmpty ? nil : script.map { Self.name(of: Bytes($0.utf8)) }
        let name = Self.name(of: path)
        // libtool builds programs under such names before they are installed.
        names = [name, Bytes("lt-".utf8) + name]
    }

    package func invocations(in record: CommandRecord) -> Invocation.Found {
        switch record {
        case .execve(let line): return invocations(in: line)
        case .shell(let text, let dialect):
            // Most lines are about other programs.
            guard mentionsTarget(text) else { return Invocation.Found() }
            guard let line = try? ShellLine(text, dialect) else {
                return Invocation.Found(obstacles: [.syntax])
            }
            var found = Invocation.Found()
            for pipeline in line.pipelines {
                for (index, command) in pipeline.enumerated() {
                    let before = index > 0 ? (pipeline[index - 1], index == 1) : nil
                    take(command, behind: before, into: &found)
                }
            }
            return found
        }
    }

    private func invocations(in line: ExecveLine) -> Invocation.Found {
        guard isTarget(line.path), !line.hasFailed else { return Invocation.Found() }
        guard !line.isCut else { return Invocation.Found(obstacles: [.cut]) }
        guard let arguments = own(Array(line.arguments.dropFirst()), of: line.path) else {
            return Invocation.Found()
        }
        return Invocation.Found(invocations: [Invocation(arguments: arguments)])
    }

    private func isTarget(_ word: Bytes) -> Bool {
        word == path || names.contains(Self.name(of: word)) || Self.name(of: word) == script
    }

    /// Without those that name what is run; nil where they name something else. Folders may be
    /// written otherwise.
    private func own(_ arguments: [Bytes], of program: Bytes) -> [Bytes]? {
        guard !prefix.isEmpty, Self.name(of: program) != script else { return arguments }
        let isRun = arguments.prefix(prefix.count).map(Self.name(of:)) == prefix.map(Self.name(of:))
        return isRun ? Array(arguments.dropFirst(prefix.count)) : nil
    }

    private static func name(of path: Bytes) -> Bytes {
        Bytes(path.split(separator: UInt8(ascii: "/")).last ?? [])
    }

    private func mentionsTarget(_ text: Bytes) -> Bool {
        mentions(Self.name(of: path), text) || script.map { mentions($0, text) } == true
    }

    private func mentions(_ name: Bytes, _ text: Bytes) -> Bool {
        guard let first = name.first, text.count >= name.count else { return false }
        return (0...(text.count - name.count)).contains {
            text[$0] == first && text[$0...].starts(with: name)
        }
    }

    // MARK: Commands

    private func take(
        _ command: ShellLine.Command, behind before: (ShellLine.Command, isFirst: Bool)?,
        into found: inout Invocation.Found
    ) {
        var words = command.words[...]
        let variables = Self.strip(&words)
        guard let program = words.first, !program.isExpanded, isTarget(program.bytes) else {
            return
        }
        guard !words.contains(where: \.isExpanded), let variables else {
            found.obstacles.append(.expansion)
            return
        }
        guard let input = Self.input(of: command, behind: before) else {
            found.obstacles.append(.input)
            return
        }
        guard let arguments = own(words.dropFirst().map(\.bytes), of: program.bytes) else {
            return
        }
        found.invocations.append(
            Invocation(arguments: arguments, variables: variables, input: input))
    }

    /// What stands before a command without changing what it is: keywords, and programs that
    /// start the one that follows.
    private static let prefixes = Set(
        [
            "!", "{", "if", "then", "else", "elif", "while", "until", "do", "time", "exec", "env",
            "command", "nohup", "nice", "sudo", "doas", "setsid",
        ].map { Bytes($0.utf8) })

    /// Takes variables and what starts other programs off the front; returns the variables, nil
    /// where a value is not known.
    private static func strip(
        _ words: inout ArraySlice<ShellLine.Word>
    ) -> [TestCase.Variable]? {
        var variables: [TestCase.Variable]? = []
        while let word = words.first {
            if let variable = assignment(word) {
                if word.isExpanded { variables = nil } else { variables?.append(variable) }
            } else if word.isQuoted || !prefixes.contains(word.bytes) {
                break
            }
            words.removeFirst()
        }
        return variables
    }

    private static func assignment(_ word: ShellLine.Word) -> TestCase.Variable? {
        guard let sign = word.bytes.prefix(word.plainPrefix).firstIndex(of: UInt8(ascii: "=")),
            sign > 0,
            word.bytes[..<sign].allSatisfy({
                $0 == 0x5f || (0x30...0x39).contains($0) || (0x41...0x5a).contains($0)
                    || (0x61...0x7a).contains($0)
            }), !(0x30...0x39).contains(word.bytes[0])
        else { return nil }
        return TestCase.Variable(
            name: Bytes(word.bytes[..<sign]), value: Bytes(word.bytes[(sign + 1)...]))
    }

    // MARK: Input

    /// Nil where it cannot be told.
    private static func input(
        of command: ShellLine.Command, behind before: (ShellLine.Command, isFirst: Bool)?
    ) -> Invocation.Input? {
        let own = command.redirections.last {
            $0.descriptor == 0 && $0.kind != .other
        }
        if let own {
            guard !own.word.isExpanded else { return nil }
            switch own.kind {
            case .input: return .file(own.word.bytes)
            case .hereString: return .bytes(own.word.bytes + [0x0a])
            case .hereDocument, .other: return nil
            }
        }
        guard let before else { return .unknown }
        guard before.isFirst, before.0.redirections.isEmpty,
            !before.0.words.contains(where: \.isExpanded)
        else { return nil }
        return PlainOutput.of(before.0.words.map(\.bytes))
    }
}
