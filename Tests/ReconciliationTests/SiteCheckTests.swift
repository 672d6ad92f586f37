import Foundation
import Reconciliation
import Syscalls
import Testing
import Traces

@Suite("SiteCheck")
struct SiteCheckTests {
    private typealias Fixture = ReconciliationTableTests

    private static func check(
        _ observations: [Observation], convention: StaticSet.Convention = .wholeProcess,
        entries: [StaticSet.Entry] = [
            Fixture.entry("read", sites: [0x10, 0x20]), Fixture.entry("write", sites: [0x20]),
        ]
    ) -> SiteCheck {
        let unresolved = StaticSet.Unresolved(
            kind: "number", site: Fixture.site(0x30), detail: "a register")
        return SiteCheck(
            static: StaticSet(
                binary: "/bin/target", convention: convention, entries: entries,
                modules: [Fixture.libc], unresolved: [unresolved], assumptions: []),
            observations: observations)
    }

    @Test("a call that the set has elsewhere does not excuse the instruction that made it")
    func perSite() {
        let check = Self.check([
            Fixture.observation("read", at: [Fixture.site(0x10), Fixture.site(0x20)]),
            Fixture.observation("write", at: [Fixture.site(0x10)], witness: "first"),
            Fixture.observation("read", at: [Fixture.site(0x40)]),
        ])
        #expect(check.checked == 4)
        #expect(check.bugs.map(\.judgement) == [.wrongNumber, .unknownSite])
        #expect(check.bugs.map(\.syscall.name) == ["write", "read"])
        #expect(check.bugs[0].expected == ["read"])
        #expect(check.bugs[0].witness == "first")
        #expect(check.bugs[1].site == Fixture.site(0x40))
        #expect(check.apart.isEmpty)
    }

    @Test(
        "what no file can tell is told apart from bugs",
        arguments: [
            ("getppid", CallSite(module: "[anonymous]", offset: 0), "generated code"),
            ("getcpu", CallSite(module: "[vdso]", offset: 9), "vDSO"),
            ("socket", CallSite(module: "/lib/plugin.so", offset: 1), "module not analysed"),
            ("bind", ReconciliationTableTests.site(0x30), "unresolved"),
            ("restart_syscall", ReconciliationTableTests.site(0x10), "kernel-made"),
        ])
    func apart(_ name: String, _ site: CallSite, _ judgement: String) {
        let check = Self.check([Fixture.observation(name, at: [site])])
        #expect(check.bugs.isEmpty)
        #expect(check.apartCounts == [judgement: 1])
    }

    @Test("a 32-bit call is of another table, wherever it is made")
    func compatibility() {
        var call = Fixture.observation("read", at: [Fixture.site(0x10)])
        call.syscall = SyscallNumber(rawValue: 3 | SyscallNumber.compatibilityMark)
        let check = Self.check([call])
        #expect(check.bugs.isEmpty)
        #expect(check.apartCounts == ["32-bit call": 1])
    }

    @Test("other programs, the launch, and the loader of a set after main are left out")
    func leftOut() {
        let elsewhere = [Fixture.site(0x99)]
        let others = [
            Fixture.observation("read", at: elsewhere, role: .exec(image: "/bin/sh")),
            Fixture.observation("execve", at: elsewhere, phase: "load"),
        ]
        #expect(Self.check(others).checked == 0)
        let loader = [Fixture.observation("read", at: elsewhere, phase: "load")]
        #expect(Self.check(loader).bugs.count == 1)
        #expect(Self.check(loader, convention: .afterMain).checked == 0)
    }

    @Test("the order of observations does not matter, and the better witness is named")
    func witness() {
        let observations = [
            Fixture.observation(
                "bind", at: [Fixture.site(0x10)], tier: .injected, witness: "fault"),
            Fixture.observation("bind", at: [Fixture.site(0x10)], execution: 9, witness: "plain"),
        ]
        #expect(Self.check(observations) == Self.check(observations.reversed()))
        #expect(Self.check(observations).bugs.map(\.witness) == ["plain"])
    }

    @Test("a bug that a larger set does not have is behind a module that was not analysed")
    func excused() {
        let observations = [
            Fixture.observation("vfork", at: [Fixture.site(0x50)]),
            Fixture.observation("fork", at: [Fixture.site(0x60)]),
        ]
        let larger = Self.check(observations, entries: [Fixture.entry("vfork", sites: [0x50])])
        let check = Self.check(observations).excusing(larger)
        #expect(check.bugs.map(\.syscall.name) == ["fork"])
        #expect(check.apartCounts == ["behind a module not analysed": 1])
        #expect(check.checked == 2)
    }

    @Test("the nearest to code that ran come first, gates of features do not hide a frontier")
    func ranking() throws {
        func entry(_ name: String, distance: Int?, gates: [String] = []) -> StaticSet.Entry {
            StaticSet.Entry(
                number: SyscallNumber(name: name) ?? .read, sites: [], chain: [], gates: gates,
                distance: distance)
        }
        let table = Fixture.table(
            [
                entry("bind", distance: nil), entry("accept", distance: 7),
                entry("socket", distance: 2, gates: ["thread creation"]),
                entry("tgkill", distance: 0, gates: ["abort"]),
                entry("uname", distance: 1, gates: ["thread creation", "no gate of today"]),
                entry("read", distance: 0),
            ], [Fixture.observation("read")])
        #expect(
            table.unreached.map { "\($0.syscall) \($0.verdict.rawValue)" } == [
                "socket frontier", "accept frontier", "bind frontier", "tgkill gated",
                "uname gated",
            ])
        let socket = try #require(table.unreached.first)
        #expect(socket.evidence.contains("thread creation (feature)"))
        #expect(socket.evidence.contains("2 calls lead to it"))
        #expect(socket.distance == 2)
        #expect(table.rows.first { $0.syscall == .read }?.distance == nil)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(table))
        let encoded = try #require(object as? [String: Any])
        #expect((encoded["siteCheck"] as? [String: Any])?["checked"] as? Int == 0)
    }
}
