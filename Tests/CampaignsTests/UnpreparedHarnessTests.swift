import TestCases
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

    @Test("every seed has the files that its words speak of")
    func files() {
        let harness = Self.prepared()
        #expect(!harness.seeds.isEmpty)
        for seed in harness.seeds {
            #expect(seed.files.starts(with: harness.base.files))
        }
    }
}
