/// How the search with a server that stays up divides its time.
///
/// A session with a server that is up takes a fraction of a millisecond, a server that is started
/// in another way up to seconds, and what is found is shown again several times. So counts of
/// test cases say nothing: dear work is done as long as its time is within its share.
struct TimeShares: Sendable {
    enum Part: Int, CaseIterable, Sendable {
        /// Sessions with a server that is up, that it is brought up for them included.
        case sessions
        /// Test cases that need a server of their own, what confirms their finds included.
        case starts
        /// Showing again what sessions have shown.
        case confirmations
    }

    /// In seconds; by the part's number.
    private var spent = [Double](repeating: 0, count: Part.allCases.count)
    /// All time so far.
    private var elapsed = 0.0

    /// How long it is remembered what time was spent on.
    private static let memory = 60.0
    /// So long most of what a server can be started with has not been tried.
    private static let beginning = 60.0

    /// Of all time, the most that goes into a part that is dear.
    private var limits: (starts: Double, confirmations: Double) {
        elapsed < Self.beginning ? (0.6, 0.25) : (0.27, 0.15)
    }

    mutating func charge(nanoseconds: Int64, to part: Part) {
        let seconds = Double(max(0, nanoseconds)) / 1e9
        elapsed += seconds
        let kept = max(0, 1 - seconds / Self.memory)
        for index in spent.indices { spent[index] *= kept }
        spent[part.rawValue] += seconds
    }

    /// Whether a part may have more time now.
    func admits(_ part: Part) -> Bool {
        switch part {
        case .sessions: true
        case .starts: share(of: part) <= limits.starts
        case .confirmations: share(of: part) <= limits.confirmations
        }
    }

    /// Whether calls never seen may be confirmed now: what a campaign is for gets more time, but
    /// not all of a server's that takes seconds to come up.
    var admitsConfirmingCalls: Bool {
        share(of: .confirmations) <= Self.shareOfCalls * limits.confirmations
    }

    /// Of the time that is remembered; zero before any.
    private func share(of part: Part) -> Double {
        let total = spent.reduce(0, +)
        return total > 0 ? spent[part.rawValue] / total : 0
    }

    /// Times the share of confirmations.
    private static let shareOfCalls = 2.0
}
