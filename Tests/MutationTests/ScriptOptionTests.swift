import Mutation
import TestCases
import Testing

@Suite("Options in the text of a script")
struct ScriptOptionTests {
    private func options(_ text: String) -> Set<String> {
        var vocabulary = Vocabulary()
        vocabulary.mine(script: Bytes(text.utf8))
        return Set(
            vocabulary.entries.map { String(decoding: $0.option.spelling, as: UTF8.self) })
    }

    @Test("what Perl's parser is told of is an option, by each of its names")
    func declared() {
        let text = """
            use Getopt::Long;
            GetOptions("link", 'name|n=s', "size:i", "fast!", "a b" => 1, "x-y+") or die;
            """
        let options = options(text)
        #expect(options.isSuperset(of: ["--link", "--name", "-n", "--size", "--fast", "--x-y"]))
        #expect(!options.contains("--a"))
    }

    @Test("words are options of no script that does not hand them to a parser")
    func undeclared() {
        #expect(options("print \"link\", 'name|n=s';\n").isEmpty)
    }

    @Test("what is written as an option is one, with quotes and without")
    func written() {
        let text = """
            #!/bin/sh
            # --comment is prose
            case $1 in --run|--dry-run) x=1;; --level=*) y=2 ;; esac
            p.add_argument("--threads")
            a --b-; i--; x = y --z
            """
        let options = options(text)
        #expect(options.isSuperset(of: ["--run", "--dry-run", "--level", "--threads"]))
        #expect(!options.contains("--comment"))
    }
}
