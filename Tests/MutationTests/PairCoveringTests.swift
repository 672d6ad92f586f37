import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Pairs of options")
struct PairCoveringTests {
    private func vocabulary(_ count: Int) -> Vocabulary {
        var vocabulary = Vocabulary()
        vocabulary.mine(
            optionTable: (0..<count).map {
                .init(name: bytes("option\($0)"), hasArgument: 0, value: 256)
            })
        return vocabulary
    }

    @Test("every two options meet in some command line, in far fewer than there are pairs")
    func covering() {
        let vocabulary = vocabulary(40)
        let sweep = Mutator(vocabulary: vocabulary).sweep(base: TestCase(), allowing: [.natural])
        let rows = (0..<sweep.count).compactMap { sweep.testCase(at: $0)?.arguments }
            .filter { $0.count > 1 && $0.allSatisfy { $0.starts(with: bytes("--option")) } }
        var pairs: Set<Set<Bytes>> = []
        for row in rows {
            for (index, first) in row.enumerated() {
                for second in row[(index + 1)...] { pairs.insert([first, second]) }
            }
        }
        #expect(pairs.count == 40 * 39 / 2)
        #expect(rows.count < 40 * 39 / 2 / 4)
        #expect(rows.allSatisfy { $0.count <= 4 })
    }

    @Test("each option is tried once before any is tried with another operand")
    func order() {
        let vocabulary = vocabulary(60)
        var base = TestCase()
        base.arguments = [bytes("operand")]
        let sweep = Mutator(vocabulary: vocabulary).sweep(base: base, allowing: [.natural])
        // A large file is handed over without any option.
        let early = (0..<sweep.count).lazy.compactMap { sweep.testCase(at: $0)?.arguments }
            .filter { $0 != [bytes("operand"), bytes("large")] }
            .prefix { $0.last == bytes("operand") }
        for option in vocabulary.options {
            #expect(early.contains([option.spelling, bytes("operand")]))
        }
        // Those without an option are tried with other variables.
        #expect(early.count { $0.count > 1 } < 100)
    }

    @Test("an option that is unknown to the program is tried once and then left out")
    func unknown() {
        var vocabulary = vocabulary(6)
        vocabulary.refusals.base = Ending(status: 0, message: [])
        vocabulary.refusals.samples = [
            .init(
                spelling: bytes("--none"),
                ending: Ending(status: 1, message: bytes("unknown option: --none")))
        ]
        var mutator = Mutator(vocabulary: vocabulary)
        mutator.usage.note(
            [bytes("--option3")],
            Ending(status: 1, message: bytes("unknown option: --option3")))
        let sweep = mutator.sweep(base: TestCase(), allowing: [.natural])
        let all = (0..<sweep.count).compactMap { sweep.testCase(at: $0, given: mutator.usage) }
        func uses(_ option: String) -> Int { all.count { $0.arguments.contains(bytes(option)) } }
        #expect(uses("--option3") == 1)
        #expect(uses("--option2") > 5)
    }

    @Test("a vocabulary that was kept makes the same sweep")
    func coding() throws {
        var vocabulary = vocabulary(5)
        vocabulary.mine(helpText: bytes("  -w, --width=NUM  y\n      --color[=WHEN]  'auto'\n"))
        vocabulary.insert(token: [0x2d, 0xff, 0x80], from: .seed)
        vocabulary.mine(command: bytes("add"), answer: bytes("  -x, --any=FILE  x\n"))
        let kept = try #require(try Copied.copy(of: vocabulary))
        #expect(kept.entries == vocabulary.entries)
        let (first, second) = (
            Mutator(vocabulary: vocabulary).sweep(base: TestCase(), allowing: [.natural]),
            Mutator(vocabulary: kept).sweep(base: TestCase(), allowing: [.natural])
        )
        #expect(first.count == second.count)
        for index in 0..<first.count {
            #expect(first.testCase(at: index) == second.testCase(at: index))
        }
    }
}
