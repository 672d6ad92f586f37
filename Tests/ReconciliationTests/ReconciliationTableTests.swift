import Foundation
import Reconciliation
import Syscalls
import Testing
import Traces

@Suite("ReconciliationTable")
struct ReconciliationTableTests {
    static let libc = "/usr/lib/x86_64-linux-gnu/libc.so.6"

    static func entry(
        _ name: String, sites: [UInt64], gates: [String] = [],
        links: [StaticSet.Step.Link] = [.root, .call]
    ) -> StaticSet.Entry {
        let functions = ["main", "middle", "leaf"]
        return StaticSet.Entry(
            number: SyscallNumber(name: name) ?? .read,
            sites: sites.map { CallSite(module: libc, offset: $0) },
            chain: zip(functions, links).map {
                StaticSet.Step(module: libc, function: $0, link: $1)
            },
            gates: gates)
    }

    static func observation(
        _ name: String, at sites: [CallSite] = [], role: Role = .root, phase: String = "work",
        tier: Tier = .natural, execution: UInt64 = 1, witness: String = "w", stable: Bool = true
    ) -> Observation {
        Observation(
            syscall: SyscallNumber(name: name) ?? .read, role: role, phase: Phase(name: phase),
            tier: tier, sites: sites, executions: 1, witness: witness, firstExecution: execution,
            firstSeconds: Double(execution) / 10, isStable: stable)
    }

    static func table(
        _ entries: [StaticSet.Entry], _ observations: [Observation],
        convention: StaticSet.Convention = .wholeProcess, unresolved: [StaticSet.Unresolved] = []
    ) -> ReconciliationTable {
        ReconciliationTable(
            static: StaticSet(
                binary: "/bin/target", convention: convention, entries: entries, modules: [libc],
                unresolved: unresolved, assumptions: []),
            observations: observations)
    }

    static func site(_ offset: UInt64, in module: String = libc) -> CallSite {
        CallSite(module: module, offset: offset)
    }

