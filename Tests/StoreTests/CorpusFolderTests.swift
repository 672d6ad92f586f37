import Foundation
import Store
import TestCases
import Testing

@Suite("The corpus as readable files")
struct CorpusFolderTests {
    private let folder: TemporaryFolder
    private var corpus: String { folder.path + "/corpus" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    @Test("each kept test case has a folder with its text and its long byte strings")
    func files() throws {
        let kept = testCase(1, inputBytes: 2_000)
        var writer = try CampaignWriter.open(folder.path)
        var batch = Batch()
        batch.finds = [find(kept)]
        try writer.commit(batch)
        let digest = SHA256.digest(of: kept.standardInput.bytes)
        #expect(try names("\(corpus)/\(kept.id)") == [digest.hexadecimal, "test-case.txt"])
        let text = try String(
            contentsOfFile: "\(corpus)/\(kept.id)/test-case.txt", encoding: .utf8)
        #expect(text.contains("argument \"case-1\"\ninput file @\(digest) 2000\n"))
        #expect(try CorpusFolder.read("\(corpus)/\(kept.id)") == kept)
    }

    @Test("what is missing is written when the campaign is opened again")
    func completion() throws {
        do {
            var writer = try CampaignWriter.open(folder.path)
            for number in 1...3 { try writer.commit(numberedBatch(number)) }
        }
        let before = try names(corpus)
        #expect(before.count == 3)
        try FileManager.default.removeItem(atPath: "\(corpus)/\(before[0])")
        // What a writer leaves that is killed in the middle of a folder.
        try FileManager.default.moveItem(
            atPath: "\(corpus)/\(before[1])", toPath: "\(corpus)/.\(before[1])")
        _ = try CampaignWriter.open(folder.path)
        #expect(try names(corpus) == before)
    }

    @Test("files that cannot be written do not cost the find, and are written later")
    func retry() throws {
        var writer = try CampaignWriter.open(folder.path)
        try Data("in the way".utf8).write(to: URL(fileURLWithPath: corpus))
        try writer.commit(numberedBatch(1))
        let id = testCase(1, inputBytes: 3_000).id
        #expect(writer.unwritten.keys.sorted() == [id])
        #expect(try writer.reader.corpus().count == 1)
        try FileManager.default.removeItem(atPath: corpus)
        try writer.commit(Batch())
        #expect(writer.unwritten.isEmpty)
        #expect(try names(corpus) == [id])
    }

    @Test("an edited folder is read with its changes; a mistake is named with its line")
    func edited() throws {
        let path = folder.path + "/edited"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let file = URL(fileURLWithPath: path + "/test-case.txt")
        try Data("fathom-test-case 1\nargument \"-l\"\nend\n".utf8).write(to: file)
        #expect(try CorpusFolder.read(path).arguments == [bytes("-l")])
        try Data("fathom-test-case 1\nargumnt \"-l\"\nend\n".utf8).write(to: file)
        let error = #expect(throws: StoreError.self) { try CorpusFolder.read(path) }
        #expect(error?.description.contains("test-case.txt: line 2: \"argumnt\" is not") == true)
        #expect(throws: StoreError.self) { try CorpusFolder.read(path + "/missing") }
    }
}
