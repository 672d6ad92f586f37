internal import CLinux
internal import Foundation
internal import Mutation
internal import TestCases
internal import Traces

/// What a program says of itself when it is asked, in the sandbox, a few times.
package struct HarnessProbe: Sendable {
    /// Sub-commands and words that its help names.
    package private(set) var words: [String] = []
    /// How its plain start ends, such as `exited with status 2`.
    package private(set) var end = ""
    /// The first line that it then writes, errors before output.
    package private(set) var firstLine = ""
    /// How long that takes, longer than without a tracer.
    package private(set) var seconds = 0.0

    /// More words than anyone reads in a file.
    private static let wordLimit = 40

    package static func ask(_ harness: Harness, _ target: TargetFile) throws -> HarnessProbe {
        let request = CampaignRequest(harness: harness, target: target, folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.executor = .exec
        setup.seeds = []
        guard let worker = try WorkerHandle.start(setup) else {
            throw WorkerFailure("the worker ended before it was ready")
        }
        var probe = HarnessProbe()
        let began = clinux_monotonic_time()
        if let plain = try worker.execute(harness.base.inlineString, times: 1).first {
            probe.seconds = Double(clinux_monotonic_time() - began) / 1e9
            probe.end = plain.end
            probe.firstLine = Self.firstLine(of: plain.errors) ?? firstLine(of: plain.output) ?? ""
        }
        var vocabulary = Vocabulary()
        for question in VocabularyMiner.questions {
            var testCase = harness.base
            testCase.arguments = question
            for answer in try worker.execute(testCase.inlineString, times: 1) {
                vocabulary.mine(helpText: answer.output)
                vocabulary.mine(helpText: answer.errors)
            }
        }
        probe.words = vocabulary.words.all.compactMap { String(validating: $0, as: UTF8.self) }
            .filter { $0.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) } }
            .prefix(wordLimit).map(\.self)
        return probe
    }

    private static func firstLine(of bytes: Bytes) -> String? {
        let line = bytes.split(separator: 0x0a).first.map { $0.prefix(120) }
        return line.map { line in
            String(decoding: line.map { (0x20...0x7e).contains($0) ? $0 : 0x3f }, as: UTF8.self)
        }
    }
}
