import Store
import TestCases
import Testing
import Traces

@Suite("Seeds that wait and corpora made smaller")
struct SeedTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { folder.path + "/campaign" }

    @Test("a seed waits, in order, until it is executed, and is never taken in again")
    func once() throws {
        do {
            let writer = try CampaignWriter.open(path)
            #expect(try writer.enqueue([testCase(2), testCase(1), testCase(2)]) == 2)
            #expect(try writer.enqueue([testCase(1), testCase(3)]) == 1)
        }
        var writer = try CampaignWriter.open(path)
        #expect(try writer.reader.waitingSeedCount() == 3)
        let waiting = try writer.reader.waitingSeeds(behind: 0, limit: 2)
        #expect(waiting.map(\.id) == [testCase(2).id, testCase(1).id])
        let text = try #require(try writer.reader.waitingSeed(testCase(2).id))
        #expect(try TestCase(inlineText: text) == testCase(2))
        var batch = Batch()
        batch.executedSeeds = waiting.map(\.position)
        try writer.commit(batch)
        #expect(
            try writer.reader.waitingSeeds(behind: 0, limit: 9).map(\.id) == [testCase(3).id])
        #expect(try writer.reader.waitingSeed(testCase(2).id) == nil)
        #expect(try writer.enqueue([testCase(1), testCase(2)]) == 0)
    }

    @Test("what the corpus has is no seed, unless it was never confirmed")
    func known() throws {
        var writer = try CampaignWriter.open(path)
        var batch = Batch()
        batch.finds = [find(testCase(1)), find(testCase(2), isConfirmed: false)]
        try writer.commit(batch)
        #expect(try writer.enqueue([testCase(1), testCase(2)]) == 1)
    }

    @Test("of a smaller corpus nothing is lost that other rows need")
    func selection() throws {
        let cases = (1...5).map { testCase($0) }
        var writer = try CampaignWriter.open(path)
        var batch = Batch()
        batch.finds = cases.prefix(4).map { find($0) } + [find(cases[4], isConfirmed: false)]
        batch.features = [feature(cases[0]), feature(cases[1], tier: .signal)]
        batch.observations = [observation(witness: cases[2])]
        try writer.commit(batch)

        var selection = CorpusSelection()
        selection.features[cases[3].id] = [[0, 1, 255]]
        #expect(try writer.keep(selection) == 1)
        let entries = try writer.reader.corpus()
        let states = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0) })
        // Its feature has passed to the one that stays.
        #expect(states[cases[0].id] == nil)
        // The example at another tier, and the witness: for the record.
        #expect(states[cases[1].id]?.isScheduled == false)
        #expect(states[cases[2].id]?.isScheduled == false)
        #expect(states[cases[3].id]?.isScheduled == true)
        #expect(states[cases[3].id]?.keptFor.contains([0, 1, 255]) == true)
        // What was never confirmed was never in the schedule.
        #expect(states[cases[4].id] != nil)
        let natural = try writer.reader.features().first { $0.tier == .natural }
        #expect(natural?.testCase == cases[3].id)
        #expect(try writer.reader.problems().isEmpty)
        #expect(!CorpusFolder(path + "/corpus").contains(cases[0].id))
        #expect(CorpusFolder(path + "/corpus").contains(cases[2].id))
    }
}
