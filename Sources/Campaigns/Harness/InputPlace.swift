internal import TestCases

/// The file that `@@` stands for in a command line, as it does for other fuzzers.
enum InputPlace {
    private static let sign = Bytes("@@".utf8)
    private static let name = Bytes("input".utf8)

    /// Puts a file's name in the place of every `@@` among the arguments, and the file into the
    /// tree; it begins with what was meant for standard input. Nil where no argument has the sign.
    static func resolve(in testCase: inout TestCase) -> Bytes? {
        var isNamed = false
        for index in testCase.arguments.indices {
            let parts = testCase.arguments[index].split(
                separator: sign, omittingEmptySubsequences: false)
            guard parts.count > 1 else { continue }
            isNamed = true
            testCase.arguments[index] = Bytes(parts.joined(separator: name))
        }
        guard isNamed else { return nil }
        if !testCase.files.contains(where: { $0.path == name }) {
            put(testCase.standardInput.bytes, at: name, in: &testCase)
            testCase.standardInput = TestCase.StandardInput()
        }
        return name
    }

    /// Makes the bytes the content of the file.
    static func put(_ bytes: Bytes, at path: Bytes, in testCase: inout TestCase) {
        testCase.files.removeAll { $0.path == path }
        testCase.files.append(TestCase.File(path: path, kind: .regular(bytes)))
    }
}
