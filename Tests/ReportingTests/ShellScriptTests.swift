import Foundation
import Sandboxing
import TestCases
import TestSupport
import Testing

@testable import Reporting

@Suite struct ShellScriptTests {
    private static let strings: [Bytes] = [
        Bytes("plain".utf8), Bytes("two words".utf8), [], Bytes("it's".utf8),
        Bytes("$HOME `x` \"q\" \\n !".utf8), Bytes("-n".utf8), Bytes("%s%%".utf8),
        [0x0a, 0x09, 0x0d, 0x01, 0x7f, 0x80, 0xff, 0x27], Bytes("é~*?[a]{b}".utf8),
        [0xc3, 0x61, 0x30],
    ]

    private static func bash(_ script: String) throws -> Bytes {
        let folder = try TemporaryFolder()
        let result = try Subprocess.run(
            ["bash", "-c", "exec >\(folder.path)/out; cd \(folder.path); \(script)"])
        #expect(result.status == 0)
        return Bytes(try Data(contentsOf: URL(filePath: folder.path + "/out")))
    }

    @Test("bash reads back every word", arguments: strings)
    func words(bytes: Bytes) throws {
        let program = "import os,sys; os.write(1, os.fsencode(sys.argv[1]))"
        let written = try Self.bash("python3 -c '\(program)' \(ShellText.word(bytes))")
        #expect(written == bytes)
    }

    @Test("printf writes every byte", arguments: strings + [Bytes(0...255)])
    func printing(bytes: Bytes) throws {
        #expect(try Self.bash(ShellText.printing(bytes)) == bytes)
    }

    @Test("the shell writes what is repeated")
    func repetitions() throws {
        let pieces: [(String, UInt16?)] = [
            ("a line\n", nil), ("x", nil), ("-n", nil), ("%d'\\\n", nil), ("two\nlines\n", nil),
            (" behind\n", 0), ("insert (, 'x')\n", 8), ("", 0), ("-%", 1),
        ]
        for (piece, position) in pieces {
            for count: UInt32 in [0, 1, 700] {
                let repetition = TestCase.Repetition(
                    Bytes(piece.utf8), count: count, numberPosition: position)
                #expect(try Self.bash(ShellText.printing(repetition)) == repetition.bytes)
            }
        }
        let input = TestCase.StandardInput(
            bytes: Bytes("head\n".utf8), repetition: .init(Bytes("y\n".utf8), count: 3))
        #expect(try Self.bash(ShellText.printing(input)) == input.content)
    }

    @Test("the lines make the files and the input of a test case")
    func script() throws {
        var testCase = TestCase()
        testCase.arguments = [Bytes("d/a b".utf8), Bytes("-".utf8)]
        testCase.environment = [.init(name: Bytes("X".utf8), value: Bytes("1 2".utf8))]
        testCase.standardInput = .init(kind: .pipe, bytes: Bytes("in\n".utf8))
        testCase.files = [
            .init(path: Bytes("d".utf8), kind: .directory, mode: 0o500),
            .init(path: Bytes("d/a b".utf8), kind: .regular(Bytes("text%\n".utf8)), mode: 0o600),
        ]
        let script = ShellScript(testCase, program: "/bin/cat", base: nil)
        #expect(script.remarks.isEmpty)
        #expect(script.command.contains("env -i 'X=1 2' /bin/cat"))
        let lines = script.preparation + [script.command, "stat -c %a d 'd/a b'"]
        let output = String(decoding: try Self.bash(lines.joined(separator: "\n")), as: UTF8.self)
        #expect(output == "text%\nin\n500\n600\n")
        #expect(script.summary == "cat 'd/a b' - {environment input}")
    }

    @Test("long words that repeat a piece are made by the shell")
    func repeatedWords() throws {
        for piece in ["A", "-ab", "%s'", "\u{e9}"] {
            let word = Bytes(String(repeating: piece, count: 50_000).utf8)
            let shown = ShownWords([word], noun: "argument")
            #expect(shown.remarks.isEmpty)
            #expect(shown.words[0].count < 80)
            #expect(try Self.bash("echo -n \(shown.words[0])") == word)
        }
    }

    @Test("other long words, and those behind many, are cut, with how long they are")
    func cutWords() {
        let word = Bytes((0..<100_000).map { UInt8(0x30 + $0 * $0 % 41) })
        let shown = ShownWords([Bytes("-x".utf8), word, Bytes("b".utf8)], noun: "argument")
        #expect(shown.words[0] == "-x" && shown.words[2] == "b")
        #expect(shown.words[1].count < 80)
        #expect(shown.remarks == ["argument 2 has 100,000 bytes, of which 60 are shown"])
        let many = ShownWords(
            Array(repeating: Bytes("word".utf8), count: 10_000), noun: "argument")
        #expect(many.words.last == "…")
        #expect(many.words.joined(separator: " ").count < 4_100)
        #expect(many.remarks == ["9,200 more arguments of 36,800 bytes, not shown"])
    }

    @Test("the harness's environment is not repeated")
    func environment() {
        let script = ShellScript(
            CampaignFixture.plain, program: "/bin/ls", base: CampaignFixture.base)
        #expect(script.command == "/bin/ls -l </dev/null")
        #expect(script.summary == "ls -l")
    }

    @Test("what a shell cannot do is remarked on")
    func remarks() {
        var testCase = CampaignFixture.large
        testCase.limits = [.init(resource: .openFiles, value: 4)]
        testCase.signals = [.init(signal: 15, atSyscall: 12)]
        testCase.faults = [.init(syscall: 0, occurrence: 2, effect: .error(5))]
        testCase.descriptors = [.init(number: 1, source: .closed)]
        let script = ShellScript(testCase, program: "/bin/ls", base: CampaignFixture.base)
        #expect(script.command == "prlimit --nofile=4 /bin/ls -l 1>&-")
        #expect(
            script.remarks == [
                "standard input is 5,000 bytes, not shown",
                "SIGTERM is sent at system call 12", "read, occurrence 2, fails with EIO",
            ])
    }
}
