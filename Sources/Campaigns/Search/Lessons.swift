internal import Mutation
internal import TestCases
internal import Tracing

/// What a target's comparisons have taught: what has been tried, and what is to be tried next.
struct Lessons: Sendable {
    /// What is kept over an interruption: the words, for test cases are tried at once or never.
    struct State: Sendable, Codable {
        var words: [Bytes]
        var names: [Bytes]
    }

    /// A test case that passes a comparison which another did not.
    struct Proposal: Sendable {
        var testCase: TestCase
        var parent: String?
    }

    private(set) var state = State(words: [], names: [])
    private var proposals: [Proposal] = []
    private var next = 0
    /// In bytes, of the proposals that wait.
    private var waitingBytes = 0
    private var tried: Set<Substitution> = []
    /// Proposals in a row that showed nothing new.
    private var fruitless = 0

    /// A target can compare with something new for ever.
    private static let mostTried = 50_000
    private static let mostWaiting = 2_048
    /// In bytes, of all that wait together.
    private static let mostWaitingBytes = 8 << 20
    private static let mostWords = 2_048
    /// Test cases that one execution's comparisons may lead to.
    private static let mostOfOne = 64
    /// One in so many test cases is a proposal at least.
    private static let leastShare = 32
    /// Operands of this length may go on beyond what was read.
    private static let operandLimit = 64

    private let mostShare: Int

    init(settings: SearchSettings = SearchSettings()) { mostShare = settings.proposalShare }

    /// One in so many test cases should be a proposal, 0 for none: the fewer the less they show.
    var share: Int {
        mostShare == 0 ? 0 : min(max(mostShare, Self.leastShare), mostShare + fruitless / 32)
    }

    mutating func noteFruit() { fruitless = 0 }

    mutating func takeProposal() -> Proposal? {
        guard next < proposals.count else {
            proposals.removeAll(keepingCapacity: true)
            next = 0
            return nil
        }
        let proposal = proposals[next]
        // It is not to take room until all others are taken.
        proposals[next] = Proposal(testCase: TestCase(), parent: nil)
        waitingBytes -= proposal.testCase.size
        next += 1
        fruitless += 1
        return proposal
    }

    /// Takes in what an execution of the test case compared and asked for.
    mutating func learn(
        _ captures: [BreakpointSightings.Capture], of testCase: TestCase, parent: String?,
        base: TestCase, vocabulary: inout Vocabulary
    ) {
        let end = proposals.count + Self.mostOfOne
        // Loops compare the same again and again, mostly what is no part of the input.
        var foreign: Set<Bytes> = []
        func concerns(_ substitution: Substitution) -> Bool {
            guard !foreign.contains(substitution.former) else { return false }
            guard substitution.concerns(testCase) else {
                foreign.insert(substitution.former)
                return false
            }
            return true
        }
        for capture in captures {
            switch capture {
            case .compared(let left, let right):
                for substitution in Substitution.candidates(for: Comparison(left, right))
                where concerns(substitution) {
                    propose(substitution, on: testCase, parent, &vocabulary, until: end)
                }
            case .comparedNumbers(let left, let right, let width):
                for substitution in ComparedNumbers(left, right, width: width).substitutions
                where concerns(substitution) {
                    propose(substitution, on: testCase, parent, &vocabulary, until: end)
                }
            case .variable(let name): learn(name: name, base: base, &vocabulary)
            case .optionString(let text):
                learn(text.map { [0x2d, $0] }, base: base, &vocabulary) {
                    $0.mine(optionString: text)
                }
            case .longOption(let name, let argument, let value):
                let row = Vocabulary.LongOption(name: name, hasArgument: argument, value: value)
                learn([[0x2d, 0x2d] + name], base: base, &vocabulary) {
                    $0.mine(optionTable: [row])
                }
            }
        }
    }

    private mutating func propose(
        _ substitution: Substitution, on testCase: TestCase, _ parent: String?,
        _ vocabulary: inout Vocabulary, until end: Int
    ) {
        guard proposals.count < end, tried.count < Self.mostTried,
            substitution.new.count < Self.operandLimit, !tried.contains(substitution)
        else { return }
        let children = substitution.applied(to: testCase)
        guard !children.isEmpty, hasRoom(for: children) else { return }
        tried.insert(substitution)
        vocabulary.insert(token: substitution.new, from: .comparison)
        if state.words.count < Self.mostWords { state.words.append(substitution.new) }
        for child in children { propose(child, parent) }
    }

    /// A variable that no string of the program has told of.
    private mutating func learn(name: Bytes, base: TestCase, _ vocabulary: inout Vocabulary) {
        guard !vocabulary.names.contains(name), vocabulary.names.insert(name, from: .comparison)
        else { return }
        if state.names.count < Self.mostWords { state.names.append(name) }
        for value in ["1", "", "."] {
            var child = base
            child.environment.append(.init(name: name, value: Bytes(value.utf8)))
            propose(child, nil)
        }
    }

    /// - Parameter spellings: of options that mining may add.
    private mutating func learn(
        _ spellings: [Bytes], base: TestCase, _ vocabulary: inout Vocabulary,
        mine: (inout Vocabulary) -> Void
    ) {
        let unknown = spellings.filter { vocabulary.option(spelled: $0) == nil }
        guard !unknown.isEmpty else { return }
        mine(&vocabulary)
        for spelling in unknown where vocabulary.option(spelled: spelling) != nil {
            if state.words.count < Self.mostWords { state.words.append(spelling) }
            var child = base
            child.arguments.insert(spelling, at: 0)
            propose(child, nil)
        }
    }

    private func hasRoom(for testCases: [TestCase]) -> Bool {
        proposals.count - next + testCases.count <= Self.mostWaiting
            && waitingBytes + testCases.reduce(0) { $0 + $1.size } <= Self.mostWaitingBytes
    }

    private mutating func propose(_ testCase: TestCase, _ parent: String?) {
        guard hasRoom(for: [testCase]) else { return }
        waitingBytes += testCase.size
        proposals.append(Proposal(testCase: testCase, parent: parent))
    }

    /// Gives the vocabulary back what was learned before an interruption.
    mutating func restore(_ state: State, to vocabulary: inout Vocabulary) {
        self.state = state
        for word in state.words { vocabulary.insert(token: word, from: .comparison) }
        for name in state.names { vocabulary.names.insert(name, from: .comparison) }
    }
}