    @Test("each call gets the verdict that its evidence allows")
    func verdicts() {
        let table = Self.table(
            [
                Self.entry("read", sites: [0x10, 0x20]), Self.entry("write", sites: [0x30]),
                Self.entry("getdents64", sites: [0x40]),
                Self.entry("setitimer", sites: [0x50], gates: ["LD_PROFILE"]),
                Self.entry("uname", sites: [0x60], links: [.root, .addressTaken]),
                Self.entry("prctl", sites: [0x70], links: [.root, .data]),
            ],
            [
                Self.observation("read", at: [Self.site(0x20)]),
                Self.observation("write", at: [Self.site(0x99)]),
                Self.observation("socket", at: [Self.site(0x80)]),
                Self.observation("restart_syscall"),
            ])
        let verdicts = table.rows.map { "\($0.syscall) \($0.verdict.rawValue)" }
        #expect(
            verdicts == [
                "read confirmed", "write confirmed elsewhere", "setitimer gated", "socket missed",
                "uname unproven", "prctl frontier", "getdents64 frontier",
                "restart_syscall kernel-made",
            ])
        #expect(
            table.staticOnly.sortedNames == ["getdents64", "prctl", "setitimer", "uname"])
        #expect(table.dynamicOnly.sortedNames == ["restart_syscall", "socket"])
    }

    @Test("a missed call names module and offset, and why the extractor lacks it")
    func missed() throws {
        let unresolved = StaticSet.Unresolved(
            kind: "number", site: Self.site(5), detail: "read from memory")
        let table = Self.table(
            [Self.entry("read", sites: [0x10])],
            [
                Self.observation("socket", at: [Self.site(1, in: "/lib/plugin.so")]),
                Self.observation("bind", at: [Self.site(0x10)]),
                Self.observation("listen", at: [Self.site(5)]),
                Self.observation("getcpu", at: [Self.site(9, in: "[vdso]")]),
                Self.observation("brk", at: [Self.site(0, in: "[anonymous]")]),
                Self.observation("fsync", at: [Self.site(0x77)]),
                Self.observation("sync"),
            ], unresolved: [unresolved])
        func evidence(_ name: String) -> String? {
            table.rows.first { $0.syscall.name == name }?.evidence
        }
        #expect(
            evidence("socket")
                == "Observed at /lib/plugin.so+0x1: the module was not analysed, as nothing said "
                + "that it would be loaded.")
        #expect(evidence("bind")?.contains("+0x10: the extractor has read there") == true)
        #expect(evidence("listen")?.contains("(number: read from memory)") == true)
        #expect(evidence("getcpu")?.contains("vDSO") == true)
        #expect(evidence("brk")?.contains("generated or copied") == true)
        #expect(evidence("fsync")?.contains("the extractor is wrong") == true)
        #expect(evidence("sync") == "Observed; where from is not known.")
    }

    @Test("the execve that starts the program does not confirm the program's own")
    func firstExecve() throws {
        let launch = Self.observation("execve", phase: "load")
        let launched = try #require(Self.table([], [launch]).rows.first)
        #expect(launched.verdict == .kernelMade)
        #expect(launched.kernelMade == .firstExecve)
        let unseen = try #require(
            Self.table([Self.entry("execve", sites: [1])], [launch]).rows.first)
        #expect(unseen.verdict == .kernelMade)
        #expect(unseen.isDynamic)
        #expect(unseen.evidence.contains("static-only so far; reached by main → middle."))
        let own = Self.observation("execve", at: [Self.site(1)], role: .worker, witness: "shell")
        let seen = try #require(
            Self.table([Self.entry("execve", sites: [1])], [launch, own]).rows.first)
        #expect(seen.verdict == .confirmed)
        #expect(seen.witness == "shell")
        #expect(try #require(Self.table([], [own]).rows.first).verdict == .missed)
    }

    @Test("rt_sigreturn is labelled, and confirmed where the static set has its site")
    func signalReturn() throws {
        let seen = Self.observation("rt_sigreturn", at: [Self.site(7)])
        let confirmed = try #require(
            Self.table([Self.entry("rt_sigreturn", sites: [7])], [seen]).rows.first)
        #expect(confirmed.verdict == .confirmed)
        #expect(confirmed.kernelMade == .signalReturn)
        #expect(try #require(Self.table([], [seen]).rows.first).verdict == .kernelMade)
    }

    @Test("programs that the target started are listed apart and confirm nothing")
    func foreign() {
        let table = Self.table(
            [Self.entry("read", sites: [1])],
            [
                Self.observation("read", at: [Self.site(1)], role: .exec(image: "/bin/sh")),
                Self.observation("socket", role: .exec(image: "/bin/sh"), witness: "a"),
                Self.observation("read", role: .exec(image: "/bin/pr"), witness: "b"),
            ])
        #expect(table.rows.map(\.verdict) == [.frontier])
        #expect(table.foreignPrograms.map(\.role.name) == ["exec:/bin/pr", "exec:/bin/sh"])
        #expect(table.foreignPrograms.last?.syscalls.sortedNames == ["read", "socket"])
    }

    @Test("the witness is of the most ordinary tier, and the first sight is the first of all")
    func witness() throws {
        let row = try #require(
            Self.table(
                [Self.entry("read", sites: [1])],
                [
                    Self.observation("read", tier: .injected, execution: 3, witness: "fault"),
                    Self.observation(
                        "read", phase: "init", execution: 40, witness: "flaky", stable: false),
                    Self.observation("read", role: .worker, execution: 50, witness: "plain"),
                ]
            ).rows.first)
        #expect(row.tier == .natural)
        #expect(row.witness == "plain")
        #expect(row.firstExecution == 3)
        #expect(row.firstSeconds == 0.3)
        #expect(
            row.places.map { "\($0.role.name) \($0.phase)" } == [
                "root init", "root work", "worker work",
            ])
    }

    @Test("a set that begins at main is not blamed for the loader")
    func afterMain() {
        let loader = Self.observation("mmap", phase: "load")
        #expect(Self.table([], [loader], convention: .afterMain).rows.isEmpty)
        #expect(Self.table([], [loader]).rows.map(\.verdict) == [.missed])
    }

    @Test("the order of observations does not matter")
    func permutation() {
        var observations: [Observation] = []
        for index in 0..<30 {
            let name = ["read", "write", "socket", "clone"][index % 4]
            let phase = ["init", "work"][index % 2]
            observations.append(
                Self.observation(
                    name, at: [Self.site(UInt64(index % 7))], phase: phase,
                    tier: Tier.allCases[index % 3], execution: UInt64(index + 1),
                    witness: "w\(index)"))
        }
        let entries = [Self.entry("read", sites: [4])]
        let table = Self.table(entries, observations)
        var generator = SplitMix(state: 5)
        for _ in 0..<10 {
            #expect(Self.table(entries, observations.shuffled(using: &generator)) == table)
        }
    }

    @Test("JSON has the fields that are promised, null where there is nothing")
    func json() throws {
        let table = Self.table([Self.entry("read", sites: [1])], [])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(table), as: UTF8.self)
        #expect(
            text == """
                {"foreignPrograms":[],"rows":[{"distance":null,"dynamic":false,"evidence":"Never observed; reached \
                by main → middle.","firstExecution":null,"firstSeconds":null,"gates":[],\
                "kernelMade":null,"number":0,"phases":[],"sites":[],"static":true,\
                "syscall":"read","tier":null,"tries":null,"verdict":"frontier","witness":null}],\
                "siteCheck":{"apart":[],"bugs":[],"checked":0}}
                """)
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
