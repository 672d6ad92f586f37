import Syscalls
import TestCases
import Testing
import TraceBuilding
import Traces

@testable import Campaigns

@Suite("Verdicts on faster executions")
struct LikenessVerdictTests {
    private static func trace(_ calls: [String]) -> Trace {
        var builder = TraceBuilder()
        for call in calls { builder.call(call) }
        return builder.trace
    }

    private static func verdict(
        _ calls: [String], fresh: [String], again: [String]
    ) -> LikenessVerdict {
        LikenessVerdict(of: trace(calls), fresh: trace(fresh), again: trace(again))
    }

    @Test("where fresh starts agree, each call in its order counts")
    func agreeing() {
        let fresh = ["openat", "read", "close"]
        #expect(Self.verdict(fresh, fresh: fresh, again: fresh) == .same)
        #expect(
            Self.verdict(["openat", "close", "read"], fresh: fresh, again: fresh)
                == .differs("call 2 of root is close instead of read"))
    }

    @Test("where only the order of fresh starts differs, the calls themselves decide")
    func ordered() {
        let (fresh, again) = (["openat", "read", "close"], ["read", "openat", "close"])
        #expect(Self.verdict(["close", "openat", "read"], fresh: fresh, again: again) == .same)
        #expect(
            Self.verdict(["close", "openat"], fresh: fresh, again: again)
                == .differs("root does not call read"))
        #expect(
            Self.verdict(fresh + ["socket"], fresh: fresh, again: again)
                == .differs("root calls socket"))
    }

    @Test("fresh starts that make other calls decide nothing, but for what lies between them")
    func differing() {
        let (fresh, again) = (["openat", "read"], ["openat", "read", "futex"])
        #expect(Self.verdict(["read", "openat"], fresh: fresh, again: again) == .same)
        #expect(Self.verdict(["read", "openat", "futex"], fresh: fresh, again: again) == .same)
        // Neither equal nor different: this must not count as a proof.
        #expect(Self.verdict(["openat"], fresh: fresh, again: again) == .undecided)
        #expect(Self.verdict(fresh + ["socket"], fresh: fresh, again: again) == .undecided)
    }

    @Test("comparisons that decide nothing are no proof, and too many give a way up")
    func counting() {
        var count = ComparisonCount()
        #expect(!count.isUnproven && !count.isDoubtful)
        count.note(.undecided)
        #expect(count.isUnproven && !count.differs(tolerating: 0))
        count.note(.undecided)
        count.note(.undecided)
        #expect(count.isDoubtful)
        for _ in 0..<3 { count.note(.same) }
        #expect(!count.isUnproven && !count.isDoubtful)
        count.note(.differs(""))
        #expect(count.differs(tolerating: 0) && !count.differs(tolerating: 1))
    }

    @Test("chance is taken out of runtimes that allow it, and of nothing else")
    func seeds() throws {
        var testCase = TestCase()
        testCase.environment = [.init(name: Bytes("PYTHONHASHSEED".utf8), value: [0x37])]
        #expect(FixedSeeds.fixing(testCase, images: ["/usr/bin/diff"]) == nil)
        let fixed = try #require(
            FixedSeeds.fixing(testCase, images: ["/usr/bin/env", "/usr/bin/python3.11"]))
        #expect(
            fixed.environment == [.init(name: Bytes("PYTHONHASHSEED".utf8), value: [0x30])])
        #expect(FixedSeeds.fixing(fixed, images: ["/usr/bin/python3.11"]) == nil)
        let perl = try #require(FixedSeeds.fixing(TestCase(), images: ["/usr/bin/perl"]))
        #expect(perl.environment.count == 2)
    }
}
