import Phasing
import Policies
import Testing
import Traces

@testable import Reporting

@Suite struct ExportWarningsTests {
    private static func warnings(_ options: Policy.Options) throws -> [String] {
        ExportWarnings.sentences(
            try Policy(
                target: Policy.Target(path: "/bin/tool", sha256: "00"),
                basis: Policy.Basis(
                    architecture: "x86_64", kernel: "6", library: "c", tool: "fathom"),
                model: .commandLine, observations: CampaignFixture.observations,
                staticSet: CampaignFixture.staticSet, options: options))
    }

    @Test("what is denied against the static set or the evidence is named")
    func denied() throws {
        let warnings = try Self.warnings(Policy.Options(tiers: [.natural]))
        #expect(warnings.contains { $0.contains("no execution showed them: 2: accept socket") })
        let lenient = try Self.warnings(
            Policy.Options(tiers: Set(Tier.allCases), staticOnly: .allow))
        #expect(!lenient.contains { $0.contains("denied") })
    }
}
