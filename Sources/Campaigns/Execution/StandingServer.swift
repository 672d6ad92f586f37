internal import Sandboxing
internal import TestCases

/// A server that stays up, as the executor holds it.
struct StandingServer: ~Copyable {
    /// Its directory and descriptors.
    private let input: PreparedInput
    /// What it was told, visit by visit.
    var said: [[TestCase.Session]] = []
    /// How many calls were known when it started that it can write down.
    let knownCalls: Int

    init(input: consuming PreparedInput, knownCalls: Int) {
        self.input = input
        self.knownCalls = knownCalls
    }

    var visits: Int { said.count }
}

/// How many visits a server is up for before another takes its place.
///
/// What one has heard may change what it does: where that shows, fewer, so that what is found is
/// seldom due to more than was said in one execution.
struct VisitLimit: Sendable {
    /// Starting a server costs as much as dozens of visits.
    static let most = 256
    private static let least = 4

    private(set) var count = most

    /// A server did not wait any more as it did before it was visited.
    mutating func noteDrift() { count = max(Self.least, count / 2) }

    /// A server was as before to its last visit.
    mutating func noteFullLife() { count = min(Self.most, count * 2) }
}
