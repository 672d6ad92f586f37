import Platform
import Synchronization
import Testing

@testable import Extraction

@Suite("work on all processors")
struct ParallelTests {
    @Test("results are in the order of the pieces, whoever does them")
    func order() {
        #expect(Parallel.map(1000) { $0 * $0 } == (0..<1000).map { $0 * $0 })
        #expect(Parallel.map(0) { $0 }.isEmpty)
    }

    @Test("pieces that divide their own work come to an end")
    func nesting() {
        let sums = Parallel.map(20) { outer in
            Parallel.map(20) { middle in
                Parallel.map(20) { outer * middle * $0 }.reduce(0, +)
            }.reduce(0, +)
        }
        #expect(sums == (0..<20).map { $0 * 190 * 190 })
    }

    @Test("a value that is worked out ahead of time is worked out once, whoever asks")
    func once() {
        for _ in 0..<200 {
            let count = Atomic(0)
            let value = AheadOfTimeWork().begin {
                count.wrappingAdd(1, ordering: .relaxed).newValue
            }
            #expect(Parallel.map(4) { _ in value.value } == [1, 1, 1, 1])
        }
    }

    @Test("nothing is worked out ahead of time any more once the work has ended")
    func end() {
        let late = Atomic(0)
        for _ in 0..<200 {
            let work = AheadOfTimeWork()
            let isEnded = Atomic(false)
            for _ in 0..<8 {
                _ = work.begin {
                    // What is begun on account of it ends with it.
                    _ = work.begin {
                        if isEnded.load(ordering: .acquiring) { late.add(1, ordering: .relaxed) }
                    }
                    if isEnded.load(ordering: .acquiring) { late.add(1, ordering: .relaxed) }
                }
            }
            work.end()
            isEnded.store(true, ordering: .releasing)
        }
        #expect(late.load(ordering: .relaxed) == 0)
    }

    @Test("a library that is decoded in parts has the same summary as one that is not")
    func parts() throws {
        let file = try ElfFile.read("/lib/x86_64-linux-gnu/libc.so.6")
        let summaries = try [Int.max, 192 << 10, 4096].map { size in
            var limits = SummaryLimits(codeSize: 2 << 20)
            limits.partSize = size
            var entry = EntryWriter()
            try Summary(of: file, limits: limits).write(to: &entry)
            return entry.bytes
        }
        #expect(summaries[0].count > 100_000)
        #expect(summaries[0] == summaries[1])
        #expect(summaries[0] == summaries[2])
    }

    @Test("blocks come in the order of addresses, also those that are added later")
    func blocks() {
        var pending = PendingBlocks(count: 200)
        for position in [130, 3, 200, 64] { pending.insert(position) }
        #expect(pending.popFirst() == 3)
        #expect(pending.popFirst() == 64)
        pending.insert(1)
        pending.insert(130)
        #expect(pending.popFirst() == 1)
        #expect(pending.popFirst() == 130)
        #expect(pending.popFirst() == 200)
        #expect(pending.popFirst() == nil)
    }
}
