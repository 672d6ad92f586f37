package import TestCases

/// The search for a smaller test case that does the same, driven by whoever can execute.
///
///     var search = Minimisation(of: found)
///     while let candidate = search.next() {
///         if stillShows(candidate) { search.accept() }
///     }
///     keep(search.smallest)
///
/// Deterministic; makes at most ``candidateLimit`` candidates, the most telling first: without
/// whole lists, halves of them, single elements, then the same with the bytes of what is left.
package struct Minimisation: Sendable {
    package static let candidateLimit = 200
    /// For the bytes of one string, so that a long one does not use up the search.
    static let candidatesForBytes = 40

    /// The smallest test case that was accepted, at first the one given.
    package private(set) var smallest: TestCase
    /// Candidates made so far.
    package private(set) var candidates = 0
    private var candidate: TestCase?
    private var stages: [Stage]
    private var hasListedBytes = false

    package init(of testCase: TestCase) {
        smallest = testCase
        stages = Reducible.lists.map { .removal(Removal(of: $0, in: testCase)) }
        stages.insert(.simplification(.workingDirectory), at: 0)
        stages.append(.simplification(.inputKind))
    }

    /// The next smaller test case to try; nil when there is none, or too many were made.
    package mutating func next() -> TestCase? {
        // Whatever was not accepted has been rejected by now.
        candidate = nil
        while candidates < Self.candidateLimit {
            guard let stage = stages.first else {
                guard !hasListedBytes else { return nil }
                hasListedBytes = true
                listBytes()
                continue
            }
            if let made = make(at: stage) {
                candidates += 1
                candidate = made
                return made
            }
        }
        return nil
    }

    /// Says that the candidate made last does the same; the search goes on from it.
    package mutating func accept() {
        guard let candidate else { return }
        smallest = candidate
        self.candidate = nil
        if case .removal(var removal) = stages.first {
            removal.accept(remaining: removal.part.count(in: smallest))
            stages[0] = .removal(removal)
        }
    }

    /// The stage's next candidate; nil, and the stage gone, when it has none that differs.
    private mutating func make(at stage: Stage) -> TestCase? {
        switch stage {
        case .simplification(let simplification):
            stages.removeFirst()
            let made = simplification.apply(to: smallest)
            return made == smallest ? nil : made
        case .removal(var removal):
            guard let range = removal.next() else {
                stages.removeFirst()
                return nil
            }
            stages[0] = .removal(removal)
            // What was accepted since may have taken the end of this part with it.
            let left = range.clamped(to: 0..<removal.part.count(in: smallest))
            let made = removal.part.removing(left, from: smallest)
            return made == smallest ? nil : made
        }
    }

    /// What the lists keep is settled: now the contents.
    private mutating func listBytes() {
        for index in smallest.files.indices {
            stages.append(.simplification(.file(index)))
        }
        for part in Reducible.bytes(in: smallest) {
            stages.append(.removal(Removal(of: part, in: smallest)))
        }
    }
}

extension Minimisation {
    private enum Stage {
        case removal(Removal)
        case simplification(Simplification)
    }

    /// Removes all, then halves, quarters and so on of one list or byte string.
    private struct Removal {
        let part: Reducible
        private var count: Int
        private var chunk: Int
        private var start = 0
        private var remainingCandidates: Int

        init(of part: Reducible, in testCase: TestCase) {
            self.part = part
            count = part.count(in: testCase)
            chunk = count
            remainingCandidates = part.isBytes ? candidatesForBytes : candidateLimit
        }

        mutating func next() -> Range<Int>? {
            guard count > 0, remainingCandidates > 0 else { return nil }
            if start >= count {
                guard chunk > 1 else { return nil }
                chunk = min(chunk, count) / 2
                start = 0
            }
            guard chunk > 0 else { return nil }
            remainingCandidates -= 1
            let range = start..<min(start + chunk, count)
            start = range.upperBound
            return range
        }

        /// What was removed last stays away, so the next chunk begins where it began.
        mutating func accept(remaining: Int) {
            start = max(0, start - (count - remaining))
            count = remaining
        }
    }

    /// A change to something plainer.
    private enum Simplification {
        case workingDirectory, inputKind, file(Int)

