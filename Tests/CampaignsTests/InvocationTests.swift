import Campaigns
import TestCases
import Testing

/// What histories and logs say of a target.
@Suite("Commands in histories and logs")
struct InvocationTests {
    private func found(
        _ text: String, _ kind: CommandRecords.Kind
    ) -> (arguments: [[String]], obstacles: [Invocation.Obstacle], all: [Invocation]) {
        found(Bytes(text.utf8), kind)
    }

    private func found(
        _ text: Bytes, _ kind: CommandRecords.Kind
    ) -> (arguments: [[String]], obstacles: [Invocation.Obstacle], all: [Invocation]) {
        let finder = InvocationFinder(program: "/usr/bin/diff")
        var records = CommandRecords(kind)
        var all: [CommandRecord] = []
        for line in text.split(separator: 0x0a, omittingEmptySubsequences: false) {
            all += records.take(Bytes(line))
        }
        if let last = records.finish() { all.append(last) }
        let results = all.map(finder.invocations(in:))
        let invocations = results.flatMap(\.invocations)
        return (
            invocations.map { $0.arguments.map { String(decoding: $0, as: UTF8.self) } },
            results.flatMap(\.obstacles), invocations
        )
    }

    @Test("a plain history has a command on each line, and backslashes join lines")
    func plain() {
        let result = found(
            "ls\ndiff -u a b\ncd x; ./diff c\\\n d && lt-diff\nsdiff x y\n", .history)
        #expect(result.arguments == [["-u", "a", "b"], ["c", "d"], []])
        #expect(result.obstacles.isEmpty)
    }

    @Test("between two times stands one command, of however many lines")
    func times() {
        let result = found(
            "#1700000000\ndiff 'a\nb' c\n#1700000001\nif true\nthen diff d\nfi\n", .history)
        #expect(result.arguments == [["a\nb", "c"], ["d"]])
    }

    @Test("zsh's form, its continued lines and its own bytes are understood")
    func zsh() {
        let text =
            Bytes(": 1700000000:0;diff a\\\n b\n: 1700000001:12;diff ".utf8) + [0x83, 0xa3]
            + Bytes("\ndiff c\n: 1700000002:0;ls\n".utf8)
        let result = found(text, .history)
        #expect(result.all.map(\.arguments.count) == [2, 1, 1])
        // Written as 0x83 and the byte with bit 5 changed.
        #expect(result.all.count == 3 && result.all[1].arguments == [[0x83]])
    }

    @Test("what stands before the program belongs to it or is left out")
    func prefixes() {
        let result = found(
            "LC_ALL=C X='a b' diff a\nsudo env Y=1 diff b\ntime diff c\nA=$B diff d\necho diff e",
            .history)
        #expect(result.arguments == [["a"], ["b"], ["c"]])
        #expect(result.obstacles == [.expansion])
        #expect(
            result.all.first?.variables == [
                .init(name: Bytes("LC_ALL".utf8), value: Bytes("C".utf8)),
                .init(name: Bytes("X".utf8), value: Bytes("a b".utf8)),
            ])
        #expect(result.all.last?.variables.isEmpty == true)
    }

    @Test("input comes from files, strings and the plainest commands")
    func input() {
        let result = found(
            #"""
            diff - b < 'in put'
            diff - <<< "a b"
            printf '%s-%d%%\n' x 1 y 2 | diff -
            echo -n 'a  b' c | diff -
            echo -e 'a\tb' | diff -
            cat x | diff -
            diff a b | less
            ls | diff -
            printf %x 1 | diff -
            cat a b | diff -
            a | printf x | diff -
            diff - << END
            diff 'x
            """#, .history)
        #expect(
            result.all.map(\.input) == [
                .file(Bytes("in put".utf8)), .bytes(Bytes("a b\n".utf8)),
                .bytes(Bytes("x-1%\ny-2%\n".utf8)), .bytes(Bytes("a  b c".utf8)),
                .bytes(Bytes("a\tb\n".utf8)), .file(Bytes("x".utf8)), .unknown,
            ])
        #expect(result.obstacles == [.input, .input, .input, .input, .input, .syntax])
    }

    @Test("in a log only what is marked is a command")
    func log() {
        let result = found(
            """
            diff: a: No such file
            diff not this
            + diff -u a 'b c'
            ++ ../src/diff d
            $ diff e
            + sdiff f
            +diff g
            """, .log)
        #expect(result.arguments == [["-u", "a", "b c"], ["d"], ["e"]])
    }

    @Test("strace's lines give the arguments, escapes resolved")
    func strace() throws {
        let result = found(
            #"""
            [pid 12] execve("/usr/bin/diff", ["diff", "-c", "a\tb", "\303\244\"]"], 0x7ff /* 3 vars */) = 0
            12:00:00.5 execve("/usr/bin/diff", ["diff", "cut"...], 0x7ff /* 3 vars */) = 0
            13 execve("/usr/bin/diff", ["diff", ...], 0x7ff /* 3 vars */) = 0
            13 execve("/opt/bin/diff", ["diff"], 0x7ff /* 3 vars */) = -1 ENOENT (No such file)
            14 execve("/usr/bin/diff", ["diff", "x"] <unfinished ...>
            15 execve("/bin/ls", ["diff", "x"], NULL) = 0
            write(1, "execve(\"/usr/bin/diff\", [\"diff\"]", 5) = 5
            16 execve("/usr/bin/diff", ["diff"
            17 execve("/usr/bin/diff", [], NULL) = 0
            """#, .log)
        #expect(result.arguments == [["-c", "a\tb", "ä\"]"], ["x"], []])
        #expect(result.obstacles == [.cut, .cut])
    }

    @Test("a history and a log are told apart by their marks")
    func kinds() {
        func kind(_ line: String) -> CommandRecords.Kind? {
            CommandRecords.kind(of: Bytes(line.utf8))
        }
        #expect(kind("#1700000000") == .history)
        #expect(kind(": 1700000000:0;ls") == .history)
        #expect(kind("+ ls") == .log)
        #expect(kind("execve(\"/bin/ls\", [\"ls\"], 0x0) = 0") == .log)
        for line in ["#17", "# 1700000000", ": x:0;ls", "+ls", "ls", "", "execve(ls)"] {
            #expect(kind(line) == nil, "\(line)")
        }
    }

    @Test("a command that is too long is counted and left out")
    func tooLong() {
        var records = CommandRecords(.history)
        let half = Bytes(repeating: 0x61, count: CommandRecords.longestCommand / 2) + [0x5c]
        for _ in 0..<100 { #expect(records.take(half).isEmpty) }
        #expect(records.take([0x61]).isEmpty)
        #expect(records.tooLong == 1)
        #expect(records.take(Bytes("diff".utf8)).count == 1)
    }
}
