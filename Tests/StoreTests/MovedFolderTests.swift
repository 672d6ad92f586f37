import Foundation
import TestCases
import Testing

@testable import Store

/// A campaign's folder that is moved or removed while it is written to.
@Suite struct MovedFolderTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/a" }

    init() throws { folder = try TemporaryFolder() }

    private func batch(_ value: Int64) -> Batch {
        var batch = Batch()
        batch.counters["executions"] = value
        return batch
    }

    @Test("a folder that is moved is missed, and keeps what is saved all the same")
    func moved() throws {
        var writer = try CampaignWriter.open(path)
        try writer.commit(batch(1))
        let before = writer.loss
        #expect(before == nil)
        try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/b")
        // Another in its place is not the same.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        let loss = writer.loss?.description
        #expect(loss?.contains("moved to \(folder.path)/b") == true)
        try writer.commit(batch(2))
        #expect(try CampaignReader.open(folder.path + "/b").counters() == ["executions": 2])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
    }

    @Test("a folder that is removed is missed")
    func removed() throws {
        var writer = try CampaignWriter.open(path)
        try writer.commit(batch(1))
        try FileManager.default.removeItem(atPath: path)
        let reason = writer.loss?.reason
        #expect(reason?.contains("removed") == true)
    }

    @Test("counts that nobody has counted are bounded, so that sums of them fit")
    func counts() throws {
        let writer = try CampaignWriter.open(path)
        try writer.reader.database.run(
            """
            INSERT INTO counter(name, value)
            VALUES ('a', 9223372036854775807), ('b', -1), ('c', -9223372036854775807)
            """)
        let most = Int64(StoredCount.most)
        #expect(try writer.reader.counters() == ["a": most, "b": 0, "c": 0])
        try writer.reader.database.run(
            """
            INSERT INTO sample VALUES (9e999, 9223372036854775807, -1, 9223372036854775807,
                9223372036854775807, 9223372036854775807, 9223372036854775807)
            """)
        let sample = try #require(try writer.reader.samples().first)
        #expect(sample.seconds == StoredCount.mostSeconds)
        #expect(sample.executions == StoredCount.most)
        #expect(sample.syscalls.values.reduce(0, +) == 4 << 53)
    }
}
