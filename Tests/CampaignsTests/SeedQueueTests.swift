import Store
import TestCases
import Testing

@testable import Campaigns

@Suite("Handing seeds out")
struct SeedQueueTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    private func seed(_ number: Int) -> TestCase {
        var testCase = TestCase()
        testCase.arguments = [Bytes("\(number)".utf8)]
        return testCase
    }

    @Test("each goes to one worker, and counts when that one has executed it")
    func workers() throws {
        let writer = try CampaignWriter.open(folder.path + "/c")
        #expect(try writer.enqueue((0..<100).map(seed)) == 100)
        var queue = SeedQueue(workers: 2)
        let first = try queue.next(for: 0, from: writer.reader)
        let second = try queue.next(for: 1, from: writer.reader)
        #expect(first.count + second.count == 100)
        #expect(Set(first + second).count == 100)
        #expect(queue.acknowledge(2, by: 1).count == 2)
        #expect(queue.acknowledge(1_000, by: 1).count == second.count - 2)
        #expect(queue.acknowledge(3, by: 1).isEmpty)
        #expect(try queue.next(for: 1, from: writer.reader).isEmpty)
    }

    @Test("the one that kills its worker is found, and only that one is given up")
    func suspects() throws {
        let writer = try CampaignWriter.open(folder.path + "/c")
        #expect(try writer.enqueue((0..<10).map(seed)) == 10)
        let deadly = String(decoding: seed(6).inlineText(), as: UTF8.self)
        var queue = SeedQueue(workers: 1)
        var executed: Set<String> = []
        var given: [String] = []
        for _ in 0..<30 {
            let batch = try queue.next(for: 0, from: writer.reader)
            if batch.contains(deadly) {
                if let culprit = queue.returnSeeds(of: 0) { given.append(culprit.id) }
            } else {
                executed.formUnion(batch)
                _ = queue.acknowledge(batch.count, by: 0)
            }
        }
        #expect(executed.count == 9)
        #expect(given == [seed(6).id])
    }
}
