internal import CLinux
internal import Contact
internal import Extraction
internal import Foundation
internal import Mutation
internal import Platform
internal import Sandboxing
internal import Store
internal import Syscalls
internal import TestCases
internal import Traces

/// The campaign's books: what was found since the last commit, and the totals.
struct Ledger: ~Copyable {
    var writer: CampaignWriter
    var batch = Batch()
    private var known: Set<String> = []
    /// By the key of "this call in this phase": the observations that counts are added to.
    private var subjects: [Tally.Subject: Observation] = [:]
    /// The phase that such a key is of.
    private var phases: [UInt64: String] = [:]
    private(set) var convergence = Convergence()
    var progress = CampaignProgress()
    private var stops: [String: UInt64] = [:]
    private var rate = RateMeter()
    /// Files that the target was seen to map for execution.
    private var mapped: Set<String> = []
    /// Functions that the target was seen to enter.
    private var entered: Set<CallSite> = []
    /// Test cases that were made towards calls that were never seen, by number.
    private var tries: [UInt32: UInt64] = [:]
    /// See ``CampaignRecord/claims``.
    private var claims: [UInt32: UInt64] = [:]

    /// Opens or makes the folder; refuses one that belongs to another target.
    static func open(
        _ request: CampaignRequest, facts: TargetFacts, setup: WorkerSetup
    ) throws -> Ledger {
        var writer = try CampaignWriter.open(request.folder)
        let stored = try writer.reader.facts()
        if let hash = stored[CampaignKeys.hash], hash != facts.sha256 {
            throw TargetError(
                "cannot resume \(request.folder): it ran another build of "
                    + "\(stored[CampaignKeys.path] ?? "its target"); choose a new folder with "
                    + "--campaign")
        }
        if let hash = stored[CampaignKeys.scriptHash], hash != facts.script?.sha256 {
            throw TargetError(
                "cannot resume \(request.folder): \(stored[CampaignKeys.script] ?? "its script") "
                    + "is not what it was then; choose a new folder with --campaign")
        }
        if let document = try writer.reader.document(CampaignKeys.setup),
            let earlier = try? JSONDecoder().decode(WorkerSetup.self, from: Data(document)),
            let difference = setup.plan.difference(from: earlier.plan)
                ?? (earlier.prefix == setup.prefix
                    ? nil : "\(earlier.prefix?.count ?? 0) fixed words in its command line")
        {
            throw TargetError(
                "cannot resume \(request.folder): its target ran with \(difference); choose a new "
                    + "folder with --campaign")
        }
        var batch = Batch()
        batch.facts = [
            CampaignKeys.name: request.harness.name, CampaignKeys.path: facts.path,
            CampaignKeys.hash: facts.sha256, CampaignKeys.kernel: facts.kernel,
            CampaignKeys.library: facts.library,
        ]
        if let script = facts.script {
            batch.facts[CampaignKeys.script] = script.path
            batch.facts[CampaignKeys.scriptHash] = script.sha256
        }
        batch.documents[CampaignKeys.setup] = Bytes(try JSONEncoder().encode(setup))
        try writer.commit(batch)
        return try Ledger(writer: writer)
    }

    private init(writer: consuming CampaignWriter) throws {
        self.writer = writer
        let counters = try self.writer.reader.counters()
        progress.executions = UInt64(clamping: counters[CampaignKeys.executions] ?? 0)
        progress.seconds = Double(counters[CampaignKeys.milliseconds] ?? 0) / 1000
        stops = CampaignKeys.stops(in: counters)
        let corpus = try self.writer.reader.corpus()
        known = Set(corpus.map(\.id))
        if let document = try self.writer.reader.document(CampaignKeys.mapped) {
            mapped = Set((try? JSONDecoder().decode([String].self, from: Data(document))) ?? [])
        }
        if let document = try self.writer.reader.document(CampaignKeys.convergence) {
            convergence =
                (try? JSONDecoder().decode(Convergence.self, from: Data(document)))
                ?? Convergence()
        }
        if let document = try self.writer.reader.document(CampaignKeys.entered) {
            entered = Set((try? JSONDecoder().decode([CallSite].self, from: Data(document))) ?? [])
        }
        tries = CampaignKeys.counts(in: try self.writer.reader.document(CampaignKeys.tries))
        claims = CampaignKeys.counts(in: try self.writer.reader.document(CampaignKeys.claims))
        progress.corpus = corpus.count { $0.isConfirmed && $0.isScheduled }
        for observation in try self.writer.reader.observations() { remember(observation) }
    }

    // MARK: Taking in

