package import TestCases
package import Texts

/// A test case as what a person could type in an empty folder.
package struct ShellScript: Sendable, Encodable {
    /// Lines that make the file tree and the input.
    package let preparation: [String]
    /// The line that runs the target.
    package let command: String
    /// The target's name, its arguments and redirections, and in braces what else there is; for
    /// lists.
    package let summary: String
    /// What no shell says, a clause each: `replay` does these.
    package let remarks: [String]

    /// Longer byte strings are left out, with a remark in their place.
    private static let longestData = 400

    /// `prefix` are the arguments before a test case's own, `base` is what the harness sets for
    /// every test case: its environment is not repeated.
    package init(
        _ testCase: TestCase, program: String, prefix: [Bytes] = [], base: TestCase?
    ) {
        var writer = ScriptWriter(longestData: Self.longestData)
        for file in testCase.files { writer.make(file) }
        for file in testCase.files.reversed() { writer.setMode(file) }
        let input = writer.input(testCase.standardInput)
        writer.remark(on: testCase)
        let shown = ShownWords(prefix + testCase.arguments, noun: "argument")
        let variables = ShownWords(
            Self.environment(testCase.environment, base?.environment ?? []), noun: "variable")
        preparation = writer.lines
        remarks = writer.remarks + shown.remarks + variables.remarks
        let arguments = shown.words
        var words = Self.directory(testCase.workingDirectory)
        words += input.before
        if !variables.words.isEmpty { words += ["env -i"] + variables.words }
        words += Self.limits(testCase.limits)
        let replacesInput = testCase.descriptors.contains { $0.number == 0 }
        let redirections = testCase.descriptors.compactMap(Self.redirection)
        words.append(ShellText.word(Bytes(program.utf8)))
        command =
            (words + arguments + (replacesInput ? [] : input.after) + redirections)
            .joined(separator: " ")
        let others = Self.others(testCase, base)
        summary =
            ([Figures.fileName(program)] + arguments + redirections
            + (others.isEmpty ? [] : ["{" + others.joined(separator: " ") + "}"]))
            .joined(separator: " ")
    }

    /// One word for each dimension besides arguments and files that the test case makes use of.
    private static func others(_ testCase: TestCase, _ base: TestCase?) -> [String] {
        let usual = Set(base?.environment ?? [])
        let dimensions: [(String, Bool)] = [
            ("environment", testCase.environment.contains { !usual.contains($0) }),
            ("input", testCase.standardInput != TestCase.StandardInput()),
            ("directory", testCase.workingDirectory != .scratch(path: [])),
            (
                "descriptors",
                testCase.descriptors.contains { Self.redirection($0) == nil }
            ),
            ("limits", !testCase.limits.isEmpty), ("sessions", !testCase.sessions.isEmpty),
            ("signals", !testCase.signals.isEmpty), ("faults", !testCase.faults.isEmpty),
        ]
        return dimensions.filter(\.1).map(\.0)
    }

    private static func directory(_ directory: TestCase.WorkingDirectory) -> [String] {
        switch directory {
        case .scratch(let path): path.isEmpty ? [] : ["cd", ShellText.word(path), "&&"]
        case .deleted: ["mkdir gone && cd gone && rmdir ../gone &&"]
        case .unreadable: ["mkdir -m 111 closed && cd closed &&"]
        case .deep(let levels):
            [
                "for i in $(seq \(levels)); do d=$(printf %0200d 0); mkdir $d; cd $d; done;"
            ]
        }
    }

    /// Nothing where it is the base's, which a reader takes for granted.
    private static func environment(
        _ variables: [TestCase.Variable], _ base: [TestCase.Variable]
    ) -> [Bytes] {
        variables == base ? [] : variables.map { $0.name + [UInt8(ascii: "=")] + $0.value }
    }

    /// Options of prlimit(1), which takes bytes where setrlimit(2) does.
    private static func limits(_ limits: [TestCase.Limit]) -> [String] {
        guard !limits.isEmpty else { return [] }
        return ["prlimit"]
            + limits.map { limit in
                let name =
                    switch limit.resource {
                    case .openFiles: "nofile"
                    case .fileSize: "fsize"
                    case .addressSpace: "as"
                    case .stack: "stack"
                    case .processes: "nproc"
                    case .data: "data"
                    }
                return "--\(name)=\(limit.value)"
            }
    }

    private static func redirection(_ descriptor: TestCase.Descriptor) -> String? {
        let number = descriptor.number
        return switch descriptor.source {
        case .closed: "\(number)>&-"
        case .null: "\(number)<>/dev/null"
        case .full: "\(number)>/dev/full"
        case .file(let path): "\(number)<>" + ShellText.word(path)
        case .brokenPipe, .terminal: nil
        }
    }

    /// For a terminal: lines to type, then what they leave out.
    package func text(indent: Int) -> ShownText {
        let left = preparation.count - Self.mostLines
        let rest =
            left > 0 ? ["\(Figures.count(left, "more line")) before the command, not shown"] : []
        let lines = preparation.prefix(Self.mostLines).map { ShownText($0) }
        let comments = (rest + remarks).map { "# \($0)" as ShownText }
        return (lines + [ShownText(command)] + comments).joined(separator: "\n")
            .indented(by: indent)
    }

    /// Lines of preparation that are shown.
    private static let mostLines = 100
}
