import Testing
import Traces

@testable import Campaigns

@Suite("Share of the sweep")
struct SweepShareTests {
    @Test("the sweep gets half as long as it finds more, and a tenth when it finds nothing")
    func shares() {
        var share = SweepShare()
        #expect(share.percentage == 50)
        for _ in 0..<3_000 {
            share.charge(1, to: .sweep)
            share.charge(1, to: .mutation)
        }
        for _ in 0..<40 { share.reward(.syscall, to: .mutation) }
        #expect(share.percentage == 10)
        for _ in 0..<200 { share.reward(.syscall, to: .sweep) }
        #expect(share.percentage == 50)
    }

    @Test("what was found counts by what it cost")
    func costs() {
        var (cheap, dear) = (SweepShare(), SweepShare())
        for _ in 0..<2_000 {
            cheap.charge(1, to: .sweep)
            dear.charge(8, to: .sweep)
            for _ in 0..<2 {
                cheap.charge(1, to: .mutation)
                dear.charge(1, to: .mutation)
            }
        }
        for kind in [Feature.Kind.site, .arguments] {
            for part in [SweepShare.Part.sweep, .mutation] {
                cheap.reward(kind, to: part)
                dear.reward(kind, to: part)
            }
        }
        #expect(dear.percentage < cheap.percentage)
    }

    @Test("a share that is restored is the saved one")
    func restoring() {
        var saved = SweepShare()
        for _ in 0..<900 { saved.charge(1, to: .sweep) }
        var restored = SweepShare()
        restored.restore(saved.state)
        #expect(restored.percentage == saved.percentage)
        #expect(saved.percentage < 50)
    }
}
