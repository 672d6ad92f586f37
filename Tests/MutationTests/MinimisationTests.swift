import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Minimisation")
struct MinimisationTests {
    private func large() -> TestCase {
        var testCase = TestCase()
        testCase.arguments = (0..<20).map { bytes("argument\($0)") } + [bytes("--paginate")]
        testCase.environment = (0..<10).map { .init(name: bytes("NAME\($0)"), value: bytes("v")) }
        testCase.standardInput = .init(
            kind: .terminal, bytes: Bytes(repeating: 0x20, count: 3_000) + bytes("X\n"))
        testCase.files = [
            .init(path: bytes("d"), kind: .directory, mode: 0o755),
            .init(path: bytes("d/f"), kind: .regular(bytes("content"))),
            .init(path: bytes("other"), kind: .fifo),
        ]
        testCase.workingDirectory = .deleted
        testCase.descriptors = [.init(number: 1, source: .full)]
        testCase.limits = [.init(resource: .stack, value: 65_536)]
        testCase.signals = [.init(signal: 15, atSyscall: 9)]
        testCase.faults = [.init(syscall: 0, occurrence: 1, effect: .error(5))]
        return testCase
    }

    private func minimise(
        _ testCase: TestCase, while isKept: (TestCase) -> Bool
    ) -> (TestCase, candidates: Int) {
        var search = Minimisation(of: testCase)
        while let candidate = search.next() {
            if isKept(candidate) { search.accept() }
        }
        return (search.smallest, search.candidates)
    }

    @Test("what does not matter goes, what matters stays")
    func argument() {
        var expected = TestCase()
        expected.arguments = [bytes("--paginate")]
        let (smallest, candidates) = minimise(large()) {
            $0.arguments.contains(bytes("--paginate"))
        }
        #expect(smallest == expected)
        #expect(candidates <= 60)
    }

    @Test("of what is repeated as much stays as matters")
    func repetitions() {
        var testCase = TestCase()
        testCase.standardInput.repetition = .init(bytes("x"), count: 4 << 20)
        testCase.files = [
            .init(path: bytes("f"), kind: .repeated(.init(bytes("line\n"), count: 1 << 17)))
        ]
        testCase.sessions = [
            .init(transport: .tcp, steps: [.sendRepeated(.init(bytes("y"), count: 1 << 20))])
        ]
        func count(_ testCase: TestCase) -> UInt32 {
            guard case .repeated(let lines)? = testCase.files.first?.kind else { return 0 }
            return lines.count
        }
        let (smallest, _) = minimise(testCase) { candidate in
            let isSent = candidate.sessions.first?.steps.contains { step in
                if case .sendRepeated(let sent) = step { sent.count > 1_000 } else { false }
            }
            return count(candidate) > 70_000 && isSent == true
        }
        #expect(smallest.standardInput == TestCase.StandardInput())
        #expect((70_000..<80_000).contains(count(smallest)))
    }

    @Test("of sessions the steps and bytes stay that matter")
    func sessions() {
        var testCase = large()
        let steps: [TestCase.Session.Step] = [
            .send(bytes("HELLO\r\n")), .receive, .signal(1), .send(bytes("a long MAGIC word")),
            .receive, .reset,
        ]
        testCase.sessions = (0..<3).map { .init(transport: .tcp, address: $0, steps: steps) }
        let (smallest, _) = minimise(testCase) { candidate in
            candidate.sessions.contains { session in
                session.party == .client(address: 1)
                    && session.steps.contains { $0.message?.contains(bytes("MAGIC")) == true }
            }
        }
        #expect(
            smallest.sessions == [
                .init(transport: .tcp, address: 1, steps: [.send(bytes("MAGIC"))])
            ])
        #expect(smallest.provocation == .natural)
    }

    @Test("what a server is started with stays as it is, what was changed of it goes")
    func context() {
        var base = large()
        base.sessions = [.init(transport: .tcp, steps: [.send(bytes("HELLO"))])]
        var changed = base
        changed.environment = []
        var search = Minimisation(of: changed, keeping: base)
        while search.next() != nil { search.accept() }
        #expect(search.smallest.arguments == base.arguments)
        #expect(search.smallest.files == base.files)
        #expect(search.smallest.sessions.isEmpty)
        #expect(search.smallest.environment.isEmpty)
    }

    @Test("a file keeps its directory, and input keeps the bytes that matter")
    func filesAndInput() {
        let (smallest, _) = minimise(large()) {
            $0.files.contains { $0.path == bytes("d/f") }
                && $0.standardInput.bytes.contains(UInt8(ascii: "X"))
        }
        #expect(smallest.files.map(\.path) == [bytes("d"), bytes("d/f")])
        #expect(smallest.files[1].kind == .regular([]))
        #expect(smallest.standardInput == .init(kind: .file, bytes: bytes("X")))
        #expect(smallest.arguments.isEmpty && smallest.provocation == .natural)
    }

    @Test("two elements that need each other both stay")
    func pair() {
        let (smallest, _) = minimise(large()) {
            $0.arguments.contains(bytes("argument3")) && $0.arguments.contains(bytes("argument17"))
                && !$0.faults.isEmpty
        }
        #expect(smallest.arguments == [bytes("argument3"), bytes("argument17")])
        #expect(smallest.faults.count == 1 && smallest.signals.isEmpty)
    }

    @Test("a search that rejects everything ends in time with what it was given")
    func rejection() {
        var huge = large()
        huge.arguments = (0..<64).map { bytes(String(repeating: "\($0)", count: 40)) }
        let (smallest, candidates) = minimise(huge) { _ in false }
        #expect(smallest == huge)
        #expect(candidates <= Minimisation.candidateLimit)
        #expect(candidates > 100)
    }

    @Test("every candidate differs from the smallest and is no larger")
    func candidates() {
        var generator = SeededGenerator(seed: 40)
        for _ in 0..<20 {
            var search = Minimisation(of: large())
            while let candidate = search.next() {
                #expect(candidate != search.smallest)
                #expect(candidate.size <= search.smallest.size)
                if generator.chance(1, in: 3) { search.accept() }
            }
        }
    }

    @Test("accepting twice, or before anything was made, changes nothing")
    func misuse() {
        var search = Minimisation(of: large())
        search.accept()
        #expect(search.smallest == large())
        _ = search.next()
        search.accept()
        let smallest = search.smallest
        search.accept()
        #expect(search.smallest == smallest)
    }
}