        func apply(to testCase: TestCase) -> TestCase {
            var testCase = testCase
            switch self {
            case .workingDirectory: testCase.workingDirectory = .scratch(path: [])
            case .inputKind: testCase.standardInput.kind = .file
            case .file(let index):
                guard testCase.files.indices.contains(index) else { return testCase }
                let file = testCase.files[index]
                switch file.kind {
                case .directory: testCase.files[index].mode = 0o755
                case .regular: testCase.files[index].mode = 0o644
                default:
                    testCase.files[index] = TestCase.File(path: file.path, kind: .regular([]))
                }
            }
            return testCase
        }
    }
}

/// A list or a byte string of a test case, from which ranges can be taken away.
enum Reducible: Hashable, Sendable {
    case faults, signals, limits, descriptors, environment, arguments, sessions, files
    case input, argument(Int), value(Int), file(Int), steps(Int)

    /// What goes furthest first, so that a find comes down to the most natural provocation.
    static let lists: [Reducible] = [
        .faults, .signals, .limits, .descriptors, .environment, .arguments, .sessions, .files,
    ]

    /// The byte strings and step lists that are worth shortening. Short arguments and values are
    /// read at a glance.
    static func bytes(in testCase: TestCase) -> [Reducible] {
        var parts = testCase.sessions.indices.map { Reducible.steps($0) } + [.input]
        parts += testCase.files.indices.map { .file($0) }
        parts += testCase.arguments.indices.filter { testCase.arguments[$0].count > 16 }
            .map { .argument($0) }
        parts += testCase.environment.indices
            .filter { testCase.environment[$0].value.count > 16 }.map { .value($0) }
        return parts
    }

    var isBytes: Bool {
        switch self {
        case .input, .argument, .value, .file: true
        default: false
        }
    }

    func count(in testCase: TestCase) -> Int {
        switch self {
        case .faults: testCase.faults.count
        case .signals: testCase.signals.count
        case .limits: testCase.limits.count
        case .descriptors: testCase.descriptors.count
        case .environment: testCase.environment.count
        case .arguments: testCase.arguments.count
        case .sessions: testCase.sessions.count
        case .files: testCase.files.count
        case .input: testCase.standardInput.bytes.count
        case .argument(let index): Self.element(index, of: testCase.arguments)?.count ?? 0
        case .value(let index): Self.element(index, of: testCase.environment)?.value.count ?? 0
        case .file(let index):
            Self.element(index, of: testCase.files).flatMap(FileTree.content(of:))?.count ?? 0
        case .steps(let index): Self.element(index, of: testCase.sessions)?.steps.count ?? 0
        }
    }

    /// The element, nil when it has gone since the part was listed.
    private static func element<Element>(_ index: Int, of list: [Element]) -> Element? {
        list.indices.contains(index) ? list[index] : nil
    }

    /// Without the range, which must be within ``count(in:)``, and without what cannot be there
    /// any more.
    func removing(_ range: Range<Int>, from testCase: TestCase) -> TestCase {
        guard !range.isEmpty else { return testCase }
        var testCase = testCase
        switch self {
        case .faults: testCase.faults.removeSubrange(range)
        case .signals: testCase.signals.removeSubrange(range)
        case .limits: testCase.limits.removeSubrange(range)
        case .descriptors: testCase.descriptors.removeSubrange(range)
        case .environment: testCase.environment.removeSubrange(range)
        case .arguments: testCase.arguments.removeSubrange(range)
        case .sessions: testCase.sessions.removeSubrange(range)
        case .files:
            testCase.files.removeSubrange(range)
            FileTree.repair(&testCase.files)
        case .input: testCase.standardInput.bytes.removeSubrange(range)
        case .argument(let index): testCase.arguments[index].removeSubrange(range)
        case .value(let index): testCase.environment[index].value.removeSubrange(range)
        case .steps(let index): testCase.sessions[index].steps.removeSubrange(range)
        case .file(let index):
            switch testCase.files[index].kind {
            case .regular(var bytes):
                bytes.removeSubrange(range)
                testCase.files[index].kind = .regular(bytes)
            case .sparse(let hole, var bytes):
                bytes.removeSubrange(range)
                testCase.files[index].kind = .sparse(hole: hole, bytes)
            default: break
            }
        }
        return testCase
    }
}
