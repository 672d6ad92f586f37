package import Contact
internal import Foundation
package import Phasing
internal import Platform
package import Store
package import Syscalls
package import Traces

/// A campaign as its folder holds it: everything that reports, exports and replays need.
package struct CampaignRecord: Sendable {
    package let folder: String
    /// The harness's name.
    package let name: String
    package let targetPath: String
    package let targetHash: String
    /// The text that the target runs, where there is one that is known.
    package var script: LearnedFile?
    package let kernel: String
    package let library: String
    package let executions: UInt64
    /// Campaign time.
    package let seconds: Double
    /// Test cases that were ended by a bound of the harness, by the name of the reason.
    package let stops: [String: UInt64]
    /// By the phases of ``phaseModel``.
    package let observations: [Observation]
    /// Calls that the evidence is too thin for to take them out of later phases: not seen there,
    /// and to be allowed all the same.
    package let undecided: [Observation]
    /// How the phases of the evidence are told apart: learned from the campaign's traces, unless
    /// the harness says how or no traces are kept.
    package let phaseModel: PhaseModel
    /// The libraries whose code ran, as they were at the end of a run; nil before the first.
    package let files: [LearnedFile]?
    package let staticSet: StaticSet?
    package let corpus: [CorpusEntry]
    package let samples: [Sample]
    package let convergence: Convergence
    /// Test cases that were made towards calls as long as these were not seen.
    package let tries: [SyscallNumber: UInt64]
    /// Calls that stood in memory of the target's alone, which no execution has shown that stopped
    /// at each call, and how many finds they were part of. No evidence, and in no policy.
    package let claims: [SyscallNumber: UInt64]
    /// How each worker of the last run executed its test cases.
    package let executors: [ExecutorState]
    /// What the first execution of the last run showed; nil for campaigns from before that was kept.
    package let contact: FirstContact?
    let setup: WorkerSetup

    /// One consistent state of the campaign, also while it runs.
    package static func load(_ folder: String) throws -> CampaignRecord {
        let reader = try CampaignReader.open(folder)
        let stored = try reader.snapshot { () throws(StoreError) in try Stored(reader) }
        guard let document = stored.setup else {
            throw WorkerFailure(
                "the campaign \(folder) has no target yet; run fathom fuzz on it first")
        }
        return CampaignRecord(
            folder: folder, stored: stored,
            setup: try JSONDecoder().decode(WorkerSetup.self, from: Data(document)))
    }

    /// What is read in one transaction.
    private struct Stored {
        let facts: [String: String]
        let counters: [String: Int64]
        let setup: [UInt8]?
        let observations: [Observation]
        let staticSet: StaticSet?
        let corpus: [CorpusEntry]
        let samples: [Sample]
        let executors: [[UInt8]]
        let convergence: [UInt8]?
        let tries: [UInt8]?
        let claims: [UInt8]?
        let files: [UInt8]?
        let contact: [UInt8]?
        let kept: [LearnedPhases.Kept]

        init(_ reader: borrowing CampaignReader) throws(StoreError) {
            facts = try reader.facts()
            counters = try reader.counters()
            setup = try reader.document(CampaignKeys.setup)
            observations = try reader.observations()
            staticSet = try reader.staticSet()
            corpus = try reader.corpus()
            samples = try reader.samples()
            var executors: [[UInt8]] = []
            while let document = try reader.document(CampaignKeys.executor(executors.count)) {
                executors.append(document)
            }
            self.executors = executors
            convergence = try reader.document(CampaignKeys.convergence)
            tries = try reader.document(CampaignKeys.tries)
            claims = try reader.document(CampaignKeys.claims)
            files = try reader.document(CampaignKeys.files)
            contact = try reader.document(CampaignKeys.contact)
            var kept: [LearnedPhases.Kept] = []
            for entry in corpus {
                guard let bytes = try reader.trace(of: entry.id) else { continue }
                for (index, trace) in KeptTraces.decode(bytes).enumerated() {
                    kept.append(
                        LearnedPhases.Kept(entry: entry, trace: trace, isReplayed: index == 0))
                }
            }
            self.kept = kept
        }

        /// What the search has seen, each with all arguments that its role's kept traces show,
        /// whatever the phase.
        var observationsWithChoices: [Observation] {
            LearnedPhases.withChoices(of: kept, observations)
        }

        /// Nil where the search's phases are those of a harness, or nothing is kept to learn from.
        func learned(_ setup: WorkerSetup) -> LearnedPhases? {
            guard setup.phases.isGeneral else { return nil }
            return LearnedPhases(kept, observations: observations)
        }
    }

    /// The phases that the campaign's evidence is divided by.
    package var phases: [Phase] { phaseModel.phases }

    package var hasLearnedPhases: Bool { phaseModel.name == PhaseLearner.modelName }
}

