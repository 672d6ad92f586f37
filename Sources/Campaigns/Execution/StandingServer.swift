internal import Sandboxing
internal import TestCases

/// A server that stays up, as the executor holds it.
struct StandingServer: ~Copyable {
    /// Its directory and descriptors.
    private let input: PreparedInput
    /// What it was told, visit by visit.
    var said: [[TestCase.Session]] = []
    /// How long the last visit took by the clock on the wall.
    var lastVisit = Duration.zero
    /// How often it was not as before a visit, and was followed all the same.
    var drifts = 0
    /// Each makes the traces of later visits longer.
    static let mostDrifts = 4
    /// How many calls were known when it started that it can write down.
    let knownCalls: Int
    /// Whether it writes calls down.
    let isRecorded: Bool

    init(input: consuming PreparedInput, knownCalls: Int, isRecorded: Bool) {
        self.input = input
        self.knownCalls = knownCalls
        self.isRecorded = isRecorded
    }

    var visits: Int { said.count }
}

/// How many visits a server is up for before another takes its place.
///
/// What one has heard may change what it does: where that shows, fewer, so that what is found is
/// seldom due to more than was said in one execution.
struct VisitLimit: Sendable {
    /// The most for a server that starts fast.
    static let usual = 256
    /// What is due to so many visits can hardly be shown again.
    private static let limit = 1024
    private static let least = 4
    /// So many times as long as its start a server should be up.
    private static let worth = 8.0

    private(set) var count = usual
    private var most = usual

    /// Where starts take long, a server has more visits, so that starts do not take most of the
    /// time.
    mutating func expect(startTime: Duration, visitsPerSecond: Double) {
        let worthwhile = Self.worth * (startTime / .seconds(1)) * visitsPerSecond
        guard worthwhile > Double(Self.usual) else { return }
        most = worthwhile < Double(Self.limit) ? Int(worthwhile) : Self.limit
        count = most
    }

    /// A server did not wait any more as it did before it was visited.
    mutating func noteDrift() { count = max(Self.least, count / 2) }

    /// A server was as before to its last visit.
    mutating func noteFullLife() { count = min(most, count * 2) }
}
