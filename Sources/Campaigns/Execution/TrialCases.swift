internal import TestCases

/// What the ways of executing a target are tried out with, and for how long: a base case that takes
/// a second would take most of a minute, and leave that much less to search in.
struct TrialCases {
    /// Seeds that are tried besides the base.
    private static let mostSeeds = 4
    /// Processor time from which on the base is dear.
    static let dearTime = Duration.milliseconds(250)
    /// What all trials of one way may take before the next one is begun.
    private static let mostTime = Duration.seconds(3)

    private let base: TestCase
    private let seeds: [TestCase]
    private let isDear: Bool

    /// - Parameter baseTime: processor time of an execution of the base.
    init(base: TestCase, seeds: [TestCase], baseTime: Duration) {
        self.base = base
        self.seeds = Array(seeds.filter { $0 != base }.prefix(Self.mostSeeds))
        isDear = baseTime >= Self.dearTime && !self.seeds.isEmpty
    }

    /// What one way is held against another with. The first copies and starts are slower than what
    /// comes later, so the base is there again; it is not where it is dear.
    var all: [TestCase] { isDear ? seeds : [base, base, base] + seeds }

    /// What is executed to learn from alone.
    var learned: TestCase { isDear ? seeds[0] : base }

    /// Whether the next one is begun so long after the first.
    func goesOn(after spent: Duration) -> Bool { spent < Self.mostTime }
}
