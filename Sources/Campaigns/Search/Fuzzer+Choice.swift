internal import Mutation
internal import TestCases

/// What is executed next.
extension Fuzzer {
    /// A test case to execute, and the corpus entry that it was made from.
    struct Candidate {
        var testCase: TestCase
        var parent: String?
        /// What it differs from the parent in.
        var changed: Set<Dimension> = []
        var isSeed = false
        /// Which part of the search made it, where these are weighed.
        var part: SweepShare.Part?
        /// Whether it passes a comparison that another did not.
        var isProposal = false
        /// Whether it depends on nothing that was found.
        var isFresh = false
        /// Whether its sequences, sites and results are looked at even if every call is known.
        var isTracedInFull = true
        var isQueuedSeed = false
        /// Where it stands in the sweep's first pass, if it does.
        var firstPassIndex: Int?
        /// Whether it computed until it was ended, when it was tried first.
        var isLong = false
        /// What of the target's own making it begins with.
        var trial: ArtifactPool.Trial?
        /// The test case whose complaint advised this one.
        var origin: TestCase?
    }

    /// Of a hundred test cases of a server, so many at most have it started in another way.
    private static let mostSweepOfServer = 10

    /// One in so many children may have parts of a tree that the target has made.
    private static let samplesOfArtifacts = 8

    /// Has the target compare the test case, and queues what passes comparisons that it does not.
    mutating func learn(from testCase: TestCase, parent: String?) throws {
        let former = executor.work.turnFromSearch(to: .comparisons)
        defer { executor.work.turn(to: former) }
        guard let insight = try executor.insight(into: testCase) else { return }
        lessons.learn(
            insight.captures, of: testCase, parent: parent, base: base,
            vocabulary: &mutator.vocabulary)
    }

    /// One in so many test cases has an entry of the corpus looked at for how near it comes to a
    /// goal: entries are far fewer than test cases.
    static let samplesOfDirection = 4

    /// Looks how near an entry of the corpus comes to what was never reached.
    mutating func direct() throws {
        guard direction.hasGoals, sweepIndex >= sweep.firstPass else { return }
        if !isDirected {
            isDirected = true
            executor.watch(direction.landmarks, comparing: direction.nearestFunctions)
        }
        guard let id = direction.takeUnseen(), let entry = corpus.entry(id),
            entry.cost < Self.dearCost, let insight = try executor.insight(into: entry.testCase)
        else { return }
        direction.note(insight.entered, of: id)
    }

    mutating func nextTestCase() -> Candidate {
        if let adopted = incoming.popLast() { return Candidate(testCase: adopted) }
        if seedIndex < seeds.count {
            seedIndex += 1
            return Candidate(testCase: seeds[seedIndex - 1], isSeed: true)
        }
        if queuedSeedIndex < queuedSeeds.count {
            queuedSeedIndex += 1
            return Candidate(testCase: queuedSeeds[queuedSeedIndex - 1], isQueuedSeed: true)
        }
        // What needs a server of its own, where others do with one that is up.
        let mayStart = !executor.hasStandingServer || shares.admits(.starts)
        // Not behind the first pass, which has many options of little use where one has made a tree.
        if mayStart, let candidate = nextOfArtifacts() { return candidate }
        if sweepIndex < sweep.firstPass, base.isVisited || firstPassDebt.isTolerable,
            let testCase = nextOfSweep(mayStart: mayStart)
        {
            return Candidate(testCase: testCase, firstPassIndex: sweepIndex - 1)
        }
        if mayStart, sweepIndex >= sweep.firstPass, let (testCase, isLong) = takePostponed() {
            return Candidate(testCase: testCase, part: .sweep, isLong: isLong)
        }
        if lessons.share > 0, generator.chance(1, in: lessons.share),
            let proposal = lessons.takeProposal()
        {
            return Candidate(
                testCase: proposal.testCase, parent: proposal.parent, isProposal: true)
        }
        let draw = generator.below(100)
        // How a server is started matters less than what it is told.
        let isBounded = base.isVisited && !executor.hasStandingServer
        let most = isBounded ? Self.mostSweepOfServer : 100
        if draw < min(sweepShare.percentage, most),
            let testCase = nextOfSweep(mayStart: mayStart)
        {
            return Candidate(testCase: testCase, part: .sweep)
        }
        if draw >= 100 - settings.freshShare || corpus.isEmpty {
            let fresh = freshMutator.generate(base: base, weights: weights, using: &generator)
            return Candidate(testCase: mayStart ? fresh : said(in: fresh), isFresh: true)
        }
        guard let parent = pickParent() else { return Candidate(testCase: base) }
        var child = makeChild(of: parent.testCase)
        if !mayStart, !executor.isForStandingServer(child) {
            child = said(in: child)
            if child.sessions == parent.testCase.sessions {
                let other = corpus.any(using: &generator)
                child = mutator.mutate(
                    child, with: other, weights: Self.sessionWeights, using: &generator)
            }
        }
        // Dear, and the sweep has tried all that leads to it by itself.
        if executor.startsAnew(child), !executor.startsAnew(parent.testCase),
            settings.anewShare > 0, !generator.chance(1, in: settings.anewShare)
        {
            child = makeChild(of: parent.testCase)
        }
        let isSampled = generator.below(max(1, settings.sampledShare)) == 0
        return Candidate(
            testCase: child, parent: parent.id,
            changed: Dimension.changed(from: parent.testCase, to: child), part: .mutation,
            isTracedInFull: isSampled || parent.picks < UInt64(settings.promisingPicks))
    }

    private static let sessionWeights = {
        var weights = DimensionWeights()
        weights[.sessions] = 1
        return weights
    }()

    /// What a test case says to a server, for one that is up.
    private func said(in testCase: TestCase) -> TestCase {
        var said = base
        said.sessions = testCase.sessions.map { session in
            var session = session
            session.steps.removeAll {
                switch $0 {
                case .signal, .notify: true
                default: false
                }
            }
            return session
        }
        return said
    }

    private mutating func makeChild(of parent: TestCase) -> TestCase {
        var other = corpus.any(using: &generator)
        // A tree that the target has made is spliced as one of another test case.
        if artifacts.share > 0, generator.chance(1, in: Self.samplesOfArtifacts),
            let artifact = artifacts.any(using: &generator)
        {
            other?.files = artifact.files
        }
        return mutator.mutate(
            parent, with: other, weights: schedule.weights(using: &generator), using: &generator)
    }

    private mutating func pickParent() -> Corpus.Entry? {
        if isDirected, settings.directedShare > 0,
            generator.chance(1, in: settings.directedShare),
            let id = direction.nextParent(using: &generator), let entry = corpus.entry(id)
        {
            return entry
        }
        return corpus.pick(coverage, using: &generator)
    }

    /// Nil, besides at the end, where the next one needs what it may not have yet.
    private mutating func nextOfSweep(mayStart: Bool) -> TestCase? {
        guard mayStart || waitingSweepIndex != sweepIndex else { return nil }
        if mayStart, sweepIndex >= sweep.firstPass, let options = mutator.usage.takeSuspects() {
            return mutator.testCase(with: options, base: base)
        }
        while sweepIndex < sweep.count {
            sweepIndex += 1
            guard let testCase = sweep.testCase(at: sweepIndex - 1, given: mutator.usage) else {
                continue
            }
            guard mayStart || executor.isForStandingServer(testCase) else {
                sweepIndex -= 1
                waitingSweepIndex = sweepIndex
                return nil
            }
            return testCase
        }
        return nil
    }
}
