internal import Mutation
internal import TestCases

/// Which test cases are looked at for what the target compares, besides those that are kept: an
/// input that changes nothing is never kept, and may be one comparison away from one that does.
///
/// Only natural ones are: others cannot be executed by the copies that look. By turns any of them
/// and one with content of its own, as what most dimensions change is seldom compared, and most
/// test cases have the base's content.
struct ComparisonSampling: Sendable {
    /// One in so many test cases; zero for none.
    private let interval: Int
    private var made = 0
    /// How many are to be looked at; what was missed is made up for, but not all of it.
    private var due = 0
    private var wantsContent = false

    init(interval: Int) { self.interval = interval }

    /// Counts a test case; whether it is to be looked at.
    mutating func takes(_ testCase: TestCase, base: TestCase) -> Bool {
        guard interval > 0 else { return false }
        made += 1
        if made % interval == 0 {
            // Nothing had content since the last time.
            if due > 0 { wantsContent = false }
            due = min(due + 1, Self.mostDue)
        }
        guard due > 0, testCase.provocation == .natural,
            !wantsContent || Self.hasContent(testCase, besides: base)
        else { return false }
        due -= 1
        wantsContent.toggle()
        return true
    }

    private static let mostDue = 2

    private static func hasContent(_ testCase: TestCase, besides base: TestCase) -> Bool {
        testCase.standardInput.bytes != base.standardInput.bytes || testCase.files != base.files
            || testCase.sessions != base.sessions
    }
}
