internal import Foundation
internal import Mutation
internal import TestCases
internal import Traces

/// What the target makes, and what it advises, as a source of test cases.
extension Fuzzer {
    /// Test cases that an artifact's tree is tried with, at most.
    private static let mostOthers = 48
    /// One in so many test cases has a corpus entry from before an interruption executed for what it
    /// leaves.
    private static let samplesOfLost = 8

    /// A start of a server takes as long as so many sessions.
    private static let dearthOfStarts = 24

    /// Takes what the execution has left, which was the last one, if it is worth anything.
    ///
    /// - Parameters:
    ///   - origin: the test case that was advised to do what this one does.
    ///   - isNovel: whether the execution showed something novel.
    mutating func collect(
        from testCase: TestCase, parent: String?, origin: TestCase? = nil, isNovel: Bool = true
    ) {
        guard settings.artifactShare > 0 else { return }
        let left = executor.left()
        guard
            let artifact = Artifact(
                of: testCase, files: left.files,
                // What is said to clients is no file.
                output: testCase.sessions.isEmpty ? left.output : []),
            isNovel || artifact.hasTree, artifacts.isNew(artifact, isByNovel: isNovel)
        else { return }
        if isNovel {
            for word in artifact.words {
                mutator.vocabulary.insert(token: word, from: .comparison)
            }
        } else {
            // What was done may not be done a second time in the same way.
            var again = testCase
            again.files = artifact.files
            advised.append((testCase: again, origin: nil))
        }
        var others = (origin.map { [$0] } ?? []) + corpus.recentCommandLines(Self.mostOthers)
        others.removeAll { $0.provocation != .natural }
        artifacts.add(
            artifact,
            followUps: mutator.followUps(of: artifact, base: base, origin: origin, others: others),
            parent: parent, isByNovel: isNovel)
    }

    /// Whether what an execution has left is worth looking at: it showed something novel, was
    /// advised, or did what it was to do with what the target had made before. Much is done in steps
    /// of which not every one makes a call that no other made.
    func isWorthCollecting(
        _ next: Candidate, _ execution: TargetExecutor.Execution, isNovel: Bool
    ) -> Bool {
        // A server that is up is still at work in its tree.
        guard !base.isVisited else { return false }
        return isNovel || next.origin != nil
            || (next.trial != nil && execution.ending.status == 0)
    }

    /// Has each option tried with a test case that showed a new call: what a program does is
    /// mostly asked for by several.
    mutating func extend(_ testCase: TestCase, keptFor kind: Feature.Kind, as entry: String) {
        // The first pass tries all options with the base.
        guard settings.artifactShare > 0, kind <= .site, !base.isVisited,
            testCase.provocation == .natural, testCase.arguments != base.arguments
        else { return }
        // What does much may do more: as with a tree, the more the longer it is gone on with.
        let isOfCalls = kind == .syscall && novelCalls > 0
        artifacts.add(
            extensions: mutator.extensions(of: testCase), of: entry,
            importance: isOfCalls
                ? kind.importance * (2 + 2 * log2(Double(1 + novelCalls))) : kind.importance,
            size: testCase.size)
    }

    /// Tries what a complaint about the test case advises.
    mutating func heed(_ complaint: Bytes, about testCase: TestCase) {
        guard !complaint.isEmpty, settings.artifactShare > 0, testCase.sessions.isEmpty else {
            return
        }
        guard let taken = advice.take(complaint, about: testCase, by: mutator) else { return }
        for child in taken.children { advised.append((testCase: child, origin: testCase)) }
        for child in taken.about {
            advised.append((testCase: child, origin: testCase))
            artifacts.add(
                extensions: mutator.extensions(of: child), of: nil,
                importance: Feature.Kind.syscall.importance, size: child.size)
        }
    }

    /// What was advised, or a follow-up of what the target has made; nil when neither is due.
    mutating func nextOfArtifacts() -> Candidate? {
        if let (testCase, origin) = advised.popLast() {
            return Candidate(testCase: testCase, origin: origin)
        }
        // A server has to be started for each.
        let dearth = base.isVisited ? Self.dearthOfStarts : 1
        guard artifacts.share > 0, generator.chance(1, in: artifacts.share * dearth),
            let trial = artifacts.takeTrial(given: mutator.usage)
        else { return nil }
        return Candidate(testCase: trial.testCase, parent: trial.parent, trial: trial)
    }

    /// Executes corpus entries from before an interruption for what they leave.
    mutating func collectLost() throws {
        guard settings.artifactShare > 0, executions % UInt64(Self.samplesOfLost) == 0,
            let id = artifacts.takeLost(), let entry = corpus.entry(id), entry.cost < Self.dearCost
        else { return }
        _ = try executor.explore(entry.testCase)
        collect(from: entry.testCase, parent: id)
    }
}

/// Which advice of the target was taken.
struct AdviceTaken: Sendable {
    private let program: Bytes
    private var heard: Set<Int> = []
    private var counts: [[Bytes]: Int] = [:]
    /// Options that complaints have spoken of, with how often.
    private var spoken: [Bytes: Int] = [:]

    /// A program can complain in ever other words.
    private static let mostHeard = 8_192
    /// The same command line may help in several places.
    private static let mostOfOne = 6
    /// All other options are tried with each.
    private static let mostOfSpoken = 3

    /// - Parameter program: its path.
    init(of program: String) {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        self.program = Bytes(name.utf8)
    }

    /// The test cases that the complaint about one leads to, and those with an option that is about
    /// what it speaks of, each such option once; nil for one that was heard before.
    mutating func take(
        _ complaint: Bytes, about testCase: TestCase, by mutator: Mutator
    ) -> (children: [TestCase], about: [TestCase])? {
        var hasher = Hasher()
        hasher.combine(complaint)
        hasher.combine(testCase.files.count)
        guard heard.count < Self.mostHeard, heard.insert(hasher.finalize()).inserted else {
            return nil
        }
        let advice = Advice(in: complaint, of: program)
        let about = mutator.children(of: testCase, about: advice).filter { child in
            let option = child.arguments.first { !testCase.arguments.contains($0) } ?? []
            spoken[option, default: 0] += 1
            return spoken[option, default: 0] <= Self.mostOfSpoken
        }
        let children = mutator.children(of: testCase, advised: advice).filter { child in
            let key =
                advice.commandLines.contains(child.arguments)
                ? child.arguments : [child.arguments.first ?? []]
            counts[key, default: 0] += 1
            return counts[key, default: 0] <= Self.mostOfOne
        }
        return (children, about)
    }
}
