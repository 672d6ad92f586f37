import Policies
import Syscalls
import Testing
import Traces

@Suite("PolicyDifference")
struct PolicyDifferenceTests {
    typealias Fixture = PolicyFixture

    static let observations = [
        Fixture.observation("read", phase: "load", witness: "a"),
        Fixture.observation("openat", phase: "init", witness: "b"),
        Fixture.observation("write", phase: "work", witness: "c"),
    ]

    @Test("a policy does not differ from itself, nor from one with other evidence for the same")
    func same() throws {
        let policy = try Fixture.policy(Self.observations)
        #expect(try PolicyDifference(from: policy, to: policy).isEmpty)
        var others = Self.observations
        others[0].executions = 99
        let other = try Fixture.policy(others)
        #expect(policy != other)
        #expect(try PolicyDifference(from: policy, to: other).isEmpty)
    }

    @Test("what is gained and lost is named by phase, with its evidence")
    func changes() throws {
        let old = try Fixture.policy(Self.observations)
        let new = try Fixture.policy(
            Array(Self.observations.dropLast()) + [
                Fixture.observation("mount", phase: "work", witness: "dddd")
            ])
        let difference = try PolicyDifference(from: old, to: new)
        let whole = try #require(difference.parts.first { $0.role == nil })
        #expect(whole.changes.map(\.syscall.name) == ["write", "mount"])
        #expect(whole.changes.map(\.kind) == [.lost, .gained])
        #expect(whole.changes[1].after == "allowed")
        #expect(whole.changes[1].before == "EPERM")
        #expect(whole.changes[1].evidenceAfter.contains("dddd"))
        #expect(whole.changes[1].evidenceBefore == "no evidence")
        let work = try #require(difference.parts.first { $0.phase == "work" })
        #expect(work.changes.map(\.syscall.name) == ["write", "mount"])
    }

    @Test("another answer to what is denied is a change of every denied call")
    func denial() throws {
        let old = try Fixture.policy(Self.observations)
        let new = try Fixture.policy(
            Self.observations, options: Policy.Options(denial: .kill))
        let whole = try #require(
            try PolicyDifference(from: old, to: new).parts.first { $0.role == nil })
        let allowed = old.wholeLife.allowed.count
        #expect(whole.changes.count == SyscallSet.capacity + 1 - allowed)
        #expect(whole.changes.allSatisfy { $0.kind == .changed && $0.after == "killed" })
    }

    @Test("a phase that one policy alone has is said to be there alone")
    func phases() throws {
        let old = try Fixture.policy(Self.observations)
        let new = try Fixture.policy(
            Self.observations + [Fixture.observation("read", role: .worker, witness: "e")])
        #expect(
            try PolicyDifference(from: old, to: new).parts.filter { $0.role == "worker" }
                .map(\.only) == ["second"])
        #expect(
            try PolicyDifference(from: new, to: old).parts.filter { $0.role == "worker" }
                .map(\.only) == ["first"])
    }

    @Test("what a phase denies is told from what it allows, by the phase that is in force")
    func judgement() throws {
        let policy = try Fixture.policy(
            Self.observations, options: Policy.Options(environment: false))
        let inputs = [
            Fixture.observation("openat", phase: "init"),
            Fixture.observation("openat", phase: "work"),
            // Never observed there: what came before is in force.
            Fixture.observation("write", phase: "exit"),
            Fixture.observation("openat", phase: "exit"),
            Fixture.observation("openat", role: .exec(image: "/bin/sh"), phase: "work"),
            Fixture.observation("mount", role: .exec(image: "/bin/sh"), phase: "work"),
        ]
        #expect(
            policy.denied(of: inputs).map { "\($0.syscall) \($0.role.name) \($0.phase)" } == [
                "openat root work", "openat root exit", "mount exec:/bin/sh work",
            ])
    }
}
