import Foundation
import TestCases
import Testing

@testable import Store

@Suite("Damaged and foreign files")
struct DamageTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path }
    private var file: URL { URL(fileURLWithPath: folder.path + "/campaign.db") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func errors() -> [StoreError] {
        var errors: [StoreError] = []
        do { _ = try CampaignWriter.open(path) } catch { errors.append(error) }
        do { _ = try CampaignReader.open(path) } catch { errors.append(error) }
        return errors
    }

    @Test("a file that is no database is refused in one sentence and left alone")
    func noDatabase() throws {
        let text = Data(repeating: 0x61, count: 9_000)
        try text.write(to: file)
        let errors = errors()
        #expect(errors.map(\.code) == [.notACampaign, .notACampaign])
        #expect(errors.allSatisfy { $0.description.contains("give the folder of a campaign") })
        #expect(try Data(contentsOf: file) == text)
    }

    @Test("another program's database is refused and left alone")
    func foreign() throws {
        do {
            let database = try Database.open(file.path, mode: .owner)
            try database.run("CREATE TABLE note(text TEXT)")
        }
        let before = try Data(contentsOf: file)
        #expect(errors().map(\.code) == [.notACampaign, .notACampaign])
        #expect(try Data(contentsOf: file) == before)
    }

    @Test("a newer schema is refused by readers and writers, with both versions")
    func newer() throws {
        do {
            let writer = try CampaignWriter.open(path)
            try writer.reader.database.run("PRAGMA user_version = 99")
        }
        let errors = errors()
        #expect(errors.map(\.code) == [.newerSchema, .newerSchema])
        #expect(errors.allSatisfy { $0.description.contains("version 99") })
        #expect(errors.allSatisfy { $0.description.contains("up to \(Migration.all.count)") })
    }

    @Test("migrations run once each, in order, from whatever version the file has")
    func migrations() throws {
        let first = Migration(statements: [
            "CREATE TABLE a(x INTEGER)", "INSERT INTO a VALUES (1)",
            "PRAGMA application_id = 0x4654484d", "PRAGMA user_version = 1",
        ])
        let second = Migration(statements: [
            "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 2", "PRAGMA user_version = 2",
        ])
        let broken = Migration(statements: [
            "INSERT INTO a VALUES (5, 5)", "INSERT INTO missing VALUES (1)",
        ])
        let database = try Database.open(file.path, mode: .owner)
        try database.migrate(through: [first])
        try database.migrate(through: [first])
        try database.migrate(through: [first, second])
        #expect(try database.integer("SELECT sum(x * 10 + y) FROM a") == 12)
        #expect(throws: StoreError.self) {
            try database.migrate(through: [first, second, broken])
        }
        #expect(try database.integer("SELECT count(*) FROM a") == 1)
        #expect(try database.schemaVersion(newest: 2) == 2)
    }

    @Test("a file with flipped or missing bytes never traps: it errs, or its problems are named")
    func damage() throws {
        do {
            var writer = try CampaignWriter.open(path)
            for number in 1...12 { try writer.commit(numberedBatch(number, inputBytes: 1_500)) }
        }
        let sound = try Data(contentsOf: file)
        var state: UInt64 = 5
        func draw(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var noticed = 0
        for round in 0..<60 {
            var damaged = sound
            if round % 4 == 0 {
                damaged = damaged.prefix(draw(below: damaged.count))
            } else {
                for _ in 0..<20 {
                    damaged[draw(below: damaged.count)] ^= UInt8(1 + draw(below: 255))
                }
            }
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: file.path + suffix)
            }
            try damaged.write(to: file)
            do throws(StoreError) {
                let reader = try CampaignReader.open(path)
                let problems = try reader.problems()
                if !problems.isEmpty { noticed += 1 }
                _ = try reader.corpus()
                _ = try reader.observations()
                _ = try reader.features()
            } catch {
                noticed += 1
                #expect(error.description.count < 700)
            }
        }
        #expect(noticed > 40)
    }

    @Test("a test case that is not what its id says is a problem, by name")
    func exchanged() throws {
        var writer = try CampaignWriter.open(path)
        try writer.commit(numberedBatch(1))
        try writer.commit(numberedBatch(2))
        let first = testCase(1, inputBytes: 3_000)
        try writer.reader.database.run(
            """
            UPDATE test_case SET (content, plain_size) =
                (SELECT content, plain_size FROM test_case AS other WHERE other.id <> test_case.id)
            WHERE id = ?
            """, [.text(first.id)])
        let problems = try writer.reader.problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("test case \(first.id) has another id") == true)
        let error = #expect(throws: StoreError.self) { _ = try writer.reader.testCase(first.id) }
        #expect(error?.code == .corrupt)
    }

    @Test("deflated bytes come back, and damaged ones are noticed")
    func packing() {
        for count in [0, 1, 1_024, 1_025, 100_000] {
            let plain = Bytes(repeating: 0x61, count: count)
            let packed = PackedBytes(packing: plain)
            #expect(packed.unpacked() == plain)
            #expect((packed.plainSize != nil) == (count > 1_024))
            #expect(packed.content.count <= 1_024)
        }
        let packed = PackedBytes(packing: Bytes(repeating: 0x61, count: 5_000))
        for size in [-1, 0, 1, 4_999, 5_001, Int.max] {
            #expect(PackedBytes(content: packed.content, plainSize: size).unpacked() == nil)
        }
        let cut = Bytes(packed.content.dropLast(3))
        #expect(PackedBytes(content: cut, plainSize: 5_000).unpacked() == nil)
    }
}
