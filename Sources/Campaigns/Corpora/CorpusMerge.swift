internal import Store
internal import Syscalls
internal import TestCases
internal import Traces

/// Takes over what other campaigns of the same target found.
///
/// Their test cases, features and observations stay true: the program, the machine and the way in
/// which phases are told apart are the same. Counts of executions stay with whom made them, so
/// taking over the same again changes nothing.
package struct CorpusMerge: ~Copyable {
    private var writer: CampaignWriter
    private let record: CampaignRecord
    private let asSeeds: Bool

    private static let batchFinds = 256
    private static let batchBytes = 8 << 20

    /// - Parameter asSeeds: whether campaigns of another build are taken as well, as seeds that
    ///   the next `fuzz` executes.
    package static func open(_ record: CampaignRecord, asSeeds: Bool) throws -> CorpusMerge {
        CorpusMerge(
            writer: try CampaignWriter.open(record.folder), record: record, asSeeds: asSeeds)
    }

    private init(writer: consuming CampaignWriter, record: CampaignRecord, asSeeds: Bool) {
        self.writer = writer
        self.record = record
        self.asSeeds = asSeeds
    }

    /// What was taken over from a campaign.
    package struct Outcome: Hashable, Sendable, Encodable {
        package var from: String
        /// Why its evidence does not hold here and only its test cases were taken, as seeds.
        package var difference: String?
        package var testCases = 0
        package var known = 0
        /// Calls in a phase that this campaign had not seen.
        package var observations = 0

        /// A sentence for people.
        package var sentence: String {
            let cases = "\(testCases) test case\(testCases == 1 ? "" : "s")"
            let rest = known > 0 ? ", \(known) known already" : ""
            guard let difference else {
                return "\(from): \(cases) taken over\(rest), \(observations) new observations."
            }
            return "\(from): \(cases) queued as seeds\(rest), since \(difference)."
        }
    }

    /// Takes a campaign over, which may be running.
    package mutating func add(_ other: CampaignRecord) throws -> Outcome {
        let difference = difference(to: other)
        var outcome = Outcome(from: other.folder, difference: difference)
        guard difference == nil || asSeeds else {
            throw TargetError(
                "cannot merge \(other.folder) into \(record.folder): \(difference ?? ""); with "
                    + "--as-seeds its test cases are executed anew")
        }
        let reader = try CampaignReader.open(other.folder)
        let entries = try reader.corpus()
        guard difference == nil else {
            try queue(entries, of: reader, &outcome)
            return outcome
        }
        try copy(entries, of: reader, &outcome)
        try copyEvidence(of: reader, &outcome)
        return outcome
    }

    /// Why evidence of the other campaign is none for this one; nil where it is.
    private func difference(to other: CampaignRecord) -> String? {
        if other.targetHash != record.targetHash {
            let isSame = other.targetPath == record.targetPath
            return isSame
                ? "it ran another build of \(other.targetPath)"
                : "it ran \(other.targetPath), which is not \(record.targetPath)"
        }
        if other.script?.sha256 != record.script?.sha256 || other.prefix != record.prefix {
            return "it ran another script, or another build of it"
        }
        if other.program != record.program { return "it ran \(other.program)" }
        if other.library != record.library { return "it ran with \(other.library)" }
        if other.kernel != record.kernel { return "it ran on Linux \(other.kernel)" }
        if other.setup.phases != record.setup.phases { return "it tells phases apart otherwise" }
        return nil
    }

    /// As seeds: test cases that are complete in themselves.
    private mutating func queue(
        _ entries: [CorpusEntry], of reader: borrowing CampaignReader, _ outcome: inout Outcome
    ) throws {
        var testCases: [TestCase] = []
        var bytes = 0
        for (index, entry) in entries.enumerated() {
            if let testCase = try reader.testCase(entry.id) {
                testCases.append(testCase)
                bytes += testCase.size
            }
            guard
                testCases.count >= Self.batchFinds || bytes >= Self.batchBytes
                    || index == entries.count - 1
            else { continue }
            let added = try writer.enqueue(testCases)
            outcome.testCases += added
            outcome.known += testCases.count - added
            (testCases, bytes) = ([], 0)
        }
    }

    /// The test cases first: rows of evidence refer to them.
    private mutating func copy(
        _ entries: [CorpusEntry], of reader: borrowing CampaignReader, _ outcome: inout Outcome
    ) throws {
        let known = Set(try writer.reader.corpus().map(\.id))
        var batch = Batch()
        var bytes = 0
        for entry in entries where !known.contains(entry.id) {
            guard let testCase = try reader.testCase(entry.id) else { continue }
            batch.finds.append(
                Batch.Find(
                    testCase, parent: entry.parent, foundAtExecution: record.executions,
                    foundAtSeconds: record.seconds, keptFor: entry.keptFor,
                    isConfirmed: entry.isConfirmed && entry.isScheduled,
                    trace: try reader.trace(of: entry.id)))
            bytes += testCase.size
            if batch.finds.count >= Self.batchFinds || bytes >= Self.batchBytes {
                try writer.commit(batch)
                (batch, bytes) = (Batch(), 0)
            }
            outcome.testCases += 1
        }
        try writer.commit(batch)
        outcome.known = entries.count - outcome.testCases
    }

    private mutating func copyEvidence(
        of reader: borrowing CampaignReader, _ outcome: inout Outcome
    ) throws {
        var batch = Batch()
        let features = Set(try writer.reader.features().map(FeatureRow.init))
        for var feature in try reader.features() {
            if features.contains(FeatureRow(feature)) { feature.hits = 0 }
            batch.features.append(feature)
        }
        let observations = Set(try writer.reader.observations().map(ObservationRow.init))
        for var observation in try reader.observations() {
            let isKnown = observations.contains(ObservationRow(observation))
            observation.executions = isKnown ? 0 : 1
            observation.firstExecution = record.executions
            observation.firstSeconds = record.seconds
            batch.observations.append(observation)
            if !isKnown { outcome.observations += 1 }
        }
        try writer.commit(batch)
    }

    private struct FeatureRow: Hashable {
        let key: Bytes
        let tier: Tier

        init(_ feature: FoundFeature) {
            key = feature.key
            tier = feature.tier
        }
    }

    private struct ObservationRow: Hashable {
        let syscall: UInt32
        let role: Role
        let phase: Phase
        let tier: Tier

        init(_ observation: Observation) {
            syscall = observation.syscall.rawValue
            role = observation.role
            phase = observation.phase
            tier = observation.tier
        }
    }
}
