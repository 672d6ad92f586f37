internal import CLinux

/// What a worker's time is spent on.
package enum Work: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    /// Choosing and changing test cases, looking at what they showed.
    case search
    /// Sessions with a server that is up already.
    case sessions
    /// Bringing such a server up.
    case serverStarts
    /// Test cases by copies, or that need a start of their own.
    case starts
    /// Showing again what was found, and making it smaller.
    case confirmations
    /// Looking at what the target compares its input with.
    case comparisons
    /// Finding out how the target can be executed.
    case selfTests
}

/// Tells how much time each kind of work took: one is under way at any time.
struct WorkClock: Sendable {
    /// Nanoseconds of what is over.
    private(set) var spent: [Work: Int64] = [:]
    private(set) var current: Work
    private var since: Int64

    init(_ work: Work, now: Int64 = clinux_monotonic_time()) {
        current = work
        since = now
    }

    /// Begins with other work; returns what was under way.
    @discardableResult
    mutating func turn(to work: Work, now: Int64 = clinux_monotonic_time()) -> Work {
        spent[current, default: 0] += now - since
        since = now
        defer { current = work }
        return current
    }

    /// Goes on from the search to what is a part of it; work of other kinds stays what it is.
    mutating func turnFromSearch(to work: Work, now: Int64 = clinux_monotonic_time()) -> Work {
        current == .search ? turn(to: work, now: now) : current
    }

    /// All that is over, in nanoseconds.
    var total: Int64 { spent.values.reduce(0, +) }
}
