import Phasing
import Reconciliation
import TestCases
import Testing
import Texts
import Traces

@testable import Reporting

@Suite struct EvidenceViewTests {
    private static func view(_ name: String) -> EvidenceView {
        EvidenceView(
            CampaignFixture.record(), syscall: CampaignFixture.number(name),
            load: CampaignFixture.load)
    }

    @Test("a call that was reached has every sighting, and a witness to replay")
    func reached() throws {
        let view = Self.view("read")
        #expect(view.standing == .reached)
        #expect(view.verdict == .confirmed)
        #expect(view.observations.map(\.tier) == [.natural, .resource])
        #expect(view.witness == CampaignFixture.plain.id)
        let text = view.text(width: 100).text
        #expect(text.contains("\n  /usr/bin/tool -l </dev/null\n"))
        #expect(text.contains("fathom replay tool.campaign --syscall read"))
        #expect(text.contains("main"))
        #expect(width(text) <= 100)
    }

    @Test("a call that the target alone wrote down is said to be no evidence")
    func claimed() {
        let reboot = CampaignFixture.number("reboot")
        let record = CampaignFixture.record(claims: [reboot: 3])
        let view = EvidenceView(record, syscall: reboot, load: CampaignFixture.load)
        #expect(view.standing != .reached)
        #expect(view.text(width: 100).text.contains("wrote it down"))
        let status = StatusView(record, owner: nil)
        #expect(status.claimed == ["reboot"])
        #expect(status.text(width: 100).text.contains("unproven"))
    }

    @Test("the witness is the smallest of the most ordinary tier")
    func witness() {
        let record = CampaignFixture.record(observations: [
            CampaignFixture.observation("read", witness: CampaignFixture.large.id, first: 1),
            CampaignFixture.observation("read", phase: .exit, first: 9),
            CampaignFixture.observation(
                "read", tier: .resource, witness: CampaignFixture.limited.id, first: 1),
        ])
        let view = EvidenceView(
            record, syscall: CampaignFixture.number("read"), load: CampaignFixture.load)
        #expect(view.witness == CampaignFixture.plain.id)
        // Replay would take the one that was found first.
        #expect(!view.text(width: 100).text.contains("--syscall"))
        #expect(view.text(width: 100).text.contains("--test-case \(CampaignFixture.plain.id)"))
    }

    @Test("a call that was not reached has the static way with its guesses marked")
    func staticOnly() {
        let view = Self.view("accept")
        #expect(view.standing == .staticOnly)
        #expect(view.verdict == .unproven)
        let text = view.text(width: 100).text
        #expect(text.contains("1,000 executions in 0:01:40 did not show it"))
        #expect(text.contains("address taken"))
        #expect(text.contains("libc.so.6+0x4"))
    }

    @Test("a gate is named")
    func gated() {
        #expect(
            Self.view("gettid").text(width: 100).text.contains("LD_PROFILE (configuration): when"))
    }

    @Test("a call of a started program alone is not called the target's")
    func foreign() {
        let view = Self.view("getuid")
        #expect(view.standing == .foreign)
        #expect(view.text(width: 100).text.contains("exec:/bin/sh"))
    }

    @Test("a call in neither set is said to be in neither")
    func unknown() throws {
        let view = Self.view("reboot")
        #expect(view.standing == .unknown)
        #expect(view.text(width: 100).text.contains("neither in the static set nor seen"))
        #expect(try json(view)["standing"] as? String == "unknown")
    }

    @Test("a site that the static set lacks is marked")
    func missedSite() {
        let text = Self.view("bind").text(width: 100).text
        #expect(text.contains("libc.so.6+0x9  not in the static set"))
    }
}
