import Foundation
import TestCases
import TestSupport
import Testing

@testable import Campaigns

@Suite("What a program gets that nobody has described")
struct UnpreparedHarnessTests {
    private static func prepared() -> Harness {
        var harness = Harness(name: "none", program: "/bin/cat", base: TestCase())
        // What does not exist speaks of no format.
        _ = harness.prepare(image: "/nonexistent")
        return harness
    }

    @Test("one seed has the names of files of several kinds on its input, and nothing else there")
    func listed() throws {
        let harness = Self.prepared()
        let seed = try #require(harness.seeds.first { $0.files.count > harness.base.files.count })
        let names = seed.standardInput.bytes.split(separator: 0x0a).map(Bytes.init)
        #expect(names == seed.files.map(\.path))
        #expect(
            seed.files.contains { file in
                guard case .symbolicLink = file.kind else { return false }
                return true
            })
        #expect(seed.arguments == harness.base.arguments)
    }

    @Test("names that lead above the folder become absolute where something is there")
    func above() {
        for (word, expected) in [
            ("../bin/env", "/usr/bin/env"), ("--file=../bin/env", "--file=/usr/bin/env"),
            (".:../bin/env:../none", ".:/usr/bin/env:../none"), ("..", ".."), ("../..", "../.."),
            ("a..b", "a..b"), ("http://x/../y", "http://x/../y"), ("../lib/../bin", "/usr/bin"),
        ] {
            #expect(Harness.absolute(word, above: "/usr/share") == expected)
        }
    }

    @Test("a command that is confined names its program as the campaign did")
    func confined() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("print 1;", to: "one.pl")
        let own = FileManager.default.currentDirectoryPath
        let up = Array(repeating: "..", count: own.split(separator: "/").count)
        let word = up.joined(separator: "/") + file
        #expect(try TargetCommand(["perl", word, word]).words == ["perl", file, word])
    }

    @Test("every seed has the files that its words speak of")
    func files() {
        let harness = Self.prepared()
        #expect(!harness.seeds.isEmpty)
        for seed in harness.seeds {
            #expect(seed.files.starts(with: harness.base.files))
        }
    }
}
