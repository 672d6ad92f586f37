package import TestCases
package import Traces

/// What a campaign has learned since it last saved: saved whole or not at all.
package struct Batch: Sendable {
    /// A test case that is kept, and why.
    package struct Find: Sendable {
        package let testCase: TestCase
        package let entry: CorpusEntry
        /// The trace of its execution, encoded as the campaign likes; kept deflated.
        package let trace: Bytes?

        /// The properties are those of ``CorpusEntry``.
        package init(
            _ testCase: TestCase, parent: String?, foundAtExecution: UInt64,
            foundAtSeconds: Double, keptFor: [Bytes], isConfirmed: Bool, trace: Bytes? = nil
        ) {
            self.testCase = testCase
            entry = CorpusEntry(
                id: testCase.id, parent: parent, tier: Tier(testCase.provocation),
                size: testCase.size, foundAtExecution: foundAtExecution,
                foundAtSeconds: foundAtSeconds, keptFor: keptFor, isConfirmed: isConfirmed)
            self.trace = trace
        }
    }

    /// Facts about the target and the campaign, such as its binary's hash or the seed.
    package var facts: [String: String] = [:]
    /// What counts up, with its new value.
    package var counters: [String: Int64] = [:]
    /// Named bytes: the harness as used, a generator's state, a schedule's position.
    package var documents: [String: Bytes] = [:]
    /// May hold test cases that are kept already.
    package var finds: [Find] = []
    /// With the hits since the last batch.
    package var features: [FoundFeature] = []
    /// With the executions since the last batch.
    package var observations: [Observation] = []
    /// Positions of seeds that were executed since the last batch.
    package var executedSeeds: [Int64] = []
    /// At most one for each batch.
    package var sample: Sample?

    package init() {}
}

/// A feature as the store keeps it: one row for each tier that showed it.
package struct FoundFeature: Hashable, Sendable {
    /// Equal for equal features, in whatever form the campaign gives them.
    package var key: Bytes
    package var tier: Tier
    /// The name of the kind of feature, such as `syscall`.
    package var kind: String
    /// For people.
    package var summary: String
    /// Id of the test case that showed it first.
    package var testCase: String
    /// Executions that showed it.
    package var hits: UInt64
    package var isStable: Bool

    package init(
        key: Bytes, tier: Tier, kind: String, summary: String, testCase: String, hits: UInt64,
        isStable: Bool
    ) {
        self.key = key
        self.tier = tier
        self.kind = kind
        self.summary = summary
        self.testCase = testCase
        self.hits = hits
        self.isStable = isStable
    }
}

/// Where a campaign stood at one moment.
package struct Sample: Hashable, Sendable {
    /// Seconds of campaign time; the key, a second sample of one moment replaces the first.
    package var seconds: Double
    package var executions: UInt64
    /// Test cases in the corpus.
    package var corpus: Int
    /// Distinct syscalls seen so far at each tier.
    package var syscalls: [Tier: Int]

    package init(seconds: Double, executions: UInt64, corpus: Int, syscalls: [Tier: Int]) {
        self.seconds = seconds
        self.executions = executions
        self.corpus = corpus
        self.syscalls = syscalls
    }

    /// More samples than this are thinned: curves stay drawn, the file stays small.
    package static let capacity = 2_000
}
