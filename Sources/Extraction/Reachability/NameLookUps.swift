/// What was looked up by names that live code refers to, so that nothing is looked up again for the
/// same answer.
struct NameLookUps: Sendable {
    /// How many texts and calls live code has, all of which only become more.
    private var growth = 0
    private var last = (growth: -1, modules: 0)
    private var found: [String: Set<Program.Definition>] = [:]

    /// Notes that live code has another text or call.
    mutating func noteGrowth() { growth += 1 }

    /// Whether there is more to find than the last time, which this time becomes.
    ///
    /// - Parameter modules: how many there are to look in.
    mutating func begin(modules: Int) -> Bool {
        let now = (growth: growth, modules: modules)
        defer { last = now }
        return now != last
    }

    /// Returns whether a symbol was not found under a label before.
    mutating func add(_ definition: Program.Definition, label: String) -> Bool {
        found[label, default: []].insert(definition).inserted
    }
}
