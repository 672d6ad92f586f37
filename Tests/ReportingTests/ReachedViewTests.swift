import Reconciliation
import Syscalls
import TestCases
import Testing
import Texts
import Traces

@testable import Reporting

@Suite struct ReachedViewTests {
    private static func view(staticOnly: Bool = false) throws -> ReachedView {
        try #require(ReachedView(CampaignFixture.record(), isStaticOnly: staticOnly))
    }

    @Test("each row of the JSON has the fields that are promised")
    func shape() throws {
        let rows = try #require(try json(Self.view())["rows"] as? [[String: Any]])
        #expect(rows.count == 6)
        let fields = [
            "syscall", "number", "static", "dynamic", "verdict", "tier", "phases", "witness",
            "evidence", "firstExecution", "firstSeconds",
        ]
        for row in rows { #expect(fields.allSatisfy { row[$0] != nil }) }
        let openat = try #require(rows.first { $0["syscall"] as? String == "openat" })
        #expect(openat["verdict"] as? String == "confirmed")
        #expect(openat["tier"] as? String == "injected")
        #expect(openat["firstExecution"] as? Int == 400)
        #expect(openat["witness"] as? String == CampaignFixture.limited.id)
    }

    @Test("the summary counts both sets and each verdict")
    func summary() throws {
        let summary = try Self.view().summary
        #expect(summary.staticSyscalls == 5)
        #expect(summary.dynamicSyscalls == 3)
        #expect(summary.staticOnly == 3)
        #expect(summary.dynamicOnly == 1)
        #expect(
            summary.verdicts == [
                "confirmed": 2, "frontier": 1, "gated": 1, "unproven": 1, "missed": 1,
            ])
    }

    @Test("with static-only the rows are those that were never reached")
    func staticOnly() throws {
        let view = try Self.view(staticOnly: true)
        #expect(view.rows.map(\.syscall.name).sorted() == ["accept", "gettid", "socket"])
        #expect(!view.text(width: 100).text.contains("Reached ("))
        #expect(view.summary.dynamicSyscalls == 3)
    }

    @Test("the text begins with the latest find and fits the width", arguments: [80, 100])
    func text(columns: Int) throws {
        let text = try Self.view().text(width: columns).text
        #expect(width(text) <= columns)
        let lines = text.split(separator: "\n").map(String.init)
        let head = try #require(lines.firstIndex { $0.hasPrefix("Reached (3)") })
        #expect(lines[head + 2].contains("openat"))
        #expect(lines[head + 3].contains("bind"))
        #expect(text.contains("needs LD_PROFILE"))
        #expect(text.contains("(address taken) libc+0x1234"))
        #expect(text.contains("/bin/sh"))
    }

    @Test("the order of the observations does not matter")
    func determinism() throws {
        let reversed = CampaignFixture.record(
            observations: Array(CampaignFixture.observations.reversed()))
        let other = try #require(ReachedView(reversed))
        #expect(try Self.view().text(width: 100).text == other.text(width: 100).text)
    }

    @Test("without a static set there is nothing to compare")
    func withoutStaticSet() {
        #expect(ReachedView(CampaignFixture.record(staticSet: nil)) == nil)
    }
}
