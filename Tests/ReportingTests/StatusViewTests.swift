import Campaigns
import Store
import Syscalls
import Testing
import Texts
import Traces

@testable import Reporting

@Suite struct StatusViewTests {
    @Test("the JSON has the fields that are promised, each call under its lowest tier")
    func shape() throws {
        let status = try json(StatusView(CampaignFixture.record(), owner: 77))
        #expect(status["target"] as? String == CampaignFixture.program)
        #expect(status["executions"] as? Int == 1_000)
        #expect(status["elapsedSeconds"] as? Double == 100)
        #expect(status["executionsPerSecond"] as? Double == 10)
        #expect(status["corpus"] as? Int == 3)
        #expect(status["running"] as? Bool == true)
        #expect(status["processID"] as? Int == 77)
        let tiers = try #require(status["syscalls"] as? [String: [String]])
        #expect(
            tiers == [
                "natural": ["bind", "read"], "resource": [], "signal": [],
                "injected": ["openat"],
            ])
        #expect(status["staticOnly"] as? [String] == ["accept", "gettid", "socket"])
        #expect(status["dynamicOnly"] as? [String] == ["bind"])
        #expect(status["convergence"] is [String: Any])
    }

    @Test("what is static-only or dynamic-only agrees with what was reached")
    func sets() {
        let view = StatusView(CampaignFixture.record(), owner: nil)
        let reached = Set(
            view.syscalls.natural + view.syscalls.resource + view.syscalls.signal
                + view.syscalls.injected)
        let known = Set(CampaignFixture.staticSet.syscalls.sortedNames)
        #expect(Set(view.staticOnly) == known.subtracting(reached))
        #expect(Set(view.dynamicOnly) == reached.subtracting(known))
    }

    @Test("the bound counts from the last call that was new at any tier")
    func bound() {
        let view = StatusView(CampaignFixture.record(), owner: nil)
        #expect(view.lastNew?.syscall == "openat")
        #expect(view.convergence.executionsSinceLastNew == 600)
        #expect(view.convergence.secondsSinceLastNew == 60)
    }

    @Test("convergence is told by tier and phase, with how earlier bounds have held")
    func convergence() throws {
        let view = StatusView(CampaignFixture.record(), owner: nil).convergence
        #expect(view.rows.map(\.phase) == [nil, "load", "work"])
        #expect(view.rows.map(\.executions) == [200, 200, 200])
        #expect(view.rows.map(\.seen) == [2, 1, 1])
        let all = try #require(view.rows.first)
        // One call in one execution alone: the upper limit of one rare event is 4.74.
        #expect(abs(all.upperBound - 4.74 / 200) < 0.0003)
        #expect(all.executionsToNext == 200)
        // 100 executions behind the first bounds: one with a call that was new in the phase work.
        #expect(view.boundsTried == 2 && view.boundsKept == 2)
        let text = StatusView(CampaignFixture.record(), owner: nil).text(width: 100).text
        #expect(text.contains("Convergence"))
        #expect(text.contains("2 of 2 earlier bounds have held"))
    }

    @Test("programs that the target started are apart")
    func foreign() {
        let view = StatusView(CampaignFixture.record(), owner: nil)
        #expect(view.foreignPrograms.map(\.image) == ["/bin/sh"])
        #expect(view.foreignPrograms.first?.syscalls == ["getuid"])
    }

    @Test("the rate of the last seconds is told from that of the whole campaign")
    func recent() {
        let samples = [(0.0, 0), (80, 200), (90, 500), (100, 1_000)].map {
            Sample(seconds: $0.0, executions: UInt64($0.1), corpus: 1, syscalls: [:])
        }
        let view = StatusView(CampaignFixture.record(samples: samples), owner: 1)
        #expect(view.executionsPerSecond == 10)
        #expect(view.recentExecutionsPerSecond == 50)
    }

    @Test("the text fits the width and says whether it runs", arguments: [60, 80, 100])
    func text(columns: Int) {
        let text = StatusView(CampaignFixture.record(), owner: 77).text(width: columns).text
        #expect(width(text) <= columns)
        #expect(text.contains("running as process 77"))
        #expect(text.contains("25 executions: blocked 20, wall-time 5"))
        #expect(text.contains("Static-only (3)\n  accept gettid socket"))
        let ended = StatusView(CampaignFixture.record(), owner: nil).text(width: columns).text
        #expect(ended.contains("not running"))
    }

    @Test("what was asked for is named, with the program that it leads to where that is another")
    func links() {
        let link = StatusView(CampaignFixture.record(executing: "/usr/bin/link"), owner: nil)
        #expect(
            link.text(width: 100).text.hasPrefix(
                "tool.campaign: /usr/bin/link (\(CampaignFixture.program)), not running"))
        let plain = StatusView(CampaignFixture.record(), owner: nil)
        #expect(
            plain.text(width: 100).text.hasPrefix("tool.campaign: \(CampaignFixture.program), "))
    }

    @Test("an empty campaign without a static set has a status")
    func empty() {
        let record = CampaignFixture.record(
            observations: [], staticSet: nil, executions: 0, convergence: Convergence())
        let view = StatusView(record, owner: nil)
        #expect(view.staticOnly.isEmpty)
        #expect(view.convergence.rows.isEmpty)
        #expect(view.text(width: 80).text.contains("none: the target could not be analysed"))
    }
}
