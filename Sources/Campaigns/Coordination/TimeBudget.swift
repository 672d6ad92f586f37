/// The time that a command was given, which its preparation and its end are part of.
package struct TimeBudget: Sendable {
    package let began: ContinuousClock.Instant
    /// Nil without a limit.
    package let duration: Duration?

    package init(began: ContinuousClock.Instant = .now, duration: Duration? = nil) {
        self.began = began
        self.duration = duration
    }

    /// Up to where one part of the preparation may go; what is not done then is left out. The parts
    /// follow each other in this order.
    package enum Part: Int, Sendable {
        /// The first execution.
        case contact = 25
        /// Asking the program for its options.
        case mining = 45
        /// Reading the program's code, which begins before that.
        case staticSet = 55
        /// Everything: the search begins.
        case preparation = 100
    }

    /// When a part is over; nil for never.
    package func end(of part: Part) -> ContinuousClock.Instant? {
        duration.map { began + $0 * part.rawValue / 100 }
    }

    /// When the search stops so that there is time for its end, which takes so long; at most a
    /// quarter of everything is kept for that.
    package func endOfSearch(keeping cost: Duration) -> ContinuousClock.Instant? {
        duration.map { began + $0 - min(cost, $0 / 4) }
    }

    /// Whether the search has had what is left of the time; where that was nothing, it has a moment
    /// more to execute something at all.
    package func isSearchOver(
        at now: ContinuousClock.Instant = .now, keeping cost: Duration, hasExecuted: Bool
    ) -> Bool {
        guard let end = endOfSearch(keeping: cost), now >= end else { return false }
        return hasExecuted || self.end(of: .preparation).map { now >= $0 + Self.grace } ?? true
    }

    private static let grace = Duration.seconds(2)
}

/// What was begun came to no end in its time.
struct TimeIsOver: Error {}
