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
            share.charge(1, isSweep: true)
            share.charge(1, isSweep: false)
        }
        for _ in 0..<40 { share.reward(.syscall, isSweep: false) }
        #expect(share.percentage == 10)
        for _ in 0..<200 { share.reward(.syscall, isSweep: true) }
        #expect(share.percentage == 50)
    }

    @Test("what was found counts by what it cost")
    func costs() {
        var (cheap, dear) = (SweepShare(), SweepShare())
        for _ in 0..<2_000 {
            cheap.charge(1, isSweep: true)
            dear.charge(8, isSweep: true)
            for _ in 0..<2 {
                cheap.charge(1, isSweep: false)
                dear.charge(1, isSweep: false)
            }
        }
        for kind in [Feature.Kind.site, .arguments] {
            for isSweep in [true, false] {
                cheap.reward(kind, isSweep: isSweep)
                dear.reward(kind, isSweep: isSweep)
            }
        }
        #expect(dear.percentage < cheap.percentage)
    }

    @Test("a share that is restored is the saved one")
    func restoring() {
        var saved = SweepShare()
        for _ in 0..<900 { saved.charge(1, isSweep: true) }
        var restored = SweepShare()
        restored.restore(saved.state)
        #expect(restored.percentage == saved.percentage)
        #expect(saved.percentage < 50)
    }
}
