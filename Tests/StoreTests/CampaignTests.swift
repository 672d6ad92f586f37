import Foundation
import Store
import Syscalls
import TestCases
import Testing
import Traces

@Suite("A campaign's folder")
struct CampaignTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { folder.path + "/diff.campaign" }

    @Test("everything that was saved is there when it is opened again")
    func roundTrip() throws {
        let small = testCase(1)
        let large = testCase(2, inputBytes: 5_000)
        var batch = Batch()
        batch.facts = ["target": "/usr/bin/diff", "seed": "18446744073709551615"]
        batch.counters = ["executions": 12, "lost": Int64(StoredCount.most)]
        batch.documents = ["harness": Bytes(repeating: 0x61, count: 9_000), "state": [0, 255]]
        batch.finds = [
            Batch.Find(
                small, parent: "p", foundAtExecution: 3, foundAtSeconds: 0.5,
                keptFor: [[0, 2], [1]], isConfirmed: true, trace: Bytes(repeating: 7, count: 4_000)),
            find(large, execution: 2, isConfirmed: false),
        ]
        batch.features = [feature(small), feature(large, tier: .injected, hits: StoredCount.most)]
        batch.observations = [observation(witness: small, sites: [1, .max])]
        batch.sample = Sample(
            seconds: 1.5, executions: 12, corpus: 2, syscalls: [.natural: 30, .signal: 2])
        do {
            var writer = try CampaignWriter.open(path)
            try writer.commit(batch)
            #expect(writer.unwritten.isEmpty)
        }
        let reader = try CampaignReader.open(path)
        #expect(try reader.facts() == batch.facts)
        #expect(try reader.counters() == batch.counters)
        #expect(try reader.document("harness") == batch.documents["harness"])
        #expect(try reader.document("state") == [0, 255])
        #expect(try reader.document("other") == nil)
        #expect(try reader.corpus() == [batch.finds[1].entry, batch.finds[0].entry])
        #expect(try reader.testCase(small.id) == small)
        #expect(try reader.testCase(large.id) == large)
        #expect(try reader.testCase("none") == nil)
        #expect(try reader.trace(of: small.id) == batch.finds[0].trace)
        #expect(try reader.trace(of: large.id) == nil)
        #expect(Set(try reader.features()) == Set(batch.features))
        #expect(try reader.observations() == batch.observations)
        let sample = try #require(try reader.samples().first)
        #expect(sample.syscalls == [.natural: 30, .resource: 0, .signal: 2, .injected: 0])
        #expect(try reader.problems().isEmpty)
    }

    @Test("the static set comes back as it was")
    func staticSet() throws {
        let number = SyscallNumber.clone3
        let set = StaticSet(
            binary: "/usr/bin/diff", convention: .wholeProcess,
            entries: [
                .init(
                    number: number, sites: [CallSite(module: "/lib/libc.so.6", offset: 5)],
                    chain: [.init(module: "/usr/bin/diff", function: "main", link: .root)])
            ], modules: ["/usr/bin/diff"], unresolved: [], assumptions: [])
        let writer = try CampaignWriter.open(path)
        #expect(try writer.reader.staticSet() == nil)
        try writer.save(set)
        #expect(try CampaignReader.open(path).staticSet() == set)
    }

    @Test("counters go on from where they were, and hits and executions add up")
    func resuming() throws {
        for number in 1...3 {
            var writer = try CampaignWriter.open(path)
            #expect(
                try writer.reader.counters()["batches"] == (number == 1 ? nil : Int64(number - 1)))
            try writer.commit(numberedBatch(number))
        }
        let reader = try CampaignReader.open(path)
        #expect(try reader.features().map(\.hits) == [3])
        #expect(try reader.features().map(\.testCase) == [testCase(1, inputBytes: 3_000).id])
        let observation = try #require(try reader.observations().first)
        #expect(observation.executions == 3)
        #expect(observation.sites.map(\.offset) == [1, 2, 3])
        #expect(try reader.document("generator") == bytes("3"))
    }

    @Test("the witness is the smallest, but a stable one before any that is not")
    func witness() throws {
        let (large, middle, small) = (
            testCase(1, inputBytes: 90), testCase(2, inputBytes: 50), testCase(3)
        )
        var batch = Batch()
        batch.finds = [find(large), find(middle), find(small)]
        var writer = try CampaignWriter.open(path)
        try writer.commit(batch)
        func merged(_ next: Observation) throws -> Observation? {
            var batch = Batch()
            batch.observations = [next]
            try writer.commit(batch)
            return try writer.reader.observations().first
        }
        #expect(try merged(observation(witness: middle, isStable: false))?.witness == middle.id)
        #expect(try merged(observation(witness: small, isStable: false))?.witness == small.id)
        #expect(try merged(observation(witness: large, firstExecution: 5))?.witness == large.id)
        #expect(try merged(observation(witness: small, isStable: false))?.witness == large.id)
        let last = try merged(observation(witness: middle, firstExecution: 7))
        #expect(last?.witness == middle.id)
        #expect(last?.firstExecution == 5)
        #expect(last?.firstSeconds == 5)
        #expect(last?.isStable == true)
        #expect(last?.executions == 5)
        try writer.replaceObservations(with: [observation(witness: large, sites: [])])
        #expect(try writer.reader.observations().map(\.witness) == [large.id])
        #expect(try writer.reader.observations().first?.sites == [])
    }

    @Test("a batch that refers to an unknown test case is refused as a whole")
    func atomicity() throws {
        var writer = try CampaignWriter.open(path)
        try writer.commit(numberedBatch(1))
        var batch = numberedBatch(2)
        batch.features.append(feature(testCase(99), tier: .signal))
        let error = #expect(throws: StoreError.self) { try writer.commit(batch) }
        #expect(error?.code == .unknownTestCase)
        #expect(try writer.reader.counters() == ["batches": 1])
        #expect(try writer.reader.corpus().count == 1)
        try writer.commit(numberedBatch(2))
        #expect(try writer.reader.counters() == ["batches": 2])
    }

    @Test("a test case that is found again keeps its place and may become confirmed")
    func confirmation() throws {
        var writer = try CampaignWriter.open(path)
        var batch = Batch()
        batch.finds = [find(testCase(1), execution: 4, isConfirmed: false)]
        try writer.commit(batch)
        batch.finds = [find(testCase(1), execution: 8, isConfirmed: true)]
        try writer.commit(batch)
        let corpus = try writer.reader.corpus()
        #expect(corpus.map(\.foundAtExecution) == [4])
        #expect(corpus.map(\.isConfirmed) == [true])
    }

    @Test("the tier of a test case is that of its strongest provocation")
    func tiers() {
        for provocation in Provocation.allCases {
            #expect(Tier(provocation).name == "\(provocation)")
        }
    }

    @Test("however many samples are taken, few are kept, from the first to the last")
    func samples() throws {
        var writer = try CampaignWriter.open(path)
        for second in 0..<(Sample.capacity * 2 + 500) {
            var batch = Batch()
            batch.sample = Sample(
                seconds: Double(second), executions: UInt64(second), corpus: 1, syscalls: [:])
            try writer.commit(batch)
        }
        let kept = try writer.reader.samples()
        #expect((Sample.capacity / 2...Sample.capacity).contains(kept.count))
        #expect(kept.first?.seconds == 0)
        #expect(kept.last?.seconds == Double(Sample.capacity * 2 + 499))
        let gaps = zip(kept, kept.dropFirst()).map { $1.seconds - $0.seconds }
        #expect(gaps.allSatisfy { $0 <= 8 })
    }

    @Test("readers see what is saved while the writer goes on, and one state in a snapshot")
    func readers() throws {
        var writer = try CampaignWriter.open(path)
        try writer.commit(numberedBatch(1))
        let reader = try CampaignReader.open(path)
        #expect(try reader.counters() == ["batches": 1])
        let inside = try reader.snapshot { () throws(StoreError) -> [Int64?] in
            let before = try reader.counters()["batches"]
            try writer.commit(numberedBatch(2))
            return [before, try reader.counters()["batches"]]
        }
        #expect(inside == [1, 1])
        #expect(try reader.counters() == ["batches": 2])
    }

    @Test("a second owner is refused with the process id of the first")
    func ownership() throws {
        do {
            var writer = try CampaignWriter.open(path)
            let error = #expect(throws: StoreError.self) { _ = try CampaignWriter.open(path) }
            #expect(error?.code == .owned(by: getpid()))
            #expect(error?.description.contains("process \(getpid()) is writing to it") == true)
            #expect(CampaignReader.owner(of: path) == getpid())
            try writer.commit(numberedBatch(1))
        }
        #expect(CampaignReader.owner(of: path) == nil)
        // What a killed owner leaves: its number, and no lock.
        try Data("2147483646\n".utf8).write(to: URL(fileURLWithPath: path + "/owner.lock"))
        #expect(CampaignReader.owner(of: path) == nil)
        let writer = try CampaignWriter.open(path)
        #expect(try writer.reader.counters() == ["batches": 1])
    }

    @Test("a folder without a campaign is no campaign")
    func missing() throws {
        let error = #expect(throws: StoreError.self) { _ = try CampaignReader.open(path) }
        #expect(error?.code == .missing)
        #expect(error?.description.contains("there is no campaign.db in it") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
