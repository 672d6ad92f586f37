import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

/// Configuration of a target, line by line.
@Suite("Configuration")
struct ConfigurationTests {
    private static let original = "user a;\nhttp {\n    send on;\n    send { on; }\n    last;\n}\n"

    private func base() -> TestCase {
        var testCase = TestCase()
        testCase.files = [.init(path: bytes("conf"), kind: .regular(bytes(Self.original)))]
        testCase.sessions = [.init(transport: .tcp, steps: [.receive])]
        return testCase
    }

    private func mutator(_ alternatives: String..., anchor: String? = "http {") -> Mutator {
        var vocabulary = Vocabulary()
        vocabulary.configuration = [
            Configuration(
                file: bytes("conf"), anchor: anchor.map(bytes),
                alternatives: alternatives.map(bytes))
        ]
        return Mutator(vocabulary: vocabulary)
    }

    private func content(_ testCase: TestCase) -> String {
        guard case .regular(let bytes) = testCase.files[0].kind else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Contents of the file in the sweep other than the base's, in their order.
    private func swept(_ mutator: Mutator, _ indices: (Sweep) -> Range<Int>) -> [String] {
        let sweep = mutator.sweep(base: base(), allowing: [.natural])
        var seen: [String] = []
        for index in indices(sweep) {
            guard let testCase = sweep.testCase(at: index), testCase.files.count == 1 else {
                continue
            }
            let text = content(testCase)
            if text != Self.original, !seen.contains(text) { seen.append(text) }
        }
        return seen
    }

    @Test("each alternative is tried early, in the place of its like and beside it")
    func early() {
        let contents = swept(mutator("send off;", "new 1;\nnew 2;")) { 0..<$0.firstPass }
        #expect(
            contents == [
                "user a;\nhttp {\nsend off;\n    send { on; }\n    last;\n}\n",
                "user a;\nhttp {\nsend off;\n    send on;\n    send { on; }\n    last;\n}\n",
                "user a;\nhttp {\nnew 1;\nnew 2;\n    send on;\n    send { on; }\n    last;\n}\n",
            ])
    }

    @Test("alternatives stand at the beginning or the end where no line is named")
    func places() {
        let end = swept(mutator("a", anchor: nil)) { 0..<$0.firstPass }
        #expect(end == [Self.original + "a\n"])
        let beginning = swept(mutator("a", anchor: "")) { 0..<$0.firstPass }
        #expect(beginning == ["a\n" + Self.original])
        #expect(swept(mutator("a", anchor: "none")) { 0..<$0.firstPass }.isEmpty)
    }

    @Test("later every two of them meet in one file")
    func pairs() {
        let all = swept(mutator("p;", "q;", "r;", "s;", "t;")) { $0.firstPass..<$0.count }
        for (one, other) in [("p;", "q;"), ("p;", "t;"), ("r;", "s;"), ("q;", "t;")] {
            #expect(all.contains { $0.contains(one) && $0.contains(other) }, "\(one) \(other)")
        }
    }

    @Test("all that seeds say is said to each, one after the other")
    func seeds() throws {
        var seed = base()
        seed.sessions = [.init(transport: .tcp, steps: [.send(bytes("seed")), .receive])]
        var other = seed
        other.arguments = [bytes("otherwise")]
        let sweep = mutator("x;").sweep(
            base: base(), seeds: [seed, other], allowing: [.natural])
        let configured = try #require(
            (0..<sweep.firstPass).lazy.compactMap { sweep.testCase(at: $0) }
                .first { self.content($0).contains("x;") })
        var later = seed.sessions
        later[0].isLater = true
        #expect(configured.sessions == base().sessions + later)
    }

    @Test("a mutator puts alternatives in and takes lines out, several at once as well")
    func mutations() {
        let mutator = mutator("a;", "b;")
        var generator = SeededGenerator(seed: 3)
        var weights = DimensionWeights()
        for dimension in [Dimension.files, .sessions] { weights[dimension] = 1 }
        var contents: Set<String> = []
        for _ in 0..<4000 {
            let child = mutator.mutate(base(), weights: weights, using: &generator)
            if child.files.count == 1 { contents.insert(content(child)) }
        }
        #expect(contents.contains { $0.contains("\na;\n") && !$0.contains("b;") })
        #expect(contents.contains { $0.contains("\na;\n") && $0.contains("\nb;\n") })
        #expect(contents.contains { !$0.contains("last;") && $0.contains("    send on;") })
    }

    @Test("a find keeps only the lines that make it, and nothing of the rest is taken apart")
    func minimised() {
        var testCase = base()
        testCase.files[0].kind = .regular(
            bytes("user a;\nhttp {\nx;\ny;\nz;\n    send on;\n    send { on; }\n    last;\n}\n"))
        var search = Minimisation(of: testCase, keeping: base())
        while let candidate = search.next() {
            if content(candidate).contains("y;") { search.accept() }
        }
        #expect(
            content(search.smallest)
                == "user a;\nhttp {\ny;\n    send on;\n    send { on; }\n    last;\n}\n")
        search = Minimisation(of: testCase, keeping: base())
        while search.next() != nil { search.accept() }
        #expect(content(search.smallest) == Self.original)
        #expect(search.smallest.sessions.isEmpty)
    }
}
