import Campaigns
import Foundation
import TestCases
import Testing

/// The harnesses and seeds that come with the package.
@Suite("Shipped harnesses")
struct ShippedHarnessTests {
    static let names = ["curl", "diff", "ls", "nginx", "pwd", "redis", "sqlite3", "ssh", "sshd"]

    static func load(_ name: String) throws -> Harness {
        try Harness.load("\(Repository.root)/Harnesses/\(name)")
    }

    @Test("every folder of harnesses is tested here and has a corpus, and no corpus is without one")
    func complete() throws {
        for folder in ["Harnesses", "Corpora"] {
            let path = "\(Repository.root)/\(folder)"
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: path).sorted() == Self.names)
        }
    }

    @Test("a harness loads, and its target is a program that can be traced", arguments: names)
    func loads(name: String) throws {
        let harness = try Self.load(name)
        #expect(harness.name == name)
        let target = try TargetFile.inspect(harness.program)
        #expect(!target.isScript)
        #expect(harness.base.environment == Harness.plainEnvironment)
        #expect(!harness.base.files.isEmpty)
        #expect(try TestCase(inlineText: harness.base.inlineText()) == harness.base)
    }

    @Test(
        "every seed of a corpus is a test case of its own that anyone may cause", arguments: names)
    func seeds(name: String) throws {
        let harness = try Self.load(name)
        let corpus = try #require(harness.corpus)
        let (seeds, skipped) = Seeds.load(corpus)
        #expect(skipped.map { "\($0.path): \($0.problem)" } == [])
        let files = try FileManager.default.contentsOfDirectory(atPath: corpus)
        #expect(seeds.count == files.count)
        #expect((5...64).contains(seeds.count))
        let completed = seeds.map { harness.completed($0) }
        #expect(Set(completed.map(\.id)).count == seeds.count)
        #expect(completed.allSatisfy { $0.provocation == .natural })
    }

    @Test("what a seed leaves open is the harness's, what it says is not")
    func completion() throws {
        let harness = try Self.load("diff")
        let (seeds, _) = Seeds.load(try #require(harness.corpus))
        let own = try #require(seeds.first { !$0.files.isEmpty })
        #expect(harness.completed(own).files == own.files)
        #expect(harness.completed(own).environment == harness.base.environment)
        let plain = try #require(seeds.first { $0.files.isEmpty })
        #expect(harness.completed(plain).files == harness.base.files)
        #expect(harness.completed(plain).arguments == plain.arguments)
    }
}
