import TestCases
import Testing

@testable import Mutation

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Artifacts")
struct ArtifactTests {
    private func file(_ path: String, _ content: String) -> TestCase.File {
        .init(path: bytes(path), kind: .regular(bytes(content)))
    }

    private func maker(_ arguments: String...) -> TestCase {
        var testCase = TestCase()
        testCase.arguments = arguments.map(bytes)
        testCase.files = [file("notes", "1")]
        return testCase
    }

    private func folder(_ path: String) -> TestCase.File {
        .init(path: bytes(path), kind: .directory, mode: 0o755)
    }

    private func all(_ sweep: Sweep) -> [TestCase] {
        (0..<sweep.count).compactMap { sweep.testCase(at: $0) }
    }

    private var vocabulary: Vocabulary {
        var vocabulary = Vocabulary()
        vocabulary.mine(
            helpText: bytes("  -c, --create  x\n  -x, --extract  y\n  -f, --file=FILE  z\n"))
        return vocabulary
    }

    @Test("what is new or has changed was made; nothing made is no artifact")
    func made() throws {
        let maker = maker("-c")
        #expect(Artifact(of: maker, files: maker.files, output: []) == nil)
        #expect(Artifact(of: maker, files: nil, output: []) == nil)
        let changed = try #require(
            Artifact(
                of: maker, files: [file("notes", "2"), folder("d"), file("d/f", "")], output: []))
        #expect(changed.made == ["notes", "d", "d/f"].map(bytes))
        #expect(changed.madeAtTop == ["notes", "d"].map(bytes))
        let gone = try #require(Artifact(of: maker, files: [], output: []))
        #expect(gone.hasTree)
        let said = try #require(Artifact(of: maker, files: nil, output: bytes("key 1a2b")))
        #expect(!said.hasTree && said.words == ["key", "1a2b"].map(bytes))
    }

    @Test("artifacts that differ in what is drawn at random have one shape")
    func shapes() throws {
        func shape(_ path: String, _ content: String) throws -> Int {
            try #require(Artifact(of: maker(), files: [file(path, content)], output: [])).shape
        }
        #expect(try shape("key", "KEYFILE 12345") == shape("key", "KEYFILE 98765"))
        #expect(try shape("key", "KEYFILE 12345") != shape("other", "KEYFILE 12345"))
        #expect(try shape("key", "KEYFILE 12345") != shape("key", "LOCKED: 12345"))
        #expect(try shape("key", "KEYFILE 12345") != shape("key", "KEYFILE 1234567890"))
    }

    @Test("what one mode has written is read by the others")
    func otherModes() throws {
        let maker = maker("-cf", "made", "notes")
        let artifact = try #require(
            Artifact(of: maker, files: maker.files + [file("made", "#1")], output: []))
        let followUps = all(
            Mutator(vocabulary: vocabulary).followUps(of: artifact, base: TestCase(), others: []))
        #expect(
            followUps.contains {
                $0.arguments == ["-xf", "made"].map(bytes) && $0.files.count == 2
            })
        #expect(
            followUps.contains {
                $0.arguments == ["-xf", "made"].map(bytes) && $0.files == [file("made", "#1")]
            })
        #expect(followUps.contains { $0.arguments == ["--file=made", "notes"].map(bytes) })
        #expect(followUps.allSatisfy { !$0.files.isEmpty })
    }

    @Test("commands begin with the tree, in it and in the folders that were made")
    func commands() throws {
        var vocabulary = vocabulary
        vocabulary.mine(command: bytes("log"), answer: bytes("  --oneline  x\n  -n NUM  y\n"))
        var maker = maker("clone", "a")
        maker.files = []
        let artifact = try #require(
            Artifact(of: maker, files: [folder("b"), folder("b/.store")], output: []))
        let followUps = all(
            Mutator(vocabulary: vocabulary).followUps(of: artifact, base: TestCase(), others: []))
        #expect(
            followUps.contains {
                $0.arguments == [bytes("log")] && $0.workingDirectory == .scratch(path: bytes("b"))
            })
        #expect(followUps.contains { $0.arguments == ["log", "--oneline"].map(bytes) })
    }

    @Test("output is read as standard input and as a file")
    func output() throws {
        let artifact = try #require(Artifact(of: maker("-c"), files: nil, output: bytes("#data")))
        let followUps = all(
            Mutator(vocabulary: vocabulary).followUps(of: artifact, base: TestCase(), others: []))
        #expect(
            followUps.contains {
                $0.arguments == [bytes("-x")] && $0.standardInput.bytes == bytes("#data")
            })
        #expect(
            followUps.contains {
                $0.arguments == ["-x", "output"].map(bytes)
                    && $0.files.contains(file("output", "#data"))
            })
    }
}

@Suite("Advice")
struct AdviceTests {
    private func advice(_ message: String, of program: String = "tool") -> Advice {
        Advice(in: bytes(message), of: bytes(program))
    }

    @Test("indented and quoted command lines of the program are taken, placeholders are not")
    func commandLines() {
        let advised = advice(
            "fatal\n\nRun\n  tool config user.mail \"you@x.org\"\n\nor use \"tool add <file>...\", `tool x'."
        )
        #expect(
            advised.commandLines == [
                ["config", "user.mail", "you@x.org"].map(bytes), [bytes("add")], [bytes("x")],
            ])
        #expect(advice("tool config a\nother config b").commandLines.isEmpty)
    }

    @Test("options that are named are tried, a cluster by its letters")
    func options() {
        var vocabulary = Vocabulary()
        vocabulary.mine(helpText: bytes("  -A, --add  x\n  -c, --create  y\n  --force  z\n"))
        let mutator = Mutator(vocabulary: vocabulary)
        let advised = advice("You must say one of '-Ac' or --force.")
        let children = mutator.children(of: TestCase(), advised: advised)
        #expect(children.map(\.arguments) == [["-A"], ["-c"], ["--force"]].map { $0.map(bytes) })
    }

    @Test("operands that a usage asks for are given: files that are there, then words")
    func operands() {
        let advised = advice("usage: tool [options] --create NAME <size> [MORE [EVEN-MORE]]")
        #expect(advised.operandCount == 2)
        #expect(advice("usage: other NAME").operandCount == 0)
        #expect(advice("Usage: tool [-x FILE] --all").operandCount == 0)
        var testCase = TestCase()
        testCase.arguments = [bytes("--create")]
        testCase.files = ["a", "a/b", "c"].map {
            .init(path: bytes($0), kind: .directory, mode: 0o755)
        }
        let children = Mutator(vocabulary: Vocabulary()).children(of: testCase, advised: advised)
        #expect(
            children.map(\.arguments) == [
                ["--create", "a", "c"].map(bytes), ["--create", "first", "second"].map(bytes),
            ])
    }

    @Test("any bytes may be a message")
    func anything() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let message = (0..<generator.below(200)).map { _ in
                generator.element(of: Bytes(" \t\n'\"`-<.[]Xtool".utf8)) ?? generator.byte()
            }
            _ = Advice(in: message, of: bytes("tool"))
            _ = Advice(in: bytes("usage: tool ") + message, of: bytes("tool"))
        }
    }
}
