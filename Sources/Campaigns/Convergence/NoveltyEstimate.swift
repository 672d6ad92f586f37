internal import Foundation

/// What independent executions tell of those to come: how much of what they can show was seen.
///
/// The executions are those of test cases that are drawn anew, each for itself; what a search
/// finds by going on from its finds is no sample of anything. What is counted is a system call in
/// a phase. Estimators as in Böhme, "STADS: Software Testing as Species Discovery" (2018).
package struct NoveltyEstimate: Hashable, Sendable {
    /// How many executions.
    package let executions: UInt64
    /// Calls that they showed.
    package let seen: Int
    /// Of these, the ones that exactly one execution showed, and exactly two.
    package let once: Int
    package let twice: Int

    package init(executions: UInt64, seen: Int, once: Int, twice: Int) {
        self.executions = executions
        self.seen = seen
        self.once = once
        self.twice = twice
    }

    package static let confidence = 0.95

    /// The chance that one more execution shows a call that none has shown is below this, with a
    /// confidence of 95 %. Above zero, at most 1.
    ///
    /// The calls that one execution alone showed estimate it (Good and Turing); taken as a count
    /// of rare events, whose upper limit is that of a Poisson distribution in the approximation
    /// of Wilson and Hilferty. Of none it is 3.0, the rule of three.
    package var upperBound: Double {
        guard executions > 0 else { return 1 }
        let count = Double(once + 1)
        let root = 1 - 1 / (9 * count) + 1.6449 / (3 * count.squareRoot())
        return min(1, count * root * root * root / Double(executions))
    }

    /// The share of all that such executions show which was seen, by weight; nil without any.
    package var coverage: Double? {
        guard executions > 1 else { return nil }
        guard once > 0 else { return 1 }
        let (n, f1, f2) = (Double(executions), Double(once), Double(twice))
        let unseen = f1 / n * ((n - 1) * f1) / ((n - 1) * f1 + 2 * max(f2, 1))
        return max(0, 1 - unseen)
    }

    /// About how many executions pass until the next new call; at least, where no call was shown
    /// by one execution alone.
    package var executionsToNext: UInt64 {
        UInt64((Double(min(executions, 1 << 53)) / Double(max(once, 1))).rounded())
    }
}
