import TestCases

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
        .files(.directory, .nestedDirectory), .files(.zeros, .directory), .file(.big),
        .files(.symbolicLink, .danglingLink),
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
