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
            substitution in
            let results = substitution.applied(to: testCase)
            #expect(results.isEmpty || substitution.concerns(testCase))
            return results
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

    @Test("a long input is looked through at its beginning, which is what programs compare")
    func longContents() {
        var testCase = TestCase()
        testCase.standardInput.bytes =
            Bytes(repeating: 0, count: 1000) + Self.bytes("near")
            + Bytes(repeating: 0, count: 50_000) + Self.bytes("away")
        #expect(Self.results("near", "by", in: testCase).count == 1)
        #expect(Self.results("away", "by", in: testCase).isEmpty)
        let near = Substitution(former: Self.bytes("near"), new: [1])
        let away = Substitution(former: Self.bytes("away"), new: [1])
        #expect(near.concerns(testCase) && !away.concerns(testCase))
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

@Suite("Compared numbers")
struct ComparedNumbersTests {
    private static func changed(
        _ left: UInt64, _ right: UInt64, width: Int, argument: String, input: Bytes = []
    ) -> (arguments: Set<String>, inputs: Set<Bytes>) {
        var testCase = TestCase()
        testCase.arguments = [Bytes(argument.utf8)]
        testCase.standardInput.bytes = input
        let results = ComparedNumbers(left, right, width: width).substitutions
            .flatMap { $0.applied(to: testCase) }
        return (
            Set(results.map { String(decoding: $0.arguments[0], as: UTF8.self) }),
            Set(results.map(\.standardInput.bytes))
        )
    }

    @Test("a number that people wrote becomes the other, and its neighbours")
    func text() {
        let results = Self.changed(7, 300, width: 4, argument: "7")
        #expect(results.arguments == ["300", "301", "299", "12c", "12d", "12b"])
        #expect(Self.changed(300, 7, width: 4, argument: "-x").arguments.isEmpty)
        let negative = Self.changed(5, 0xffff_fffe, width: 4, argument: "5")
        #expect(negative.arguments.isSuperset(of: ["-2", "-1", "-3", "fffffffe"]))
    }

    @Test("a number in data becomes the other in the same order of bytes")
    func data() {
        let input: Bytes = [9, 9, 0x04, 0x03, 0x02, 0x01, 9, 0x01, 0x02, 0x03, 0x04]
        let results = Self.changed(0xdead_beef, 0x0102_0304, width: 4, argument: "", input: input)
        #expect(
            results.inputs.contains([
                9, 9, 0xef, 0xbe, 0xad, 0xde, 9, 0x01, 0x02, 0x03, 0x04,
            ]))
        #expect(
            results.inputs.contains([
                9, 9, 0x04, 0x03, 0x02, 0x01, 9, 0xde, 0xad, 0xbe, 0xef,
            ]))
    }

    @Test("small numbers are not looked for in data, where they stand everywhere")
    func small() {
        #expect(
            Self.changed(0, 77, width: 4, argument: "", input: [0, 0, 0, 0, 0]).inputs.isEmpty)
    }

    @Test("messages are input as well")
    func messages() {
        var testCase = TestCase()
        testCase.sessions = [.init(transport: .tcp, steps: [.send(Bytes("GET secret".utf8))])]
        let results = Substitution(former: Bytes("secret".utf8), new: Bytes("public".utf8))
            .applied(to: testCase)
        #expect(results.map(\.sessions[0].steps) == [[.send(Bytes("GET public".utf8))]])
    }
}
