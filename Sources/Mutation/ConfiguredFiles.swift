import TestCases

/// The way back from files that were changed line by line to those that they were made from:
/// each as a whole, then each line that was put in.
struct ConfiguredFiles: Sendable {
    private enum Step {
        case whole(file: Int)
        case line(file: Int, text: Bytes, occurrence: Int)
    }

    private let original: [TestCase.File]
    private var steps: [Step] = []
    private var last: Step?

    /// Nothing where the trees differ in more than the content of regular files.
    init(of testCase: TestCase, from base: TestCase) {
        original = base.files
        guard testCase.files.map(\.path) == base.files.map(\.path) else { return }
        var lines: [Step] = []
        for (index, (file, former)) in zip(testCase.files, base.files).enumerated()
        where file != former {
            guard case .regular(let bytes) = file.kind, case .regular(let before) = former.kind,
                file.mode == former.mode
            else {
                steps = []
                return
            }
            steps.append(.whole(file: index))
            let known = Set(ConfigurationLines.of(before))
            var added: [Bytes: Int] = [:]
            for line in ConfigurationLines.of(bytes) where !known.contains(line) {
                lines.append(.line(file: index, text: line, occurrence: added[line, default: 0]))
                added[line, default: 0] += 1
            }
        }
        // From the last to the first, so that occurrences before keep their numbers.
        steps += lines.reversed()
    }

    /// Whether there is nothing to go back from.
    var isEmpty: Bool { steps.isEmpty }

    /// The next step back; the test case itself where it has been taken already, nil at the end.
    mutating func next(after testCase: TestCase) -> TestCase? {
        guard !steps.isEmpty else { return nil }
        let step = steps.removeFirst()
        last = step
        var testCase = testCase
        switch step {
        case .whole(let file):
            guard testCase.files.indices.contains(file) else { return testCase }
            testCase.files[file] = original[file]
        case .line(let file, let text, let occurrence):
            guard testCase.files.indices.contains(file),
                case .regular(let bytes) = testCase.files[file].kind
            else { return testCase }
            var lines = ConfigurationLines.of(bytes)
            let places = lines.indices.filter { lines[$0] == text }
            guard places.indices.contains(occurrence) else { return testCase }
            lines.remove(at: places[occurrence])
            testCase.files[file].kind = .regular(ConfigurationLines.joined(lines))
        }
        return testCase
    }

    /// Says that the last step was taken.
    mutating func accept() {
        guard case .whole(let restored) = last else { return }
        steps.removeAll {
            if case .line(let file, _, _) = $0 { file == restored } else { false }
        }
    }
}
