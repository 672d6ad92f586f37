package import TestCases
package import Traces

/// What the campaign runs.
extension CampaignRecord {
    /// The file that is executed: the target, or the script whose interpreter ``targetPath`` is.
    package var program: String { setup.program }

    /// What every test case starts from; nil where the stored form cannot be read.
    package var base: TestCase? { try? TestCase(inlineText: Bytes(setup.base.utf8)) }

    /// What the campaign tried: what its last run was told to, and what its evidence shows of
    /// earlier ones and of other campaigns.
    package var triedTiers: Set<Tier> {
        Set(setup.tiers).union(observations.lazy.map(\.tier)).union([.natural])
    }

    /// What of that a policy allows unless asked otherwise: that calls fail which should not is no
    /// part of a program's life.
    package var allowedTiers: Set<Tier> { triedTiers.subtracting([.injected]) }
}
