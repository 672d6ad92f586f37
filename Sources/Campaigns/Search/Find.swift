internal import Traces

/// A test case that showed something novel, confirmed by re-execution, as a worker reports it.
struct Find: Sendable, Codable {
    /// One novel feature.
    struct Novelty: Sendable, Codable {
        let key: UInt64
        let kind: UInt8
        let description: String
        let isStable: Bool

        /// The same where re-execution does not show it every time.
        var unstable: Novelty {
            Novelty(key: key, kind: kind, description: description, isStable: false)
        }
    }

    /// The test case, all bytes inline.
    let testCase: String
    let id: String
    /// The corpus entry it was made from.
    let parent: String?
    let tier: Tier
    /// The most telling kind among the stable novelties.
    let kind: UInt8
    let novelties: [Novelty]
    /// Whether it belongs to the corpus; false for one that is kept only as the witness of what
    /// re-execution shows now and then.
    let isKept: Bool
    /// Every call that the test case showed, its own count of executions left at 1.
    let observations: [Observation]
    let cost: Double
    /// The traces of the execution and of the one that the test case was made smaller from,
    /// encoded to be kept.
    let traces: [[UInt8]]
    /// Executions of the worker, since it began to fuzz, when it was found; in a message, without
    /// those that it has reported before.
    var execution: UInt64
}
