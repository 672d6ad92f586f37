package import TestCases

extension InputLimits {
    /// What of a test case is too large or cannot be passed to a program, as a clause for people;
    /// nil for one that can be executed as it is.
    package static func excess(of testCase: TestCase) -> String? {
        if testCase.arguments.count > arguments { return "more than \(arguments) arguments" }
        if testCase.environment.count > variables { return "more than \(variables) variables" }
        let strings = testCase.arguments + testCase.environment.map { $0.name + [0x3d] + $0.value }
        if strings.contains(where: { $0.count > argumentBytes }) {
            return "an argument of more than \(argumentBytes) bytes"
        }
        if strings.contains(where: { $0.contains(0) }) { return "an argument with a NUL byte" }
        if strings.reduce(0, { $0 + $1.count }) > commandBytes {
            return "a command line of more than \(commandBytes) bytes"
        }
        if testCase.standardInput.bytes.count > inputBytes {
            return "an input of more than \(inputBytes) bytes"
        }
        if testCase.files.count > files { return "more than \(files) files" }
        let contents = testCase.files.compactMap(FileTree.content(of:)).map(\.count)
        if contents.contains(where: { $0 > fileBytes }) || contents.reduce(0, +) > treeBytes {
            return "files of more than \(fileBytes) bytes"
        }
        return nil
    }
}
