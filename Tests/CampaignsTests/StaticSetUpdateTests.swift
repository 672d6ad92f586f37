import Extraction
import Syscalls
import Testing
import Traces

@testable import Campaigns

@Suite("Evidence for the static set")
struct StaticSetUpdateTests {
    private func observation(
        _ syscall: SyscallNumber, at module: String, role: Role = .root, phase: Phase = .load
    ) -> Observation {
        Observation(
            syscall: syscall, role: role, phase: phase, tier: .natural,
            sites: [CallSite(module: module, offset: 5)], executions: 1, witness: "w",
            firstExecution: 1, firstSeconds: 0, isStable: true)
    }

    @Test("files and numbers of the target count, those of other programs and the launch do not")
    func evidence() {
        let loading = [
            observation(.read, at: "/lib/a.so"), observation(.write, at: "/lib/a.so"),
            observation(.execve, at: "/usr/bin/tracer"), observation(.read, at: "[vdso]"),
            observation(.read, at: "/lib/b.so", role: .exec(image: "/bin/sh")),
        ]
        var evidence = ExtractionEvidence(loading)
        #expect(evidence.libraries == ["/lib/a.so"])
        let site = CallSite(module: "/lib/a.so", offset: 5)
        #expect(evidence.numbers == [site: [.read, .write]])
        #expect(!evidence.reachesMain)
        evidence = ExtractionEvidence(
            loading + [observation(.execve, at: "/lib/c.so", phase: Phase(name: "work"))])
        #expect(evidence.libraries == ["/lib/a.so", "/lib/c.so"])
        #expect(evidence.reachesMain)
        #expect(ExtractionEvidence([Observation]()).isEmpty)
    }

    @Test("what evidence gave the set is told in one sentence, and nothing where it gave nothing")
    func gain() {
        func set(_ modules: [String], _ calls: [SyscallNumber]) -> StaticSet {
            StaticSet(
                binary: "/bin/tool", convention: .wholeProcess,
                entries: calls.map { .init(number: $0, sites: [], chain: []) }, modules: modules,
                unresolved: [], assumptions: [])
        }
        let old = set(["/bin/tool"], [.read])
        let new = set(["/bin/tool", "/lib/a.so"], [.read, .write])
        #expect(StaticSetUpdate(old: old, new: old, failure: nil).gain == nil)
        #expect(StaticSetUpdate(old: nil, new: new, failure: nil).gain == nil)
        #expect(
            StaticSetUpdate(old: old, new: new, failure: nil).gain
                == "The static set was computed anew with a.so: adds write.")
        let many = set(["/bin/tool"] + (1...6).map { "/lib/\($0).so" }, [.read])
        #expect(
            StaticSetUpdate(old: old, new: many, failure: nil).gain
                == "The static set was computed anew with 1.so, 2.so, 3.so, 4.so and 2 more files "
                + "that it loaded.")
    }
}
