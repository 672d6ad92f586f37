extension TestCase {
    /// The test case with other sessions before its own, each of them when those before it are
    /// over.
    package func preceded(by earlier: some Sequence<[Session]>) -> TestCase {
        var testCase = self
        testCase.sessions = []
        for var sessions in Array(earlier) + [sessions] where !sessions.isEmpty {
            sessions[0].isLater = !testCase.sessions.isEmpty
            testCase.sessions += sessions
        }
        return testCase
    }
}
