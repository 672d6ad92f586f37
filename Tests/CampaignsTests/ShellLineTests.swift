import Campaigns
import Mutation
import TestCases
import Testing

@Suite("Lines of shell")
struct ShellLineTests {
    /// The words of every command, pipelines after each other.
    private func words(
        _ line: String, _ dialect: ShellLine.Dialect = .typed
    ) throws -> [[[String]]] {
        try ShellLine(Bytes(line.utf8), dialect).pipelines.map { pipeline in
            pipeline.map { $0.words.map { String(decoding: $0.bytes, as: UTF8.self) } }
        }
    }

    @Test(
        "quotes and escapes are resolved as a shell does",
        arguments: [
            (#"a 'b  c' d"#, ["a", "b  c", "d"]),
            (#"a "b \"c\" \n" d"#, ["a", #"b "c" \n"#, "d"]),
            (#"a b\ c \'d ''"#, ["a", "b c", "'d", ""]),
            (#"a $'x\ty\x41\101'"#, ["a", "x\tyAA"]),
            (#"a'b'"c"d # rest"#, ["abcd"]),
            ("a \\\n b", ["a", "b"]),
            (#"a "$" $"#, ["a", "$", "$"]),
            (#"a {} {x}"#, ["a", "{}", "{x}"]),
            ("a\\", ["a\\"]),
        ])
    func quotes(line: String, expected: [String]) throws {
        #expect(try words(line) == [[expected]])
    }

    @Test("operators divide commands, and redirections are taken out")
    func operators() throws {
        #expect(
            try words("a 1 && b|c 2>&1 >x; (d) & e || f 2>/dev/null\ng") == [
                [["a", "1"]], [["b"], ["c"]], [["d"]], [["e"]], [["f"]], [["g"]],
            ])
        let line = try ShellLine(Bytes("a < x 3<y <<< z <<E 12>&- &>o".utf8), .typed)
        let redirections = try #require(line.pipelines.first?.first).redirections
        #expect(
            redirections.map(\.kind) == [
                .input, .input, .hereString, .hereDocument, .other, .other,
            ])
        #expect(redirections.map(\.descriptor) == [0, 3, 0, 0, 12, 1])
    }

    @Test(
        "what the shell would replace is marked",
        arguments: [
            "$x", "\"$x\"", "a${b}c", "$(date '+)')", "`date`", "*.c", "a?", "[ab]", "~", "~/x",
            "{a,b}", "{1..3}", "<(ls)", "$1", "$?",
        ])
    func expansions(word: String) throws {
        let line = try ShellLine(Bytes("diff \(word)".utf8), .typed)
        #expect(line.pipelines.first?.first?.words.last?.isExpanded == true)
        let quoted = try ShellLine(Bytes("diff 'a$x*~{a,b}' \\$x \\*".utf8), .typed)
        #expect(quoted.pipelines.first?.first?.words.allSatisfy { !$0.isExpanded } == true)
    }

    @Test("a traced line has words alone")
    func traced() throws {
        #expect(
            try words("grep a|b *.c $x ';' < 'it'\\''s'", .traced)
                == [[["grep", "a|b", "*.c", "$x", ";", "<", "it's"]]])
    }

    @Test(
        "what does not end is a problem",
        arguments: ["'", "a \"b", "`x", "$(x", "${", "<(", "$'a", "a <"])
    func unclosed(line: String) {
        #expect(throws: ShellLine.Problem.self) { try ShellLine(Bytes(line.utf8), .typed) }
    }

    @Test("no bytes make it trap", arguments: [ShellLine.Dialect.typed, .traced])
    func hostile(dialect: ShellLine.Dialect) {
        let pieces =
            [
                "'", "\"", "\\", "$(", "${", "`", ")", "}", "<", ">", "<<", "&", "|", ";", "#",
                "$'", "{",
                ",", "..", "~", "\n", " ", "a", "\u{0}", "é", "9", "-", "\\x", "\\0", "=", "@@",
            ].map { Bytes($0.utf8) } + [[0xff], [0x83], [0xc3]]
        var generator = SeededGenerator(seed: 5)
        var closed = 0
        for _ in 0..<20_000 {
            var line: Bytes = []
            for _ in 0..<generator.below(12) { line += generator.element(of: pieces) ?? [] }
            if (try? ShellLine(line, dialect)) != nil { closed += 1 }
            var records = CommandRecords(.history)
            for part in line.split(separator: 0x0a) { _ = records.take(Bytes(part)) }
            _ = ExecveLine(Bytes("execve(\"".utf8) + line)
        }
        #expect(closed > 1_000)
    }
}
