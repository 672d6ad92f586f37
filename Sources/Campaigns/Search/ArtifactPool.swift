internal import Foundation
internal import Mutation
internal import TestCases

/// What the target has made in executions that were worth looking at, and what is to be tried with
/// it: each artifact has follow-ups of its own, and those that lead to finds go on.
struct ArtifactPool: Sendable {
    private struct Entry {
        /// Nil for a test case that is gone on with by itself.
        let artifact: Artifact?
        let followUps: Sweep
        /// How much it promises before anything is tried.
        let weight: Double
        /// The corpus entry that made it.
        let parent: String?
        /// In bytes, about.
        let size: Int
        var next = 0
        var finds = 0
        /// What dear follow-ups have cost, in ordinary ones.
        var excess = 0.0

        /// What a further follow-up is likely to find for what it costs, as far as those before
        /// tell.
        var promise: Double {
            (weight + Self.worth * Double(finds)) / (Self.doubt + Double(next) + excess)
        }
        var isExhausted: Bool { next >= followUps.count }

        /// What a find says of those to come, beside what was promised.
        private static let worth = 4.0
        /// After so many follow-ups without a find half of what was promised is left.
        private static let doubt = 64.0
    }

    /// A follow-up, and which artifact's it is.
    struct Trial {
        let testCase: TestCase
        let parent: String?
        fileprivate let number: Int
    }

    private var entries: [Int: Entry] = [:]
    /// Numbers of entries in the order in which they were added.
    private var order: [Int] = []
    private var nextNumber = 0
    /// What all that is kept takes, about.
    private(set) var bytes = 0
    private var shapes: Set<Int> = []
    /// Command lines that have made something without showing anything novel.
    private var knownMakers: Set<[Bytes]> = []
    /// Follow-ups in a row that showed nothing new.
    private var fruitless = 0
    /// Corpus entries whose artifacts were lost by an interruption.
    private var lost: [String] = []

    private static let capacity = 128
    /// In bytes, of all together: each may have some mebibytes.
    private static let mostBytes = 24 << 20
    /// Of artifacts without a tree.
    private static let outputCapacity = 24
    private static let mostShapes = 4_096
    /// What follow-ups cost about.
    private static let ordinaryCost = 10.0
    /// One in so many test cases is a follow-up at least.
    private static let leastShare = 24

    private let mostShare: Int

    init(settings: SearchSettings = SearchSettings()) { mostShare = settings.artifactShare }

    /// One in so many test cases should be a follow-up, 0 for none: the fewer the less they show.
    var share: Int {
        guard mostShare > 0, !entries.isEmpty else { return 0 }
        return min(max(mostShare, Self.leastShare), mostShare + fruitless / 128)
    }

    /// Whether an artifact is like none before; then it is taken, once.
    ///
    /// - Parameter isByNovel: whether the execution that made it showed something novel. Else a
    ///   command line counts once: what is drawn at random is another each time.
    mutating func isNew(_ artifact: Artifact, isByNovel: Bool = true) -> Bool {
        guard shapes.count < Self.mostShapes else { return false }
        guard isByNovel || knownMakers.insert(artifact.maker.arguments).inserted else {
            return false
        }
        if !artifact.hasTree {
            let others = entries.values.count { $0.artifact.map { !$0.hasTree } ?? false }
            guard others < Self.outputCapacity else { return false }
        }
        return shapes.insert(artifact.shape).inserted
    }

    /// - Parameter isByNovel: whether the execution that made it showed something novel.
    mutating func add(
        _ artifact: Artifact, followUps: Sweep, parent: String?, isByNovel: Bool = true
    ) {
        // A tree of many parts, such as a repository, is what most can be done with; output is
        // mostly for people.
        let parts = Double(artifact.made.count)
        let weight = artifact.hasTree ? 4 + 2 * log2(1 + parts) : 1
        add(
            artifact, followUps: followUps, weight: isByNovel ? weight : weight / Self.doubtOfKnown,
            parent: parent, size: artifact.size)
    }

    /// By how much less is promised by a tree that was made without anything novel.
    private static let doubtOfKnown = 4.0

    /// Adds what a test case that was worth keeping is gone on with.
    ///
    /// - Parameter size: of the test case, in bytes.
    mutating func add(extensions: Sweep, of entry: String?, importance: Double, size: Int) {
        add(nil, followUps: extensions, weight: importance / 4, parent: entry, size: size)
    }

    private mutating func add(
        _ artifact: Artifact?, followUps: Sweep, weight: Double, parent: String?, size: Int
    ) {
        guard followUps.count > 0, size <= Self.mostBytes else { return }
        while entries.count >= Self.capacity || bytes + size > Self.mostBytes {
            let least = order.min { (entries[$0]?.promise ?? 0) < (entries[$1]?.promise ?? 0) }
            guard let least else { return }
            bytes -= entries.removeValue(forKey: least)?.size ?? 0
            order.removeAll { $0 == least }
        }
        bytes += size
        entries[nextNumber] = Entry(
            artifact: artifact, followUps: followUps, weight: weight, parent: parent, size: size)
        order.append(nextNumber)
        nextNumber += 1
    }

    /// The next follow-up of the artifact that promises most, the newest of those alike.
    mutating func takeTrial(given usage: OptionUsage) -> Trial? {
        while true {
            var best: (number: Int, promise: Double)?
            for number in order.reversed() {
                guard let entry = entries[number], !entry.isExhausted else { continue }
                if entry.promise > best?.promise ?? 0 { best = (number, entry.promise) }
            }
            guard let number = best?.number, var entry = entries[number] else { return nil }
            var testCase: TestCase?
            while testCase == nil, !entry.isExhausted {
                testCase = entry.followUps.testCase(at: entry.next, given: usage)
                entry.next += 1
            }
            entries[number] = entry
            if let testCase {
                fruitless += 1
                return Trial(testCase: testCase, parent: entry.parent, number: number)
            }
        }
    }

    /// - Parameter cost: of the execution, see ``Fuzzer/cost(of:_:)``.
    mutating func note(cost: Double, of trial: Trial) {
        entries[trial.number]?.excess += max(0, cost / Self.ordinaryCost - 1)
    }

    mutating func noteFind(of trial: Trial) {
        fruitless = 0
        entries[trial.number]?.finds += 1
    }

    /// What the mutator may begin test cases with.
    func any(using generator: inout SeededGenerator) -> Artifact? {
        generator.element(of: order).flatMap { entries[$0]?.artifact ?? nil }
    }

    /// Says that a corpus entry was kept before an interruption.
    mutating func noteLost(of entry: String) { lost.append(entry) }

    /// A corpus entry to be executed for what it leaves.
    mutating func takeLost() -> String? { lost.popLast() }
}