extension CampaignRecord {
    private init(folder: String, stored: Stored, setup: WorkerSetup) {
        let learned = stored.learned(setup)
        let shown = Set(stored.observations.filter(\.role.isTarget).map(\.syscall))
        self.init(
            folder: folder, name: stored.facts[CampaignKeys.name] ?? "target",
            targetPath: stored.facts[CampaignKeys.path] ?? "",
            targetHash: stored.facts[CampaignKeys.hash] ?? "",
            script: stored.facts[CampaignKeys.script].map {
                LearnedFile(path: $0, sha256: stored.facts[CampaignKeys.scriptHash] ?? "")
            }, kernel: stored.facts[CampaignKeys.kernel] ?? "",
            library: stored.facts[CampaignKeys.library] ?? "",
            executions: UInt64(clamping: stored.counters[CampaignKeys.executions] ?? 0),
            seconds: Double(stored.counters[CampaignKeys.milliseconds] ?? 0) / 1000,
            stops: CampaignKeys.stops(in: stored.counters),
            observations: learned?.observations ?? stored.observationsWithChoices,
            undecided: learned?.undecided ?? [],
            phaseModel: learned?.model ?? setup.phases,
            files: stored.files.flatMap {
                try? JSONDecoder().decode([LearnedFile].self, from: Data($0))
            }, staticSet: stored.staticSet,
            corpus: stored.corpus, samples: stored.samples,
            convergence: stored.convergence.flatMap {
                try? JSONDecoder().decode(Convergence.self, from: Data($0))
            } ?? Convergence(),
            tries: Dictionary(
                CampaignKeys.counts(in: stored.tries).map { (SyscallNumber(rawValue: $0), $1) },
                uniquingKeysWith: &+),
            claims: Dictionary(
                CampaignKeys.counts(in: stored.claims).map { (SyscallNumber(rawValue: $0), $1) },
                uniquingKeysWith: &+
            ).filter { !shown.contains($0.key) },
            executors: stored.executors.compactMap {
                try? JSONDecoder().decode(ExecutorState.self, from: Data($0))
            },
            contact: stored.contact.flatMap {
                try? JSONDecoder().decode(FirstContact.self, from: Data($0))
            }, setup: setup)
    }
}

/// Names under which a campaign keeps things in its store.
enum CampaignKeys {
    static let name = "harness"
    static let path = "target-path"
    static let hash = "target-sha256"
    static let script = "script-path"
    static let scriptHash = "script-sha256"
    static let kernel = "kernel"
    static let library = "library"
    static let setup = "setup"
    static let mapped = "mapped-files"
    static let convergence = "convergence"
    static let files = "learned-files"
    static let contact = "first-contact"
    static let entered = "entered-functions"
    static let vocabulary = "vocabulary"
    static let tries = "tries"
    static let claims = "claims"
    static let executions = "executions"
    static let milliseconds = "milliseconds"

    static func stop(_ reason: String) -> String { "stopped-" + reason }

    static func stops(in counters: [String: Int64]) -> [String: UInt64] {
        let stops = counters.compactMap { name, count -> (String, UInt64)? in
            guard name.hasPrefix(stop("")) else { return nil }
            return (String(name.dropFirst(stop("").count)), UInt64(clamping: count))
        }
        return Dictionary(stops, uniquingKeysWith: { first, _ in first })
    }

    /// By number; empty for no document.
    static func counts(in document: [UInt8]?) -> [UInt32: UInt64] {
        document.flatMap {
            try? JSONDecoder().decode([UInt32: UInt64].self, from: Data($0))
                .mapValues(StoredCount.bounded)
        } ?? [:]
    }

    static func executor(_ index: Int) -> String { "executor-\(index)" }

    static func options(_ index: Int) -> String { "options-\(index)" }

    static func worker(_ index: Int) -> String { "worker-\(index)" }
}
