import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Option usage")
struct OptionUsageTests {
    /// A program like those of the GNU C library, that fails with 2 on a wrong command line.
    private static let vocabulary: Vocabulary = {
        var vocabulary = Vocabulary()
        vocabulary.mine(optionString: bytes("abw:"))
        vocabulary.mine(optionTable: [
            .init(name: bytes("all"), hasArgument: 0, value: 0x61),
            .init(name: bytes("width"), hasArgument: 1, value: 0x77),
        ])
        vocabulary.mine(command: bytes("add"), answer: bytes("  -a, --any  x\n"))
        vocabulary.refusals.base = Ending(status: 0, message: [])
        vocabulary.refusals.samples = [
            .init(spelling: bytes("--none"), ending: unknown("unrecognized option '--none'")),
            .init(spelling: bytes("-J"), ending: unknown("invalid option -- 'J'")),
        ]
        return vocabulary
    }()

    private static func unknown(_ complaint: String) -> Ending {
        Ending(status: 2, message: bytes("tool: \(complaint)\nTry 'tool --help'.\n"))
    }

    private func count(
        of spelling: String, _ arguments: [String], _ ending: Ending
    ) throws -> OptionUsage.Count {
        var usage = OptionUsage(of: Self.vocabulary)
        usage.note(arguments.map(bytes), ending)
        let index = try #require(
            Self.vocabulary.entries.firstIndex {
                $0.command == nil && $0.option.spelling == bytes(spelling)
            })
        return usage.state.counts[index]
    }

    @Test(
        "options are found however they are given",
        arguments: [
            (["-a"], ["-a"]), (["-ab"], ["-a", "-b"]), (["-w3"], ["-w"]),
            (["-aw", "-b"], ["-a", "-w"]),
            (["--width=3", "x"], ["--width"]), (["--width", "-a"], ["--width"]),
            (["--", "-a"], []), (["-", "x"], []), (["add", "--any"], ["--any"]),
            (["-b", "-b"], ["-b"]),
        ])
    func finding(arguments: [String], expected: [String]) {
        let found = OptionUsage(of: Self.vocabulary).options(in: arguments.map(bytes))
        let entries = Self.vocabulary.entries
        #expect(found.map { entries[$0].option.spelling } == expected.map(bytes))
    }

    @Test("an end tells whether an option was taken, refused or unknown")
    func verdicts() throws {
        let taken = try count(of: "-a", ["-a"], Ending(status: 0, message: []))
        #expect((taken.executed, taken.accepted) == (1, 1))
        let missing = Ending(status: 2, message: bytes("tool: cannot open 'a': No such file\n"))
        #expect(try count(of: "-a", ["-a", "a"], missing).accepted == 1)
        let unknown = try count(of: "-a", ["-a"], Self.unknown("invalid option -- 'a'"))
        #expect((unknown.unknown, unknown.accepted, unknown.refused) == (1, 0, 0))
        let other = try count(of: "-a", ["-a", "-J"], Self.unknown("invalid option -- 'J'"))
        #expect(other.unknown == 0)
        let value = try count(
            of: "--width", ["--width=x"], Self.unknown("invalid argument 'x' for '--width'"))
        #expect((value.refused, value.unknown) == (1, 0))
        let killed = try count(of: "-a", ["-a"], Ending(status: nil, message: []))
        #expect((killed.executed, killed.accepted, killed.refused) == (1, 0, 0))
    }

    @Test(
        "two options that are taken alone and refused together are a conflict, found in a row too")
    func conflicts() throws {
        var usage = OptionUsage(of: Self.vocabulary)
        let fine = Ending(status: 0, message: [])
        let refusal = Self.unknown("cannot combine these")
        usage.note([bytes("-a"), bytes("-b")], refusal)
        #expect(usage.state.conflicts.isEmpty)
        for option in ["-a", "-b", "--all"] { usage.note([bytes(option)], fine) }
        usage.note(["-a", "-b", "--all"].map(bytes), refusal)
        var pairs: [[Bytes]] = []
        while let pair = usage.takeSuspects() { pairs.append(pair.map(\.option.spelling)) }
        #expect(pairs.count == 3)
        usage.note([bytes("-b"), bytes("-a")], refusal)
        let entries = Self.vocabulary.entries
        #expect(
            usage.state.conflicts.map { Set($0.map { entries[$0].option.spelling }) }
                == [[bytes("-a"), bytes("-b")]])
    }

    @Test("what is unknown or in conflict is drawn less, and what was kept goes on")
    func drawing() {
        let mutator = Mutator(vocabulary: Self.vocabulary)
        var taught = mutator
        for _ in 0..<3 { taught.usage.note([bytes("-b")], Self.unknown("invalid option -- 'b'")) }
        var restored = mutator
        restored.usage.restore(taught.usage.state)
        func draws(_ mutator: Mutator) -> Int {
            var generator = SeededGenerator(seed: 11)
            let weights = DimensionWeights(allowing: [.natural])
            return (0..<1_500).count { _ in
                mutator.generate(base: TestCase(), weights: weights, using: &generator)
                    .arguments.contains(bytes("-b"))
            }
        }
        #expect(draws(taught) * 2 < draws(mutator))
        #expect(draws(restored) == draws(taught))
    }

    @Test("a state that belongs to another vocabulary is not taken over")
    func foreignState() {
        var usage = OptionUsage(of: Self.vocabulary)
        var state = usage.state
        state.conflicts = [[0, 99]]
        usage.restore(state)
        #expect(usage.state.conflicts.isEmpty)
    }
}
