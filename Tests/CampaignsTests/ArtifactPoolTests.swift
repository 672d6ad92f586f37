import Foundation
import Mutation
import TestCases
import Testing

@testable import Campaigns

@Suite("Artifact pool")
struct ArtifactPoolTests {
    private func artifact(_ name: String, files: Int = 1) throws -> Artifact {
        try #require(
            Artifact(
                of: TestCase(),
                files: (0..<files).map {
                    .init(path: Bytes("\(name)\($0)".utf8), kind: .regular([1]))
                }, output: []))
    }

    private let mutator: Mutator = {
        var vocabulary = Vocabulary()
        for letter in Bytes("abcdefgh".utf8) {
            vocabulary.insert(
                .init(spelling: [0x2d, letter], argument: .none), from: .helpText)
        }
        return Mutator(vocabulary: vocabulary)
    }()

    private func add(_ artifact: Artifact, to pool: inout ArtifactPool, as parent: String) {
        let followUps = mutator.followUps(of: artifact, base: TestCase(), others: [])
        pool.add(artifact, followUps: followUps, parent: parent)
    }

    @Test("what artifacts take together is bounded, and the last is there")
    func bounded() throws {
        var pool = ArtifactPool()
        for number in 0..<60 {
            let large = try #require(
                Artifact(
                    of: TestCase(),
                    files: [
                        .init(
                            path: Bytes("\(number)".utf8),
                            kind: .regular(Bytes(repeating: 1, count: 1 << 20)))
                    ], output: []))
            add(large, to: &pool, as: "maker")
        }
        #expect(pool.bytes > 16 << 20)
        #expect(pool.bytes <= 24 << 20)
        var generator = SeededGenerator(seed: 1)
        #expect(pool.any(using: &generator) != nil)
    }

    @Test("the same artifact is taken once")
    func once() throws {
        var pool = ArtifactPool()
        #expect(pool.isNew(try artifact("a")))
        #expect(!pool.isNew(try artifact("a")))
        #expect(pool.isNew(try artifact("b")))
    }

    @Test("what is made without anything novel is taken once for a command line")
    func known() throws {
        var pool = ArtifactPool()
        #expect(pool.isNew(try artifact("a"), isByNovel: false))
        #expect(!pool.isNew(try artifact("b"), isByNovel: false))
        #expect(pool.isNew(try artifact("c")))
    }

    @Test("a tree of many parts is tried before one of few, and all come to an end")
    func order() throws {
        var pool = ArtifactPool()
        #expect(pool.share == 0)
        add(try artifact("rich", files: 40), to: &pool, as: "rich")
        add(try artifact("poor"), to: &pool, as: "poor")
        #expect(pool.share == 3)
        #expect(pool.takeTrial(given: mutator.usage)?.parent == "rich")
        var parents: Set<String> = []
        var count = 0
        while let trial = pool.takeTrial(given: mutator.usage) {
            parents.insert(trial.parent ?? "")
            count += 1
        }
        #expect(parents == ["rich", "poor"])
        #expect(count > 20)
        #expect(pool.share >= 3)
    }

    @Test("what leads to finds goes on before what does not")
    func finds() throws {
        var pool = ArtifactPool()
        add(try artifact("a"), to: &pool, as: "a")
        add(try artifact("b"), to: &pool, as: "b")
        for _ in 0..<12 {
            guard let trial = pool.takeTrial(given: mutator.usage) else { break }
            if trial.parent == "a" { pool.noteFind(of: trial) }
        }
        #expect((0..<5).allSatisfy { _ in pool.takeTrial(given: mutator.usage)?.parent == "a" })
    }

    @Test("of two that promise the same the one whose follow-ups are dear waits")
    func dear() throws {
        var pool = ArtifactPool()
        add(try artifact("a"), to: &pool, as: "a")
        add(try artifact("b"), to: &pool, as: "b")
        let trial = pool.takeTrial(given: mutator.usage)
        let first = try #require(trial)
        pool.note(cost: 2_000, of: first)
        #expect(
            (0..<5).allSatisfy { _ in
                pool.takeTrial(given: mutator.usage)?.parent != first.parent
            })
    }

    @Test("numbers of the search that a campaign was begun without are as by default")
    func settings() throws {
        let stored = Data(#"{"freshShare": 20, "leastSweep": 5}"#.utf8)
        var expected = SearchSettings()
        expected.freshShare = 20
        expected.leastSweep = 5
        #expect(try JSONDecoder().decode(SearchSettings.self, from: stored) == expected)
        var all = SearchSettings()
        for (index, path) in SearchSettings.named.values.enumerated() {
            all[keyPath: path] = 100 + index
        }
        let coded = try JSONDecoder().decode(
            SearchSettings.self, from: try JSONEncoder().encode(all))
        #expect(coded == all)
    }
}