    /// Enters a find; returns the observations that show a call of the target for the first time.
    mutating func record(_ find: Find, testCase: TestCase) -> [Observation] {
        let execution = progress.executions + find.execution
        if known.insert(find.id).inserted {
            batch.finds.append(
                Batch.Find(
                    testCase, parent: find.parent, foundAtExecution: execution,
                    foundAtSeconds: progress.seconds,
                    keptFor: find.novelties.map { Self.bytes($0.key) }, isConfirmed: find.isKept,
                    trace: KeptTraces.encode(find.traces)))
            if find.isKept { progress.corpus += 1 }
        }
        for novelty in find.novelties {
            batch.features.append(
                FoundFeature(
                    key: Self.bytes(novelty.key), tier: find.tier,
                    kind: Feature.Kind(rawValue: novelty.kind)?.name ?? "unknown",
                    summary: novelty.description, testCase: find.id, hits: 1,
                    isStable: novelty.isStable))
        }
        var news: [Observation] = []
        for var observation in find.observations {
            observation.firstExecution = execution
            observation.firstSeconds = progress.seconds
            batch.observations.append(observation)
            if remember(observation) { news.append(observation) }
        }
        if !news.isEmpty { progress.lastNew = progress.seconds }
        return news
    }

    mutating func record(_ report: Progress, worker index: Int) {
        progress.executions += report.executions
        for (reason, count) in report.stops { stops[reason, default: 0] += count }
        if report.mapped.contains(where: { mapped.insert($0).inserted }) {
            mapped.formUnion(report.mapped)
            if let bytes = try? JSONEncoder().encode(mapped.sorted()) {
                batch.documents[CampaignKeys.mapped] = Bytes(bytes)
            }
        }
        if let new = report.entered, new.contains(where: { entered.insert($0).inserted }) {
            entered.formUnion(new)
            if let bytes = try? JSONEncoder().encode(entered.sorted()) {
                batch.documents[CampaignKeys.entered] = Bytes(bytes)
            }
        }
        if let new = report.tries, !new.isEmpty {
            tries.merge(new, uniquingKeysWith: &+)
            if let bytes = try? JSONEncoder().encode(tries) {
                batch.documents[CampaignKeys.tries] = Bytes(bytes)
            }
        }
        if let new = report.claims, !new.isEmpty {
            claims.merge(new, uniquingKeysWith: &+)
            if let bytes = try? JSONEncoder().encode(claims) {
                batch.documents[CampaignKeys.claims] = Bytes(bytes)
            }
        }
        record(report.fresh)
        for tally in report.tally {
            guard var observation = subjects[Tally.Subject(tally)] else { continue }
            observation.executions = tally.executions
            observation.sites = []
            batch.observations.append(observation)
        }
        if let bytes = try? JSONEncoder().encode(report.executor) {
            batch.documents[CampaignKeys.executor(index)] = Bytes(bytes)
        }
        if let options = report.options, let bytes = try? JSONEncoder().encode(options) {
            batch.documents[CampaignKeys.options(index)] = Bytes(bytes)
        }
        if let state = report.state, let bytes = try? JSONEncoder().encode(state) {
            batch.documents[CampaignKeys.worker(index)] = Bytes(bytes)
        }
    }

    mutating func record(_ contact: FirstContact) {
        if let bytes = try? JSONEncoder().encode(contact) {
            batch.documents[CampaignKeys.contact] = Bytes(bytes)
        }
    }

    private mutating func record(_ fresh: FreshReport) {
        guard !fresh.parts.isEmpty else { return }
        let phases = phases
        convergence.record(fresh) { phases[$0] }
        if let bytes = try? JSONEncoder().encode(convergence) {
            batch.documents[CampaignKeys.convergence] = Bytes(bytes)
        }
    }

    /// Returns whether the observation shows a call of the target for the first time.
    @discardableResult
    private mutating func remember(_ observation: Observation) -> Bool {
        let feature = Feature(
            role: observation.role,
            fact: .phasedSyscall(observation.syscall, observation.phase), tier: observation.tier)
        let subject = Tally.Subject(tier: observation.tier, key: feature.key.rawValue)
        if subjects[subject] == nil { subjects[subject] = observation }
        phases[subject.key] = observation.phase.name
        return progress.syscalls.insert(observation)
    }

    // MARK: Saving

    mutating func commit() throws {
        batch.counters = [
            CampaignKeys.executions: Int64(clamping: progress.executions),
            CampaignKeys.milliseconds: Int64(progress.seconds * 1000),
        ]
        for (reason, count) in stops {
            batch.counters[CampaignKeys.stop(reason)] = Int64(clamping: count)
        }
        batch.sample = Sample(
            seconds: progress.seconds, executions: progress.executions, corpus: progress.corpus,
            syscalls: Dictionary(
                Tier.allCases.map { ($0, progress.syscalls[$0].count) },
                uniquingKeysWith: { first, _ in first }))
        try writer.commit(batch)
        batch = Batch()
    }

