/// What dear test cases of the sweep's first pass have cost beyond others, which is to be spent on
/// the rest of the search before the pass goes on: it may have hundreds of which each takes a second.
struct FirstPassDebt: Sendable {
    private var debt = 0.0

    /// What is spent ahead of the others, that of a few seconds.
    private static let tolerated = 4_000.0
    /// What no test case is charged for.
    private static let free = 30.0

    /// Whether the first pass goes on.
    var isTolerable: Bool { debt < Self.tolerated }

    mutating func note(_ cost: Double, isOfFirstPass: Bool) {
        debt = isOfFirstPass ? debt + max(0, cost - Self.free) : max(0, debt - cost)
    }
}
