import TestCases
import Testing

@testable import Mutation

@Suite("Sizes")
struct SizesTests {
    @Test("of what is repeated at random little is large, and something is")
    func large() {
        var generator = SeededGenerator(seed: 7)
        let line = Bytes("alpha beta gamma\n".utf8)
        let sizes = (0..<2_000).map { _ in Sizes.repeated(line, using: &generator).size }
        let large = sizes.count { $0 > 1 << 18 }
        #expect((50...300).contains(large), "\(large)")
    }

    @Test("what a test case has many bytes by is counted in each of its places")
    func counted() {
        var testCase = TestCase()
        #expect(testCase.repeatedBytes == 0)
        testCase.standardInput.repetition = TestCase.Repetition(Bytes("ab".utf8), count: 100)
        testCase.files = [
            TestCase.File(
                path: Bytes("f".utf8), kind: .repeated(.init(Bytes("abc".utf8), count: 10)))
        ]
        testCase.sessions = [
            TestCase.Session(
                transport: .tcp, steps: [.sendRepeated(.init(Bytes("x".utf8), count: 5))])
        ]
        #expect(testCase.repeatedBytes == 235)
    }
}
