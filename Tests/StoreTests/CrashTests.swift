import Foundation
import Store
import TestCases
import Testing
import Traces

/// Prints a new folder's path, then commits numbered batches to it and writes a byte for each to
/// `acknowledged` there, until another thread kills the process, at most 32 ms after the first.
private func commitUntilKilled() throws {
    let path = FileManager.default.temporaryDirectory.path + "/fathom-killed-\(getpid())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try FileHandle.standardOutput.write(contentsOf: Data(path.utf8))
    // Evenly spread over the orders of magnitude, so that the first commits are hit as well.
    let microseconds = UInt32.random(in: 1...32) << UInt32.random(in: 0...10)
    var writer = try CampaignWriter.open(path)
    let acknowledged = unsafe open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    for number in 1... {
        try writer.commit(numberedBatch(number))
        unsafe _ = write(acknowledged, "x", 1)
        guard number == 1 else { continue }
        Thread.detachNewThread {
            usleep(microseconds)
            kill(getpid(), SIGKILL)
        }
    }
}

@Suite("Crashes and full disks")
struct CrashTests {
    @Test(
        "a writer killed at any moment loses nothing that was committed",
        arguments: 1...8)
    func killed(attempt: Int) async throws {
        let result = await #expect(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            try commitUntilKilled()
        }
        let output = try #require(result?.standardOutputContent)
        let start = try #require(output.firstIndex(of: UInt8(ascii: "/")))
        let path = String(decoding: output[start...], as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let acknowledged = try Data(contentsOf: URL(fileURLWithPath: path + "/acknowledged")).count
        let writer = try CampaignWriter.open(path)
        #expect(try writer.reader.problems().isEmpty)
        let saved = Int(try writer.reader.counters()["batches"] ?? 0)
        #expect((acknowledged...acknowledged + 1).contains(saved))
        #expect(acknowledged >= 1)
        #expect(try writer.reader.document("generator") == bytes("\(saved)"))
        let expected = (1...saved).map { testCase($0, inputBytes: 3_000).id }
        #expect(try writer.reader.corpus().map(\.id) == expected)
        #expect(try writer.reader.observations().first?.executions == UInt64(saved))
        #expect(try writer.reader.features().first?.hits == UInt64(saved))
        #expect(writer.unwritten.isEmpty)
        for (index, id) in expected.enumerated() {
            let read = try CorpusFolder.read("\(path)/corpus/\(id)")
            #expect(read == testCase(index + 1, inputBytes: 3_000))
        }
    }

    @Test(
        "on a full disk a batch fails with that reason, and what was committed stays",
        .enabled(if: TemporaryFileSystem.isPossible, "needs root to mount a small file system"))
    func fullDisk() throws {
        let disk = try TemporaryFileSystem(size: "1m")
        var saved = 0
        do {
            var writer = try CampaignWriter.open(disk.path)
            var failure: StoreError?
            while failure == nil, saved < 1_000 {
                do {
                    try writer.commit(numberedBatch(saved + 1, inputBytes: 20_000))
                    saved += 1
                } catch {
                    failure = error
                }
            }
            #expect(failure?.code == .diskFull)
            #expect(failure?.description.contains("make room") == true)
            #expect(saved > 3)
            #expect(try writer.reader.counters() == ["batches": Int64(saved)])
            // With room again the same writer goes on.
            try FileManager.default.removeItem(atPath: disk.path + "/corpus")
            try writer.commit(numberedBatch(saved + 1, inputBytes: 100))
            saved += 1
        }
        let reader = try CampaignReader.open(disk.path)
        #expect(try reader.problems().isEmpty)
        #expect(try reader.corpus().count == saved)
    }

    @Test(
        "a campaign on a read-only medium can be read",
        .enabled(if: TemporaryFileSystem.isPossible, "needs root to mount a small file system"))
    func readOnly() throws {
        let disk = try TemporaryFileSystem(size: "4m")
        do {
            var writer = try CampaignWriter.open(disk.path)
            try writer.commit(numberedBatch(1))
        }
        try disk.makeReadOnly()
        let reader = try CampaignReader.open(disk.path)
        #expect(try reader.counters() == ["batches": 1])
        let error = #expect(throws: StoreError.self) { _ = try CampaignWriter.open(disk.path) }
        #expect(error?.code == .system)
    }
}
