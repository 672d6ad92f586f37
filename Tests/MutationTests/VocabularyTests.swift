import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Vocabulary")
struct VocabularyTests {
    private func mined(_ helpText: String) -> Vocabulary {
        var vocabulary = Vocabulary()
        vocabulary.mine(helpText: bytes(helpText))
        return vocabulary
    }

    private func argument(
        of spelling: String, in vocabulary: Vocabulary
    ) -> Vocabulary.Option.Argument? {
        vocabulary.option(spelled: bytes(spelling))?.argument
    }

    @Test("options of a GNU help text, their arguments and their values")
    func gnu() throws {
        let vocabulary = mined(
            """
            Usage: diff [OPTION]... FILES
              -q, --brief                   report only when files differ
              -C NUM, --context[=NUM]       output NUM (default 3) lines
              -W, --width=NUM               output at most NUM print columns
                  --label LABEL             use LABEL instead of file name
                  --color[=WHEN]       colorize the output; WHEN is 'never', 'always',
                                       or 'auto' (the default)
              -X, --exclude-from=FILE       exclude files
                  --GTYPE-group-format=GFMT format input groups
            LTYPE is 'old', 'new', or 'unchanged'. Set DIFF_OPTIONS or $PAGER.
            """)
        #expect(argument(of: "-q", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "--brief", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "-C", in: vocabulary) == .required)
        #expect(argument(of: "--context", in: vocabulary) == .optional)
        #expect(argument(of: "-W", in: vocabulary) == .unknown)
        #expect(argument(of: "--width", in: vocabulary) == .required)
        #expect(argument(of: "--label", in: vocabulary) == .required)
        let color = try #require(vocabulary.option(spelled: bytes("--color")))
        #expect(color.argument == .optional)
        #expect(color.choices == ["never", "always", "auto"].map(bytes))
        #expect(vocabulary.option(spelled: bytes("--width"))?.valueKind == .number)
        #expect(vocabulary.option(spelled: bytes("--exclude-from"))?.valueKind == .path)
        #expect(vocabulary.values.contains(bytes("unchanged")))
        #expect(vocabulary.names.contains(bytes("DIFF_OPTIONS")))
        #expect(vocabulary.names.contains(bytes("PAGER")))
        #expect(!vocabulary.names.contains(bytes("LTYPE")))
    }

    @Test("long options with one dash, both forms of a switch, and dot commands")
    func oneDash() {
        let vocabulary = mined(
            """
            OPTIONS include:
               -cmd COMMAND         run "COMMAND" before reading stdin
               -[no]header          turn headers on or off
               -A ARGS...           run ".archive ARGS" and exit
            .backup ?DB? FILE        Backup DB (default "main") to FILE
            """)
        #expect(argument(of: "-cmd", in: vocabulary) == .required)
        #expect(argument(of: "-A", in: vocabulary) == .required)
        #expect(argument(of: "-header", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "-noheader", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(vocabulary.lines.contains(bytes(".backup")))
    }

    @Test("several options in a row are separate ones")
    func rows() {
        let vocabulary = mined("      -amin N -anewer FILE -empty -size N[bcwkMG] -true\n")
        #expect(argument(of: "-amin", in: vocabulary) == .required)
        #expect(argument(of: "-anewer", in: vocabulary) == .required)
        #expect(argument(of: "-empty", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "-size", in: vocabulary) == .required)
        #expect(argument(of: "-true", in: vocabulary) == Vocabulary.Option.Argument.none)
    }

