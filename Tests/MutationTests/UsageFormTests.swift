import TestCases
import Testing

@testable import Mutation

private func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

@Suite("Usage forms")
struct UsageFormTests {
    private func lines(_ text: String) -> [[String]] {
        UsageForm.forms(in: bytes(text)).map { form in
            form.arguments(with: form.variants.last ?? [], paths: ["a", "b"].map(bytes))
                .arguments.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test("each form begins with the program's name, and goes on where it is indented")
    func forms() {
        let text = """
            unknown option -- -
            usage: tool [-q] [-b bits]
                        [-f output_file]
                   tool -R hostname [-f known_file]
                   tool -Y sign -f key_file -n namespace file
            Options:
              tool -x is none
            """
        #expect(
            lines(text) == [
                ["-q", "-b", "bits", "-f", "a"], ["-R", "localhost", "-f", "a"],
                ["-Y", "sign", "-f", "a", "-n", "namespace", "b"],
            ])
        #expect(lines("Usage:\n  tool FILE\n") == [["a"]])
        #expect(
            lines("Usage: cp [OPTION]... [-T] SOURCE DEST\n  or:  cp [OPTION]... -t DIRECTORY S\n")
                == [["-T", "a", "b"], ["-t", "a", "b"]])
        #expect(lines("no such line\n").isEmpty)
    }

    @Test("what may be left out is, then each of it is there, then all")
    func variants() throws {
        let form = try #require(UsageForm(bytes(" --make=<what> [-a | -b] [<dir>] <file>...")))
        let all = form.variants.map { form.arguments(with: $0, paths: ["f", "g"].map(bytes)) }
        #expect(
            all.map(\.arguments)
                == [
                    ["--make=what", "f"], ["--make=what", "-a", "f"], ["--make=what", "-b", "f"],
                    ["--make=what", "f", "g"], ["--make=what", "-a", "-b", "f", "g"],
                ].map { $0.map(bytes) })
        #expect(all[3].folders == [bytes("f")] && all[3].files == [bytes("g")])
        #expect(all[0].files == [bytes("f")])
    }

    @Test("the sweep has every form early, with files that are there")
    func sweep() throws {
        var vocabulary = Vocabulary()
        vocabulary.mine(
            helpText: bytes(
                "usage: tool -H [-f FILE]\n  -H  if -f is set to x and with -g\n  -f\n  -g\n"))
        let sweep = Mutator(vocabulary: vocabulary).sweep(
            base: TestCase(), allowing: [.natural])
        let early = (0..<sweep.firstPass).compactMap { sweep.testCase(at: $0) }
        let found = early.filter { $0.arguments == ["-H", "-f", "first"].map(bytes) }
        #expect(found.contains { $0.files == FileShape.empty.files(at: bytes("first")) })
        #expect(found.contains { $0.files == FileShape.text.files(at: bytes("first")) })
        let copy = try #require(try Copied.copy(of: vocabulary))
        #expect(copy.forms == vocabulary.forms && !copy.forms.isEmpty)
        #expect(copy.options == vocabulary.options)
        #expect(copy.option(spelled: bytes("-H"))?.companions.count == 2)
    }

    @Test("what was made stands where a form takes a file")
    func onArtifact() throws {
        var vocabulary = Vocabulary()
        vocabulary.mine(helpText: bytes("usage: tool -y -f key_file input_file\n"))
        var maker = TestCase()
        maker.files = [.init(path: bytes("old"), kind: .regular([1]))]
        let made = TestCase.File(path: bytes("key"), kind: .regular([2]))
        let artifact = try #require(
            Artifact(of: maker, files: maker.files + [made], output: []))
        let followUps = Mutator(vocabulary: vocabulary).followUps(
            of: artifact, base: TestCase(), others: [])
        let lines = (0..<followUps.count).compactMap { followUps.testCase(at: $0)?.arguments }
        #expect(lines.contains(["-y", "-f", "key", "old"].map(bytes)))
        #expect(lines.contains(["-y", "-f", "old", "key"].map(bytes)))
    }

    @Test("any bytes may be a usage")
    func anything() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let text = (0..<generator.below(80)).map { _ in
                generator.element(of: bytes(" \n[]|<>-=.,{}()toolX")) ?? 0
            }
            for form in UsageForm.forms(in: bytes("usage: tool ") + text) {
                for variant in form.variants { _ = form.arguments(with: variant, paths: []) }
            }
        }
    }
}
