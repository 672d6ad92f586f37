package import Campaigns
package import Reconciliation
internal import Store
package import Syscalls
package import TestCases
package import Traces

/// Everything that a campaign knows about one system call.
package struct EvidenceView: Sendable, Encodable {
    /// What the campaign's answer is about.
    package enum Standing: String, Sendable, Encodable {
        case reached
        /// In the static set, never observed.
        case staticOnly = "static-only"
        /// Only programs that the target started made it.
        case foreign
        /// Neither observed nor in the static set.
        case unknown
    }

    package let campaign: String
    package let syscall: SyscallNumber
    package let number: UInt32
    package let standing: Standing
    package let verdict: Verdict?
    /// Why the verdict is what it is; nil without a static set.
    package let evidence: String?
    package let executions: UInt64
    package let elapsedSeconds: Double
    /// By tier, role and phase.
    package let observations: [Observation]
    /// Id of the test case to replay.
    package let witness: String?
    package let script: ShellScript?
    /// What the static set has on it.
    package let staticEntry: StaticSet.Entry?
    /// Test cases that were made towards it as long as it was not seen; nil for none.
    package let tries: UInt64?
    /// How many finds it was part of that stood in the target's own memory alone; nil for none.
    package let claims: UInt64?
    let hasStaticSet: Bool
    let witnessSize: Int?
    /// Whether replay takes the same witness when it is asked for the call.
    let isReplaysChoice: Bool

    private enum CodingKeys: CodingKey {
        case campaign, syscall, number, standing, verdict, evidence, executions, elapsedSeconds
        case observations, witness, script, staticEntry, tries, claims
    }

    /// `load` reads a test case of the campaign by its id.
    package init<Failure: Error>(
        _ record: CampaignRecord, syscall: SyscallNumber,
        load: (String) throws(Failure) -> TestCase?
    ) throws(Failure) {
        let seen = record.observations.filter { $0.syscall == syscall }
        let own = seen.filter(\.role.isTarget)
        let entry = record.staticSet?.entry(for: syscall)
        let row = record.staticSet.flatMap { set in
            ReconciliationTable(static: set, observations: seen, tries: record.tries).rows
                .first { $0.syscall == syscall }
        }
        campaign = record.folder
        self.syscall = syscall
        number = syscall.rawValue
        executions = record.executions
        elapsedSeconds = record.seconds
        hasStaticSet = record.staticSet != nil
        staticEntry = entry
        tries = row?.tries
        claims = record.claims[syscall]
        verdict = row?.verdict
        evidence = row?.evidence
        standing =
            if !own.isEmpty {
                .reached
            } else if entry != nil {
                .staticOnly
            } else {
                seen.isEmpty ? .unknown : .foreign
            }
        observations = (own.isEmpty ? seen : own).sorted {
            ($0.tier, $0.role.name, $0.phase) < ($1.tier, $1.role.name, $1.phase)
        }
        let sizes = Dictionary(record.corpus.map { ($0.id, $0.size) }) { first, _ in first }
        let best = Self.smallestWitness(observations, sizes: sizes)
        witness = best
        witnessSize = best.flatMap { sizes[$0] }
        isReplaysChoice =
            observations.min { $0.isBetterWitness(than: $1) }?.witness == best
        let testCase: TestCase? =
            if let best { try load(best) } else { nil }
        script = testCase.map {
            ShellScript(
                $0, program: record.program, prefix: record.prefix,
                base: record.base)
        }
    }

    /// The smallest among those of the most ordinary tier, stable ones first.
    private static func smallestWitness(
        _ observations: [Observation], sizes: [String: Int]
    ) -> String? {
        observations.min { left, right in
            if left.tier != right.tier { return left.tier < right.tier }
            if left.isStable != right.isStable { return left.isStable }
            let (first, second) = (sizes[left.witness] ?? .max, sizes[right.witness] ?? .max)
            if first != second { return first < second }
            return left.isBetterWitness(than: right)
        }?.witness
    }
}
