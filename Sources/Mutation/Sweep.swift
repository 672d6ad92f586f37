package import TestCases

/// Test cases that try one thing at a time, by index: every option alone with operands of every
/// shape, every variable, every kind of file, every limit, every single fault, and at last every
/// pair of options.
///
/// Made on demand, so that a campaign can stop at an index and go on from there later; the same
/// vocabulary and base give the same test case for an index.
package struct Sweep: Sendable {
    /// A run of indices with one rule.
    struct Section: Sendable {
        let count: Int
        let make: @Sendable (Int) -> TestCase?
    }

    private let sections: [Section]

    init(sections: [Section]) {
        self.sections = sections.filter { $0.count > 0 }
    }

    /// How many indices there are.
    package var count: Int { sections.reduce(0) { $0 + $1.count } }

    /// The test case of the index; nil where there is none to try, which says nothing about later
    /// indices, and from ``count`` on.
    package func testCase(at index: Int) -> TestCase? {
        guard index >= 0 else { return nil }
        var index = index
        for section in sections {
            if index < section.count {
                guard var testCase = section.make(index) else { return nil }
                InputLimits.apply(to: &testCase)
                return testCase
            }
            index -= section.count
        }
        return nil
    }
}

extension Mutator {
    /// The sweep over what the vocabulary has now; sections that are short and telling come first.
    package func sweep(base: TestCase, allowing provocations: Set<Provocation>) -> Sweep {
        let builder = SweepBuilder(vocabulary: vocabulary, base: base)
        var sections: [Sweep.Section] = []
        if provocations.contains(.natural) { sections += builder.surroundings() }
        if provocations.contains(.resource) { sections += builder.shortages() }
        if provocations.contains(.natural) { sections += builder.interface() }
        if provocations.contains(.signal) { sections.append(builder.signals()) }
        if provocations.contains(.injected) { sections.append(builder.faults()) }
        if provocations.contains(.natural) { sections.append(builder.optionPairs()) }
        return Sweep(sections: sections)
    }
}

/// What stands behind the options of a command line.
enum OperandShape: Hashable, Sendable {
    /// The base's own arguments.
    case base
    case none
    case missing
    case dash
    case file(FileShape)
    case files(FileShape, FileShape)

    /// Those that every option is tried with.
    static let short: [OperandShape] = [
        .base, .none, .missing, .dash, .file(.text), .file(.directory), .files(.text, .otherText),
        .files(.directory, .nestedDirectory),
    ]

    /// Every kind of file, alone and with an ordinary one.
    static let all: [OperandShape] =
        short + FileShape.allCases.map { .file($0) }
        + FileShape.allCases.map { .files($0, .text) }
        + FileShape.allCases.map { .files(.text, $0) } + [.files(.text, .text), .files(.big, .big)]

    func apply(to testCase: inout TestCase) {
        let (first, second) = (Bytes("first".utf8), Bytes("second".utf8))
        switch self {
        case .base: break
        case .none: testCase.arguments = []
        case .missing: testCase.arguments = [Bytes("missing".utf8)]
        case .dash: testCase.arguments = [[0x2d]]
        case .file(let shape):
            testCase.files += shape.files(at: first)
            testCase.arguments = [first]
        case .files(let shape, let other):
            testCase.files += shape.files(at: first) + other.files(at: second)
            testCase.arguments = [first, second]
        }
    }
}
