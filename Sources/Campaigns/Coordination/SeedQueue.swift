internal import Store

/// Hands the test cases from elsewhere that wait in the store to workers, each to one.
struct SeedQueue: Sendable {
    typealias Seed = CampaignReader.WaitingSeed

    /// What a worker gets at once: enough that asking costs nothing, and little to do again when
    /// it dies.
    private static let batchSeeds = 64
    private static let batchBytes = 4 << 20

    /// Those that workers have and did not report, in the order in which they were sent.
    private var sent: [[Seed]]
    /// Those that workers had when they died; each is handed out alone, to find the one that
    /// kills.
    private var suspects: [Seed] = []
    /// Whether the worker has a suspect.
    private var isTrial: [Bool]
    private var lastPosition: Int64 = 0

    init(workers: Int) {
        sent = Array(repeating: [], count: workers)
        isTrial = Array(repeating: false, count: workers)
    }

    /// The next test cases for a worker, in their inline encoding; none when none wait.
    mutating func next(
        for worker: Int, from reader: borrowing CampaignReader
    ) throws(StoreError) -> [String] {
        isTrial[worker] = false
        while let suspect = suspects.popLast() {
            guard let text = try reader.waitingSeed(suspect.id) else { continue }
            sent[worker].append(suspect)
            isTrial[worker] = true
            return [String(decoding: text, as: UTF8.self)]
        }
        var texts: [String] = []
        var bytes = 0
        for seed in try reader.waitingSeeds(behind: lastPosition, limit: Self.batchSeeds) {
            lastPosition = seed.position
            guard let text = try reader.waitingSeed(seed.id) else { continue }
            texts.append(String(decoding: text, as: UTF8.self))
            sent[worker].append(seed)
            bytes += text.count
            if bytes >= Self.batchBytes { break }
        }
        return texts
    }

    /// The worker has executed so many more; returns their positions.
    mutating func acknowledge(_ count: Int, by worker: Int) -> [Int64] {
        let executed = sent[worker].prefix(max(0, count)).map(\.position)
        sent[worker].removeFirst(executed.count)
        return executed
    }

    /// The worker has died: what it had is tried again. Returns the one that it died of, when it
    /// had no other.
    mutating func returnSeeds(of worker: Int) -> Seed? {
        let lost = sent[worker]
        sent[worker] = []
        defer { isTrial[worker] = false }
        if isTrial[worker], lost.count == 1 { return lost.first }
        suspects += lost.reversed()
        return nil
    }
}
