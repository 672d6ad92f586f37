import Mutation
import TestCases
import Testing

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Manual page")
struct ManualPageTests {
    private func mined(_ source: String) -> Vocabulary {
        var vocabulary = Vocabulary()
        vocabulary.mine(manualPage: bytes(source))
        return vocabulary
    }

    @Test(
        "tags of paragraphs are options, in the ways that pages are written",
        arguments: [
            ".TP\n\\fB\\-w\\fR, \\fB\\-\\-width\\fR=\\fI\\,COLS\\/\\fR\nset it\n",
            ".IP \"\\fB\\-w\\fP, \\fB\\-\\-width\\fP=\\fINUM\\fP\" 4\nset it\n",
            ".TP\n.BI \\-w \" num\" \"\\fR,\\fP \\-\\-width=\" num\nset it\n",
            ".PP\n\\fB\\-w\\fR, \\fB\\-\\-width=\\fR\\fBNUM\\fR\n.RS 4\nset it\n.RE\n",
            ".Bl -tag\n.It Fl w , Fl -width Ns = Ns Ar num\nset it\n.El\n",
        ])
    func tags(source: String) {
        let vocabulary = mined(source)
        #expect(vocabulary.option(spelled: bytes("-w")) != nil)
        #expect(vocabulary.option(spelled: bytes("--width"))?.argument == .required)
        #expect(vocabulary.option(spelled: bytes("--width"))?.valueKind == .number)
        #expect(vocabulary.option(spelled: bytes("-w"))?.sources == [.manual])
    }

    @Test("optional arguments, quoted values and variables")
    func details() throws {
        let vocabulary = mined(
            """
            .TP
            \\fB\\-\\-color\\fR[=\\fI\\,WHEN\\/\\fR]
            WHEN is \\(aqnever\\(aq or 'always'; see \\fBLS_COLORS\\fR
            .PP
            The word 'other' is about nothing.
            """)
        let color = try #require(vocabulary.option(spelled: bytes("--color")))
        #expect(color.argument == .optional)
        #expect(color.choices == ["never", "always"].map(bytes))
        #expect(vocabulary.names.contains(bytes("LS_COLORS")))
    }

    @Test("an option that begins a line of a sentence is none of a tag")
    func sentences() {
        let vocabulary = mined(
            """
            .TP
            \\fB\\-\\-sign\\fR
            Signs, if
            \\fB\\-\\-key\\fR, or
            .B \\-\\-agent
            \\fB\\-\\-other\\fR.  Then
            \\fB\\-\\-next\\fR is given.
            .nf
            \\-a is a row
            \\-b is one
            .fi
            .TP
            \\fB\\-\\-key\\fR \\fIname\\fR
            of the key
            """)
        #expect(vocabulary.option(spelled: bytes("--key"))?.argument == .required)
        #expect(vocabulary.option(spelled: bytes("--other")) == nil)
        #expect(vocabulary.option(spelled: bytes("--next")) == nil)
        #expect(vocabulary.option(spelled: bytes("-a")) != nil)
        #expect(vocabulary.option(spelled: bytes("-b")) != nil)
    }

    @Test("tags that are indented below an option list what its value may be")
    func listedValues() {
        let vocabulary = mined(
            """
            .TP
            \\fB\\-\\-mode\\fR=\\fIMODE\\fR
            one of
            .RS
            .TP
            .BR never ", " off
            not at all
            .TP
            .B always
            each time
            .RE
            .TP
            .B later
            is something else
            """)
        #expect(
            vocabulary.option(spelled: bytes("--mode"))?.choices
                == ["never", "off", "always"].map(bytes))
    }

    @Test("what is said of an option names those that it needs, and what they are set to")
    func companions() {
        let vocabulary = mined(
            """
            .TP
            .B \\-\\-phrase \\fIstring\\fR
            Like \\fB\\-\\-quiet\\fR a thing. It is only used if \\fB\\-\\-batch\\fR has
            been given, \\fB\\-\\-calm\\fR and \\fB\\-\\-mode\\fR is set
            to \\fBloose\\fR.
            .TP
            .B \\-\\-batch \\fIuser-id\\fR [\\fIalgo\\fR]
            .TQ
            .B \\-\\-calm
            ask nothing, with \\fB\\-\\-quiet\\fR
            .TP
            .B \\-\\-quiet
            see \\fB\\-\\-unheard\\-of\\fR
            .TP
            .B \\-\\-mode \\fImode\\fR
            \\fB\\-\\-mode=MODE\\fR or \\fB\\-\\-mode\\fR
            """)
        let option = vocabulary.option(spelled: bytes("--phrase"))
        #expect(
            option?.companions == [
                .init(spelling: bytes("--batch"), sentence: 1),
                .init(spelling: bytes("--calm"), sentence: 1),
                .init(spelling: bytes("--mode"), value: bytes("loose"), sentence: 1),
                .init(spelling: bytes("--quiet"), isNeeded: false, sentence: 0),
            ])
        #expect(vocabulary.option(spelled: bytes("--mode"))?.choices == [bytes("loose")])
        #expect(vocabulary.option(spelled: bytes("--mode"))?.companions == [])
        #expect(vocabulary.option(spelled: bytes("--quiet"))?.companions == [])
        for spelling in ["--batch", "--calm"] {
            #expect(
                vocabulary.option(spelled: bytes(spelling))?.companions
                    == [.init(spelling: bytes("--quiet"))])
        }
    }

    @Test("a page about a command belongs to the command")
    func command() {
        var vocabulary = Vocabulary()
        vocabulary.mine(
            manualPage: bytes(".TP\n\\fB\\-\\-amend\\fR\nreplace\n"), ofCommand: bytes("commit"))
        #expect(vocabulary.option(spelled: bytes("--amend")) == nil)
        #expect(vocabulary.commands.map(\.name) == [bytes("commit")])
        #expect(vocabulary.commands.first?.options.map(\.spelling) == [bytes("--amend")])
        #expect(vocabulary.entries.map(\.command) == [bytes("commit")])
    }

    @Test("another page that stands for this one is named")
    func redirection() {
        #expect(
            Vocabulary.redirection(inManualPage: bytes(".so man1/ls.1\n")) == bytes("man1/ls.1"))
        #expect(Vocabulary.redirection(inManualPage: bytes(".TH LS 1\n")) == nil)
    }

    @Test("noise is read to its end")
    func noise() {
        var generator = SeededGenerator(seed: 3)
        let alphabet = bytes(".\\f(*[]\"'- TPBIRab\n\n")
        for _ in 0..<50 {
            let noise = (0..<5_000).map { _ in generator.element(of: alphabet) ?? 0 }
            var vocabulary = Vocabulary()
            vocabulary.mine(manualPage: noise)
            #expect(vocabulary.options.count <= Vocabulary.optionCapacity)
        }
    }
}
