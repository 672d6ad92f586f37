package import TestCases

/// A test case as what a person could type in an empty folder.
package struct ShellScript: Sendable, Encodable {
    /// Lines that make the file tree and the input.
    package let preparation: [String]
    /// The line that runs the target.
    package let command: String
    /// What no shell says, a clause each: `replay` does these.
    package let remarks: [String]

    /// Longer byte strings are left out, with a remark in their place.
    private static let longestData = 400

    /// `base` is what the harness sets for every test case: its environment is not repeated.
    package init(_ testCase: TestCase, program: String, base: TestCase?) {
        var writer = ScriptWriter(longestData: Self.longestData)
        for file in testCase.files { writer.make(file) }
        for file in testCase.files.reversed() { writer.setMode(file) }
        let input = writer.input(testCase.standardInput)
        writer.remark(on: testCase)
        preparation = writer.lines
        remarks = writer.remarks
        let target = [ShellText.word(Bytes(program.utf8))] + testCase.arguments.map(ShellText.word)
        var words = Self.directory(testCase.workingDirectory)
        words += input.before
        words += Self.environment(testCase.environment, base?.environment ?? [])
        words += Self.limits(testCase.limits)
        words += target
        let replacesInput = testCase.descriptors.contains { $0.number == 0 }
        if !replacesInput { words += input.after }
        words += testCase.descriptors.compactMap(Self.redirection)
        command = words.joined(separator: " ")
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

    /// What differs from the base, for env(1).
    private static func environment(
        _ variables: [TestCase.Variable], _ base: [TestCase.Variable]
    ) -> [String] {
        guard variables != base else { return [] }
        let names = Set(variables.map(\.name))
        let removed = base.map(\.name).filter { !names.contains($0) }
        let set = variables.filter { !base.contains($0) }
        guard !removed.isEmpty || !set.isEmpty else { return [] }
        return ["env"] + removed.flatMap { ["-u", ShellText.word($0)] }
            + set.map { ShellText.word($0.name + [UInt8(ascii: "=")] + $0.value) }
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

    /// Everything in one line, at most `limit` characters, for lists.
    package func line(limit: Int) -> String {
        WrappedText.shortened(command, to: limit)
    }

    /// For a terminal: lines to type, then what they leave out.
    package func text(indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        return (preparation + [command] + remarks.map { "# " + $0 }).map { margin + $0 }
            .joined(separator: "\n")
    }
}