    @Test("options in the brackets of a usage line")
    func usage() {
        let vocabulary = mined(
            "Usage: nginx [-?hvVtTq] [-s signal] [-p prefix] [--mode {fast|slow}]\n")
        for letter in "?hvVtTq" {
            #expect(argument(of: "-\(letter)", in: vocabulary) == Vocabulary.Option.Argument.none)
        }
        #expect(argument(of: "-s", in: vocabulary) == .required)
        #expect(
            vocabulary.option(spelled: bytes("--mode"))?.choices == [bytes("fast"), bytes("slow")])
    }

    @Test("alternatives in brackets, and subcommands with what they do")
    func subcommands() {
        let vocabulary = mined(
            """
            usage: git [-v | --version] [-C <path>] [--exec-path[=<path>]] <command>

               clone     Clone a repository into a new directory
               cat-file  Provide contents
               this line is prose
            """)
        #expect(argument(of: "-v", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "--version", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "-C", in: vocabulary) == .required)
        #expect(argument(of: "--exec-path", in: vocabulary) == .optional)
        #expect(
            vocabulary.words.all.map { String(decoding: $0, as: UTF8.self) } == [
                "clone", "cat-file",
            ])
    }

    @Test("strings of a binary are sorted by what they look like")
    func readOnlyData() {
        var data: Bytes = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]
        for string in [
            "--paginate", "-mmap", "--size=", ".tables", "SQLITE_DEBUG_BREAK", "PRAGMA", "config",
            "/etc/app.conf", "0123abcC:e::", "error: %s at %d", "cannot open the file",
            "SELECT name FROM sqlite_schema", ".excel ?--bom?   Show in a spreadsheet",
            "  -z, --zebra=NUM  count stripes\n", "a\u{e9}b",
        ] {
            data += bytes(string) + [0]
        }
        var vocabulary = Vocabulary()
        vocabulary.mine(readOnlyData: data.span)
        #expect(argument(of: "--paginate", in: vocabulary) == .unknown)
        #expect(argument(of: "-mmap", in: vocabulary) == .unknown)
        #expect(argument(of: "--size", in: vocabulary) == .required)
        #expect(argument(of: "-C", in: vocabulary) == .required)
        #expect(argument(of: "-e", in: vocabulary) == .optional)
        #expect(argument(of: "-3", in: vocabulary) == Vocabulary.Option.Argument.none)
        #expect(argument(of: "--zebra", in: vocabulary) == .required)
        #expect(vocabulary.lines.contains(bytes(".tables")))
        #expect(vocabulary.lines.contains(bytes(".excel")))
        #expect(vocabulary.names.contains(bytes("SQLITE_DEBUG_BREAK")))
        #expect(vocabulary.words.contains(bytes("PRAGMA")))
        #expect(vocabulary.words.contains(bytes("config")))
        #expect(vocabulary.values.contains(bytes("/etc/app.conf")))
        #expect(vocabulary.lines.contains(bytes("SELECT name FROM sqlite_schema")))
        for pool in [vocabulary.words, vocabulary.values, vocabulary.lines] {
            #expect(!pool.all.contains { $0.contains(UInt8(ascii: "%")) && $0.count > 2 })
            #expect(!pool.contains(bytes("cannot open the file")))
        }
    }

    @Test("records of an option table give both spellings")
    func optionTable() {
        var vocabulary = Vocabulary()
        vocabulary.mine(optionTable: [
            .init(name: bytes("color"), hasArgument: 2, value: 256),
            .init(name: bytes("width"), hasArgument: 1, value: 0x57),
        ])
        #expect(argument(of: "--color", in: vocabulary) == .optional)
        #expect(argument(of: "--width", in: vocabulary) == .required)
        #expect(argument(of: "-W", in: vocabulary) == .required)
        #expect(vocabulary.options.count == 3)
    }

    @Test("what is learned later completes an option that was known without its argument")
    func merging() {
        var vocabulary = Vocabulary()
        vocabulary.insert(token: bytes("--color=auto"), from: .harness)
        vocabulary.insert(
            Vocabulary.Option(spelling: bytes("--color"), argument: .optional), from: .helpText)
        vocabulary.insert(
            Vocabulary.Option(
                spelling: bytes("--color"), argument: .unknown, choices: [bytes("never")]),
            from: .binary)
        #expect(vocabulary.options.count == 1)
        #expect(argument(of: "--color", in: vocabulary) == .optional)
        #expect(vocabulary.options[0].choices == [bytes("auto"), bytes("never")])
    }

    @Test("whatever is mined, the vocabulary stays bounded")
    func bounds() {
        var generator = SeededGenerator(seed: 5)
        let alphabet = bytes("-=[]<>{}|,. \n\t'\"`:%ABCxyz019_\0\0")
        var vocabulary = Vocabulary()
        for _ in 0..<12 {
            let noise = (0..<20_000).map { _ in generator.element(of: alphabet) ?? 0 }
            vocabulary.mine(helpText: noise)
            vocabulary.mine(readOnlyData: noise.span)
            vocabulary.mine(optionString: noise)
        }
        #expect(vocabulary.options.count <= Vocabulary.optionCapacity)
        #expect(vocabulary.options.count > 100)
        let sources = Vocabulary.Source.allCases.count
        for pool in [vocabulary.words, vocabulary.values, vocabulary.names, vocabulary.lines] {
            #expect(pool.count <= Pool.capacity * sources)
            #expect(pool.all.allSatisfy { $0.count <= Pool.longestMember })
        }
        #expect(
            vocabulary.options.allSatisfy { $0.choices.count <= Vocabulary.choiceCapacity })
    }
}
