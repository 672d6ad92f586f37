import Mutation
import TestCases
import Testing

@Suite("Substitutions")
struct SubstitutionTests {
    private static func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

    private static func results(
        _ left: String, _ right: String, in testCase: TestCase
    ) -> [TestCase] {
        Substitution.candidates(for: Comparison(bytes(left), bytes(right))).flatMap {
            $0.applied(to: testCase)
        }
    }

    @Test("an argument that was compared becomes what it was compared with")
    func arguments() {
        var testCase = TestCase()
        testCase.arguments = [Self.bytes("-x"), Self.bytes("q"), Self.bytes("--name=value")]
        #expect(
            Self.results("q", "--secret", in: testCase).map(\.arguments)
                == [[Self.bytes("-x"), Self.bytes("--secret"), Self.bytes("--name=value")]])
        // Behind its dashes, and as a part that is long enough not to stand there by chance.
        #expect(
            Self.results("verbose", "x", in: testCase).map(\.arguments)
                == [[Self.bytes("-verbose"), Self.bytes("q"), Self.bytes("--name=value")]])
        #expect(
            Self.results("value", "always", in: testCase).map(\.arguments.last)
                == [Self.bytes("--name=always")])
    }

    @Test("the beginning of a file and of input is replaced, whatever its length")
    func contents() {
        var testCase = TestCase()
        testCase.standardInput.bytes = [1, 2, 3]
        testCase.files = [.init(path: Self.bytes("a"), kind: .regular([1, 2, 9, 1, 2]))]
        let results = Substitution.candidates(for: Comparison([1, 2], [0x7f, 0x45]))
            .flatMap { $0.applied(to: testCase) }
        #expect(results.contains { $0.standardInput.bytes == [0x7f, 0x45, 3] })
        #expect(results.contains { $0.files[0].kind == .regular([0x7f, 0x45, 9, 1, 2]) })
    }

    @Test("a comparison of two parts of the input, or of none of it, gives nothing to do")
    func others() {
        var testCase = TestCase()
        testCase.standardInput.bytes = Self.bytes("first line\nsecond line\n")
        #expect(Self.results("first line", "second line", in: testCase).isEmpty)
        #expect(Self.results("constant", "another", in: testCase).isEmpty)
        #expect(Self.results("", "another", in: testCase).isEmpty)
        // Two letters stand everywhere.
        #expect(Self.results("in", "out", in: testCase).isEmpty)
    }

    @Test("the result stays within the limits of inputs")
    func limits() {
        var testCase = TestCase()
        testCase.standardInput.bytes = Bytes(repeating: 0x61, count: InputLimits.inputBytes)
        let long = Bytes(repeating: 0x62, count: 60)
        for result in Substitution.candidates(for: Comparison(Self.bytes("aaaa"), long))
            .flatMap({ $0.applied(to: testCase) })
        {
            #expect(result.standardInput.bytes.count <= InputLimits.inputBytes)
        }
    }
}
