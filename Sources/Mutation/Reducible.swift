import TestCases

/// A list or a byte string of a test case, from which ranges can be taken away.
enum Reducible: Hashable, Sendable {
    case faults, signals, limits, descriptors, environment, arguments, sessions, files
    case input, argument(Int), value(Int), file(Int), steps(Int)
    case message(session: Int, step: Int)
    /// How often something is repeated.
    case inputRepetition, fileRepetition(Int), messageRepetition(session: Int, step: Int)

    /// What goes furthest first, so that a find comes down to the most natural provocation.
    static let lists: [Reducible] = [
        .faults, .signals, .limits, .descriptors, .environment, .arguments, .sessions, .files,
    ]

    /// The lists within elements of lists.
    static func innerLists(in testCase: TestCase) -> [Reducible] {
        testCase.sessions.indices.map { .steps($0) }
    }

    /// The byte strings that are worth shortening. Short arguments and values are read at a glance.
    static func bytes(in testCase: TestCase) -> [Reducible] {
        var parts = [Reducible.input]
        for (index, session) in testCase.sessions.enumerated() {
            for step in session.steps.indices where session.steps[step].message != nil {
                parts.append(.message(session: index, step: step))
            }
        }
        if testCase.standardInput.repetition != nil { parts.append(.inputRepetition) }
        for (index, session) in testCase.sessions.enumerated() {
            for step in session.steps.indices where session.steps[step].repetition != nil {
                parts.append(.messageRepetition(session: index, step: step))
            }
        }
        for index in testCase.files.indices where testCase.files[index].repetition != nil {
            parts.append(.fileRepetition(index))
        }
        parts += testCase.files.indices.map { .file($0) }
        parts += testCase.arguments.indices.filter { testCase.arguments[$0].count > 16 }
            .map { .argument($0) }
        parts += testCase.environment.indices
            .filter { testCase.environment[$0].value.count > 16 }.map { .value($0) }
        return parts
    }

    var isBytes: Bool {
        switch self {
        case .input, .argument, .value, .file, .message, .inputRepetition, .fileRepetition,
            .messageRepetition:
            true
        default: false
        }
    }

    /// Whether the part is within one of the lists.
    func isWithin(_ list: Reducible) -> Bool {
        switch self {
        case .argument: list == .arguments
        case .value: list == .environment
        case .file, .fileRepetition: list == .files
        case .message, .messageRepetition, .steps: list == .sessions
        default: false
        }
    }

    /// Whether two test cases have the same list; only for the lists that say how a target is
    /// started.
    func isEqual(_ one: TestCase, _ other: TestCase) -> Bool {
        switch self {
        case .arguments: one.arguments == other.arguments
        case .environment: one.environment == other.environment
        case .files: one.files == other.files
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
        case .inputRepetition: Int(testCase.standardInput.repetition?.count ?? 0)
        case .fileRepetition(let index):
            Int(Self.element(index, of: testCase.files)?.repetition?.count ?? 0)
        case .messageRepetition(let session, let step):
            Int(
                Self.element(session, of: testCase.sessions)
                    .flatMap { Self.element(step, of: $0.steps)?.repetition?.count } ?? 0)
        case .steps(let index): Self.element(index, of: testCase.sessions)?.steps.count ?? 0
        case .message(let session, let step):
            Self.element(session, of: testCase.sessions)
                .flatMap { Self.element(step, of: $0.steps)?.message?.count } ?? 0
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
        case .message(let session, let step):
            guard var bytes = testCase.sessions[session].steps[step].message else { break }
            bytes.removeSubrange(range)
            testCase.sessions[session].steps[step] = .send(bytes)
        case .inputRepetition:
            testCase.standardInput.repetition?.count -= UInt32(range.count)
            if testCase.standardInput.repetition?.count == 0 {
                testCase.standardInput.repetition = nil
            }
        case .fileRepetition(let index):
            guard var repetition = testCase.files[index].repetition else { break }
            repetition.count -= UInt32(range.count)
            testCase.files[index].kind = .repeated(repetition)
        case .messageRepetition(let session, let step):
            guard var repetition = testCase.sessions[session].steps[step].repetition else { break }
            repetition.count -= UInt32(range.count)
            testCase.sessions[session].steps[step] = .sendRepeated(repetition)
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

extension TestCase.File {
    /// What is repeated, if that is its content.
    var repetition: TestCase.Repetition? {
        if case .repeated(let repetition) = kind { repetition } else { nil }
    }
}

extension TestCase.Session.Step {
    /// What is repeated, if that is sent.
    var repetition: TestCase.Repetition? {
        if case .sendRepeated(let repetition) = self { repetition } else { nil }
    }
}