    /// The progress with the current rate.
    mutating func measured() -> CampaignProgress {
        progress.executionsPerSecond = rate.update(
            seconds: progress.seconds, executions: progress.executions)
        return progress
    }

    /// Records the libraries whose code ran, as they are now.
    mutating func saveFiles(besides image: String) throws {
        let files = mapped.subtracting([image]).sorted().compactMap { path -> LearnedFile? in
            guard path.hasPrefix("/"), let file = try? MappedFile.open(path) else { return nil }
            return LearnedFile(path: path, sha256: file.contentHash())
        }
        var batch = Batch()
        batch.documents[CampaignKeys.files] = Bytes(try JSONEncoder().encode(files))
        try writer.commit(batch)
    }

    // MARK: The vocabulary

    /// The vocabulary that the campaign began with; nil for one that has none yet.
    func vocabulary() throws -> Vocabulary? {
        try writer.reader.document(CampaignKeys.vocabulary).flatMap {
            try? JSONDecoder().decode(Vocabulary.self, from: Data($0))
        }
    }

    mutating func save(_ vocabulary: Vocabulary) throws {
        var batch = Batch()
        batch.documents[CampaignKeys.vocabulary] = Bytes(try JSONEncoder().encode(vocabulary))
        try writer.commit(batch)
    }

    // MARK: The static set

    /// What is to be computed for the campaign's static set, with what it has seen so far.
    ///
    /// - Parameter libraries: those that the harness says the target loads.
    func staticSetOrder(
        of image: String, libraries: [String], findsGoals: Bool
    ) throws -> StaticSetWork.Order {
        let reached = Tier.allCases.reduce(SyscallSet()) { $0.union(progress.syscalls[$1]) }
        return StaticSetWork.Order(
            image: image, options: try extractionOptions(libraries: libraries),
            reached: findsGoals ? reached : nil)
    }

    /// Keeps what came of it in place of the static set that is there; the old one stays when the
    /// target could not be analysed.
    mutating func save(_ outcome: StaticSetWork.Outcome) throws -> StaticSetUpdate {
        let old = try writer.reader.staticSet()
        if let set = outcome.set { try? writer.save(set) }
        return StaticSetUpdate(old: old, new: outcome.set ?? old, failure: outcome.failure)
    }

    /// The target's files, with what the campaign has seen of them.
    private func extractionOptions(libraries: [String]) throws -> ExtractionOptions {
        var evidence = ExtractionEvidence(try writer.reader.observations())
        evidence.libraries.formUnion(mapped)
        evidence.functions = entered
        return ExtractionOptions(
            libraries: libraries, evidence: evidence, cacheFolder: CacheFolder.ofUser)
    }

    // MARK: Resuming

    /// What a worker starts with: the whole corpus, and its own state if it had one.
    func restoration(worker index: Int) throws -> ([RestoredEntry], FuzzerState?) {
        let kinds = Dictionary(
            try writer.reader.features().map { ($0.key, $0.kind) },
            uniquingKeysWith: { first, _ in first })
        var entries: [RestoredEntry] = []
        for entry in try writer.reader.corpus() where entry.isConfirmed && entry.isScheduled {
            guard let testCase = try writer.reader.testCase(entry.id) else { continue }
            let ranked = entry.keptFor.compactMap { kinds[$0] }.compactMap { name in
                Feature.Kind.allCases.first { $0.name == name }
            }
            entries.append(
                RestoredEntry(
                    testCase: testCase.inlineString,
                    kind: (ranked.min() ?? .triple).rawValue, tier: entry.tier,
                    features: entry.keptFor.map(Self.number), cost: 1))
        }
        let state = try writer.reader.document(CampaignKeys.worker(index)).flatMap {
            try? JSONDecoder().decode(FuzzerState.self, from: Data($0)).bounded
        }
        return (entries, state)
    }

    /// Eight bytes, most significant first.
    private static func bytes(_ key: UInt64) -> Bytes {
        (0..<8).map { UInt8(truncatingIfNeeded: key >> ((7 - $0) * 8)) }
    }

    private static func number(_ bytes: Bytes) -> UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension Tally {
    /// What a count is of.
    fileprivate struct Subject: Hashable {
        let tier: Tier
        let key: UInt64

        init(tier: Tier, key: UInt64) {
            self.tier = tier
            self.key = key
        }

        init(_ tally: Tally) {
            self.init(tier: tally.tier, key: tally.key)
        }
    }
}

/// Executions per second over the last few seconds.
private struct RateMeter {
    private static let window = 5.0
    private var points: [(seconds: Double, executions: UInt64)] = []

    mutating func update(seconds: Double, executions: UInt64) -> Double {
        points.append((seconds, executions))
        points.removeAll { seconds - $0.seconds > Self.window }
        guard let first = points.first, seconds > first.seconds else { return 0 }
        return Double(executions - first.executions) / (seconds - first.seconds)
    }
}
