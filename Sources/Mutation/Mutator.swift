package import TestCases

/// Makes new test cases out of old ones, or out of the target's vocabulary alone.
///
/// A pure function of its vocabulary, the test cases given and the generator: the same seed makes
/// the same test cases.
package struct Mutator: Sendable {
    /// May grow while a campaign goes on; then the same seed makes other test cases from there.
    package var vocabulary: Vocabulary

    /// What became of the vocabulary's options so far.
    package var usage: OptionUsage

    package init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
        usage = OptionUsage(of: vocabulary)
    }

    /// The base with options in the shortest way before its operands.
    package func testCase(with options: [Vocabulary.Entry], base: TestCase) -> TestCase {
        var testCase = base
        let heads = options.first?.command.map { [$0] } ?? []
        testCase.arguments =
            heads + options.flatMap { SweepBuilder.shortest($0.option) } + base.arguments
        InputLimits.apply(to: &testCase)
        return testCase
    }

    /// A test case that differs from the parent in one to eight changes, most often few.
    ///
    /// The other test case, if any, is what parts are taken from. Nothing is changed in a
    /// dimension without weight, except that a new file may become an argument. The result stays
    /// within ``InputLimits``; it may equal the parent when the weights leave no choice.
    package func mutate(
        _ parent: TestCase, with other: TestCase? = nil, weights: DimensionWeights,
        using generator: inout SeededGenerator
    ) -> TestCase {
        var child = parent
        var weights = weights
        // What a server does is decided by what it is told, and most other changes keep it from
        // coming up.
        let isServer = parent.isVisited
        let hasSessions = !parent.sessions.isEmpty && weights[.sessions] > 0
        var isTold =
            hasSessions
            && (isServer
                ? generator.chance(Self.talkative, in: Self.talkative + 1)
                : generator.chance(1, in: 3))
        if !isTold, !vocabulary.configuration.isEmpty, weights[.files] > 0,
            generator.chance(3, in: 4)
        {
            configure(&child, using: &generator)
            isTold = isServer && hasSessions
        }
        if isTold {
            weights = weights.narrowed(to: isServer ? [.sessions, .signals] : [.sessions])
        }
        let changes = 1 + generator.skewed(below: 8)
        // A change can undo another, or find nothing to do.
        for attempt in 0..<(changes + 8) {
            if attempt >= changes, child != parent { break }
            guard let dimension = weights.draw(using: &generator) else { break }
            change(&child, in: dimension, with: other, using: &generator)
            if attempt + 1 >= changes { InputLimits.apply(to: &child) }
        }
        return child
    }

    /// A test case drawn anew: the base with a command line, files and input made of vocabulary.
    /// Draws are independent of each other and of everything found so far, which is what
    /// estimates of convergence need.
    package func generate(
        base: TestCase, weights: DimensionWeights, using generator: inout SeededGenerator
    ) -> TestCase {
        var testCase = base
        if weights[.files] > 0 {
            for _ in 0..<generator.skewed(below: 4) { addShape(to: &testCase, using: &generator) }
        }
        if !vocabulary.configuration.isEmpty, weights[.files] > 0, generator.chance(1, in: 16) {
            configure(&testCase, using: &generator)
        }
        let isServer = base.isVisited
        // With other arguments a server mostly does not come up.
        if weights[.arguments] > 0, !isServer || generator.chance(1, in: 4) {
            generateArguments(of: &testCase, using: &generator)
        }
        if !base.sessions.isEmpty, weights[.sessions] > 0,
            isServer || generator.chance(1, in: 2)
        {
            generateSessions(of: &testCase, using: &generator)
        }
        if weights[.standardInput] > 0, generator.chance(1, in: 2) {
            generateInput(of: &testCase, using: &generator)
        }
        if weights[.environment] > 0 {
            for _ in 0..<generator.skewed(below: 4) {
                changeEnvironment(&testCase, with: nil, using: &generator)
            }
        }
        let generated: Set<Dimension> = [
            .files, .arguments, .standardInput, .environment, .sessions,
        ]
        for dimension in Dimension.allCases where !generated.contains(dimension) {
            if weights[dimension] > 0, generator.chance(1, in: 8) {
                change(&testCase, in: dimension, with: nil, using: &generator)
            }
        }
        InputLimits.apply(to: &testCase)
        return testCase
    }

    /// Of children of a server's test case, so many change nothing but what is said for one that
    /// may have it started in another way, which takes as long as dozens of them.
    private static let talkative = 15

    private func change(
        _ testCase: inout TestCase, in dimension: Dimension, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        switch dimension {
        case .arguments: changeArguments(&testCase, with: other, using: &generator)
        case .environment: changeEnvironment(&testCase, with: other, using: &generator)
        case .standardInput: changeInput(&testCase, with: other, using: &generator)
        case .files: changeFiles(&testCase, with: other, using: &generator)
        case .workingDirectory: changeDirectory(&testCase, using: &generator)
        case .lostDirectory: loseDirectory(&testCase, using: &generator)
        case .descriptors: changeDescriptors(&testCase, using: &generator)
        case .brokenDescriptors: breakDescriptors(&testCase, using: &generator)
        case .sessions: changeSessions(&testCase, with: other, using: &generator)
        case .limits: changeLimits(&testCase, using: &generator)
        case .signals: changeSignals(&testCase, using: &generator)
        case .faults: changeFaults(&testCase, using: &generator)
        }
    }
}
