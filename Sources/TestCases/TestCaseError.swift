/// Why a text is no test case.
package struct TestCaseError: Error, Hashable, Sendable {
    /// The line that cannot be understood, from 1.
    package let line: Int
    /// What stands there, and what may stand there.
    package let problem: String

    package init(line: Int, problem: String) {
        self.line = line
        self.problem = problem
    }
}

extension TestCaseError: CustomStringConvertible {
    package var description: String { "cannot read the test case at line \(line): \(problem)" }
}
