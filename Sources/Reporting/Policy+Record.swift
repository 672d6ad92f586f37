package import Campaigns
internal import Contact
internal import Phasing
package import Policies
internal import Traces

extension Policy {
    /// The policy that a campaign's evidence amounts to.
    ///
    /// - Parameter tool: name and version of this program.
    package init(
        _ record: CampaignRecord, options: Options, tool: String
    ) throws(PolicyError) {
        try self.init(
            target: Target(
                path: record.targetPath, sha256: record.targetHash, script: record.script,
                commandLine: record.script == nil && record.prefix.isEmpty
                    ? nil
                    : [record.program] + record.prefix.map { String(decoding: $0, as: UTF8.self) }),
            basis: Basis(
                architecture: "x86_64", kernel: record.kernel, library: record.library, tool: tool,
                files: record.files, reservations: Self.reservations(record)),
            model: record.phaseModel, observations: record.observations,
            undecided: record.undecided,
            staticSet: record.staticSet, options: options,
            convergence: Self.bounds(record, options))
    }

    private static func reservations(_ record: CampaignRecord) -> [String] {
        let failure = record.contact.flatMap { FirstContactView($0).failure }
        return (failure.map { [$0] } ?? []) + record.gaps.map(\.sentence)
    }

    /// Of the tiers that the policy allows. Bounds are computed by the search's phases: where the
    /// policy's are others, only those for all phases together mean anything; where the base case fails, none.
    private static func bounds(_ record: CampaignRecord, _ options: Options) -> [ResidualBound] {
        guard record.contact.flatMap({ Failure($0) }) == nil else { return [] }
        return record.convergence.rows(of: options.tiers)
            .filter { $0.phase == nil || !record.hasLearnedPhases }
            .map { row in
                ResidualBound(
                    tier: row.tier, phase: row.phase, executions: row.estimate.executions,
                    upperBound: row.estimate.upperBound, confidence: NoveltyEstimate.confidence)
            }
    }
}
