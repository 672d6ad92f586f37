import Mutation
import TestCases
import Testing
import Tracing

@testable import Campaigns

@Suite("Lessons")
struct LessonsTests {
    /// Comparisons of bytes of the input with words that are not in it.
    private static let captures = (0..<64).map { number in
        BreakpointSightings.Capture.compared(Bytes("needle".utf8), Bytes("word\(number)".utf8))
    }

    private func waiting(inputSize: Int) -> Int {
        var lessons = Lessons()
        var vocabulary = Vocabulary()
        for index in 0..<8 {
            var testCase = TestCase()
            testCase.standardInput.bytes =
                Bytes("needle\(index)".utf8) + Bytes(repeating: 0x78, count: inputSize)
            lessons.learn(
                Self.captures, of: testCase, parent: nil, base: TestCase(),
                vocabulary: &vocabulary)
        }
        var count = 0
        while lessons.takeProposal() != nil { count += 1 }
        return count
    }

    @Test("what waits is bounded by its bytes, and small test cases are all proposed")
    func bounded() {
        let small = waiting(inputSize: 10)
        let large = waiting(inputSize: 512 << 10)
        #expect(small > 32)
        #expect(large > 0)
        #expect(large <= 16)
    }
}
