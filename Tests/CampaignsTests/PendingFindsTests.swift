import TestCases
import Testing

@testable import Campaigns
@testable import Traces

@Suite("Finds that wait to be confirmed")
struct PendingFindsTests {
    private func find(_ kind: Feature.Kind, _ key: UInt64) -> PendingFinds.Find {
        PendingFinds.Find(
            testCase: TestCase(), parent: nil, tier: .natural,
            first: .init(
                trace: Trace(), segmentation: .init(phases: []), output: [], errors: []),
            novel: [.init(key: FeatureKey(rawValue: key), kind: kind, subject: 0)], earlier: [])
    }

    private func wait(_ count: Int, _ pending: inout PendingFinds) {
        for _ in 0..<count { pending.noteTestCase() }
    }

    @Test("the first calls of all wait for nothing")
    func first() {
        var pending = PendingFinds()
        pending.add(find(.pair, 1))
        #expect(!pending.isDue(isAffordable: true, areCallsAffordable: true))
        pending.add(find(.syscall, 2))
        #expect(pending.isDue(isAffordable: false, areCallsAffordable: false))
    }

    @Test("a call waits for a few test cases, and for less time than other finds")
    func calls() {
        var pending = PendingFinds()
        _ = pending.take()
        wait(100, &pending)
        pending.add(find(.syscall, 1))
        #expect(!pending.isDue(isAffordable: true, areCallsAffordable: true))
        wait(32, &pending)
        #expect(pending.isDue(isAffordable: false, areCallsAffordable: true))
        #expect(!pending.isDue(isAffordable: false, areCallsAffordable: false))
        _ = pending.take()
        #expect(!pending.isDue(isAffordable: true, areCallsAffordable: true))
        #expect(pending.keys.isEmpty)
    }

    @Test("other finds wait for each other, and until time can be spent on them")
    func others() {
        var pending = PendingFinds()
        pending.add(find(.pair, 1))
        wait(100, &pending)
        #expect(!pending.isDue(isAffordable: true, areCallsAffordable: true))
        for key: UInt64 in 2...16 { pending.add(find(.outcome, key)) }
        #expect(pending.isDue(isAffordable: true, areCallsAffordable: true))
        #expect(!pending.isDue(isAffordable: false, areCallsAffordable: false))
        var single = PendingFinds()
        single.add(find(.pair, 1))
        wait(512, &single)
        #expect(single.isDue(isAffordable: true, areCallsAffordable: true))
    }

    @Test("of too many those that matter most are remembered, and come first")
    func importance() {
        var pending = PendingFinds()
        for key: UInt64 in 1...40 { pending.add(find(.pair, key)) }
        #expect(pending.finds.count == PendingFinds.most)
        pending.add(find(.site, 100))
        pending.add(find(.triple, 101))
        #expect(pending.finds.count == PendingFinds.most)
        #expect(pending.keys.contains(FeatureKey(rawValue: 100)))
        #expect(!pending.keys.contains(FeatureKey(rawValue: 101)))
        #expect(pending.keys.count == PendingFinds.most)
        #expect(pending.take().map(\.best).first == .site)
    }
}
