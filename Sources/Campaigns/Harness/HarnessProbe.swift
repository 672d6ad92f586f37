internal import Mutation
internal import TestCases

/// What a program says of itself when it is asked for help, in the sandbox.
package enum HarnessProbe {
    /// More words than anyone reads in a file.
    private static let wordLimit = 40

    /// Sub-commands and words that its help names.
    package static func words(of preparation: Preparation) throws -> [String] {
        let request = CampaignRequest(
            harness: preparation.harness, target: preparation.target, folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.executor = .exec
        setup.seeds = []
        // It is to answer and to end.
        setup.server = nil
        setup.client = nil
        guard let worker = try WorkerHandle.start(setup) else {
            throw WorkerFailure("the worker ended before it was ready")
        }
        var vocabulary = Vocabulary()
        for question in VocabularyMiner.questions {
            var testCase = preparation.harness.base
            testCase.arguments = question
            testCase.sessions = []
            for answer in try worker.execute(testCase.inlineString, times: 1) {
                vocabulary.mine(helpText: answer.output)
                vocabulary.mine(helpText: answer.errors)
            }
        }
        return vocabulary.words.all.compactMap { String(validating: $0, as: UTF8.self) }
            .filter { $0.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) } }
            .prefix(wordLimit).map(\.self)
    }
}
