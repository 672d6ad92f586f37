import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("Observation")
struct ObservationTests {
    static func observations(of trace: Trace, phases: [UInt8]) -> [Observation] {
        trace.observations(
            segmentation: Segmentation(
                phases: [.load, Phase(name: "work")], indexes: phases),
            tier: .signal, witness: "w", execution: 7, seconds: 0.5, isStable: true)
    }

    @Test("a trace shows each call once for each phase and role, with all of its sites")
    func ofTrace() {
        var builder = TraceBuilder()
        builder.call("read", from: "/b", offset: 2)
        builder.call("read", from: "/a", offset: 9)
        builder.call("read", from: "/b", offset: 2)
        let worker = builder.fork()
        builder.call("read", thread: worker)
        let found = Self.observations(of: builder.trace, phases: [0, 1, 1, 1])
        let lines = found.map {
            "\($0.syscall) \($0.role.name) \($0.phase) \($0.sites.map(\.description))"
        }
        #expect(
            lines == [
                #"read root load ["/b+0x2"]"#, #"read root work ["/a+0x9", "/b+0x2"]"#,
                "read worker work []",
            ])
        #expect(found.allSatisfy { $0.executions == 1 && $0.firstExecution == 7 })
        #expect(found.allSatisfy { $0.tier == .signal })
    }

    @Test("what the trace or segmentation does not cover is passed over")
    func corrupt() {
        var builder = TraceBuilder()
        builder.call("read")
        builder.call("write")
        var trace = builder.trace
        #expect(Self.observations(of: trace, phases: [0]).map(\.syscall) == [.read])
        trace.events[0].thread = -1
        trace.events[1].module = 5
        #expect(Self.observations(of: trace, phases: [0, 0]).map(\.syscall) == [.write])
    }

    @Test("merging counts all, keeps the first sight and prefers a stable witness")
    func merging() {
        var builder = TraceBuilder()
        builder.call("read", from: "/b", offset: 2)
        var flaky = Self.observations(of: builder.trace, phases: [0])[0]
        flaky.isStable = false
        flaky.witness = "flaky"
        flaky.firstExecution = 3
        flaky.firstSeconds = 0.1
        builder.call("read", from: "/a", offset: 1)
        let stable = Self.observations(of: builder.trace, phases: [0, 0])[0]
        var merged = flaky
        merged.merge(stable)
        #expect(merged.witness == "w")
        #expect(merged.isStable)
        #expect(merged.executions == 2)
        #expect(merged.firstExecution == 3)
        #expect(merged.firstSeconds == 0.1)
        #expect(merged.sites.map(\.module) == ["/a", "/b"])
        var other = stable
        other.merge(flaky)
        #expect(other.witness == "w")
        #expect(other.firstExecution == 3)
        #expect(merged.subject == other.subject)
    }

    @Test("the better witness is the more ordinary, the stable, the earlier, in that order")
    func witnesses() {
        var builder = TraceBuilder()
        builder.call("read")
        let base = Self.observations(of: builder.trace, phases: [0])[0]
        func variant(_ change: (inout Observation) -> Void) -> Observation {
            var copy = base
            change(&copy)
            return copy
        }
        let ordered = [
            variant { ($0.tier, $0.isStable, $0.firstExecution) = (.natural, false, 9) },
            variant { $0.firstExecution = 6 }, base, variant { $0.witness = "x" },
            variant { ($0.isStable, $0.firstExecution) = (false, 1) },
            variant { ($0.tier, $0.firstExecution) = (.injected, 1) },
        ]
        for (index, left) in ordered.enumerated() {
            for (other, right) in ordered.enumerated() {
                #expect(left.isBetterWitness(than: right) == (index < other))
            }
        }
    }
}
