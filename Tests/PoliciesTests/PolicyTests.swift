import Phasing
import Policies
import Syscalls
import Testing
import Traces

@Suite("Policy")
struct PolicyTests {
    typealias Fixture = PolicyFixture

    static func reasons(_ rules: RuleSet?) -> [String] {
        (rules?.entries ?? []).map { "\($0.syscall) \($0.reason.rawValue) \($0.action.rawValue)" }
    }

    @Test("each phase allows what is still to come, and nothing that is over")
    func shrinking() throws {
        let policy = try Fixture.policy(
            [
                Fixture.observation("mmap", phase: "load"),
                Fixture.observation("brk", phase: "init"),
                Fixture.observation("read"), Fixture.observation("close", phase: "exit"),
            ], options: Policy.Options(environment: false))
        let sets = policy.phases.map { "\($0.phase): \($0.rules.allowed.sortedNames)" }
        #expect(
            sets == [
                #"load: ["brk", "close", "mmap", "read"]"#, #"init: ["brk", "close", "read"]"#,
                #"work: ["close", "read"]"#, #"exit: ["close"]"#,
            ])
        #expect(
            Self.reasons(policy.rules(role: .root, phase: .work)) == [
                "read observed allow", "close observed-elsewhere allow",
            ])
    }

    @Test("a process that makes others allows what those do, from the phase they begin in")
    func roles() throws {
        let policy = try Fixture.policy(
            [
                Fixture.observation("clone", phase: "init"), Fixture.observation("read"),
                Fixture.observation("bind", role: .worker, phase: "init"),
                Fixture.observation("accept", role: .worker),
            ], options: Policy.Options(environment: false))
        #expect(
            policy.rules(role: .root, phase: .initialization)?.allowed.sortedNames == [
                "accept", "bind", "clone", "read",
            ])
        #expect(policy.rules(role: .root, phase: .work)?.allowed.sortedNames == ["read"])
        #expect(policy.rules(role: .worker, phase: .work)?.allowed.sortedNames == ["accept"])
    }

    @Test("a process that makes threads or others keeps nothing of the root's, which none becomes")
    func workerBesideRoot() throws {
        let policy = try Fixture.policy(
            [
                Fixture.observation("listen"), Fixture.observation("clone"),
                Fixture.observation("read", role: .worker),
                Fixture.observation("clone3", role: .worker),
                Fixture.observation("futex", role: .thread),
            ], options: Policy.Options(environment: false))
        #expect(
            policy.rules(role: .worker, phase: .work)?.allowed.sortedNames == [
                "clone3", "futex", "read",
            ])
        #expect(
            policy.rules(role: .root, phase: .work)?.allowed.sortedNames == [
                "clone", "clone3", "futex", "listen", "read",
            ])
    }

    @Test("a filter outlives execve, so programs that are started need their calls")
    func startedPrograms() throws {
        let launch = Fixture.observation("execve", phase: "load")
        let foreign = Fixture.observation("socket", role: .exec(image: "/bin/sh"), phase: "load")
        let options = Policy.Options(environment: false)
        let early = try Fixture.policy([launch, foreign], options: options)
        #expect(early.rules(role: .root, phase: .load)?.allowed.sortedNames == ["execve"])
        let own = Fixture.observation("execve", role: .root)
        let late = try Fixture.policy([launch, foreign, own], options: options)
        #expect(
            Self.reasons(late.rules(role: .root, phase: .work)) == [
                "socket started-program allow", "execve observed allow",
            ])
        #expect(
            Self.reasons(late.wholeLife) == [
                "socket started-program allow", "execve observed allow",
            ])
        #expect(late.rules(role: .exec(image: "/bin/sh"), phase: .load) == nil)
    }

    @Test("static-only calls and those of other tiers are listed, with what was decided")
    func decisions() throws {
        let observations = [
            Fixture.observation("read"),
            Fixture.observation("mincore", tier: .injected, witness: "fault"),
            Fixture.observation("prctl", tier: .injected),
        ]
        let set = Fixture.staticSet(["read", "getdents64", "mincore"])
        for decision in Policy.Options.StaticOnly.allCases {
            let policy = try Fixture.policy(
                observations, staticSet: set,
                options: Policy.Options(
                    tiers: [.natural], staticOnly: decision, environment: false))
            #expect(
                Self.reasons(policy.wholeLife) == [
                    "read observed allow", "mincore other-tier \(decision.rawValue)",
                    "prctl other-tier deny", "getdents64 static-only \(decision.rawValue)",
                ])
            #expect(policy.wholeLife.entries[1].evidence?.witness == "fault")
        }
    }

    @Test("the environment is a class of its own and adds what the set calls for")
    func environment() throws {
        let plain = try Fixture.policy([Fixture.observation("read")])
        let added = plain.wholeLife.entries.filter { $0.reason == .environment }
        #expect(
            added.map(\.syscall.name) == [
                "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "getpid", "exit",
                "gettimeofday", "gettid",
                "time", "futex", "restart_syscall", "clock_gettime", "clock_getres", "exit_group",
                "tgkill",
                "getcpu",
            ])
        let threads = try Fixture.policy([Fixture.observation("clone3")])
        let clone = try #require(threads.wholeLife.entries.first { $0.syscall == .clone })
        #expect(clone.environment == ["task-creation"])
        #expect(threads.wholeLife.allowed.sortedNames.contains("rseq"))
    }

    @Test("a ring that the sandbox refuses can be used where a machine makes it")
    func rings() throws {
        let policy = try Fixture.policy([Fixture.observation("io_uring_setup")])
        let enter = try #require(
            policy.wholeLife.entries.first { $0.syscall.name == "io_uring_enter" })
        #expect(enter.environment == ["rings"])
        let plain = try Fixture.policy([Fixture.observation("read")])
        #expect(!plain.wholeLife.allowed.sortedNames.contains("io_uring_enter"))
    }

    @Test("every name of an environment rule is a call")
    func environmentNames() {
        let counts = EnvironmentRule.standard.map(\.adds.count)
        #expect(counts == [5, 2, 2, 5, 1, 3, 1, 3])
    }

    @Test("numbers that no kernel has are named, not allowed")
    func unknownNumbers() throws {
        let policy = try Fixture.policy([
            Fixture.observation("syscall_0x1f4"), Fixture.observation("syscall_0x40000001"),
        ])
        #expect(policy.unknownNumbers.map(\.rawValue) == [500, 0x4000_0001])
        #expect(!policy.wholeLife.allowed.contains(SyscallNumber(rawValue: 500)))
    }

    @Test("a call that too few have left behind stays allowed in later phases, and says so")
    func undecided() throws {
        let early = Fixture.observation("mount", phase: "init", witness: "a")
        var late = early
        late.phase = Phase(name: "work")
        late.executions = 0
        let observations = [early, Fixture.observation("write", phase: "work")]
        func policy(_ undecided: [Observation]) throws -> Policy {
            try Policy(
                target: Policy.Target(path: "/bin/demo", sha256: "00"),
                basis: Policy.Basis(architecture: "", kernel: "", library: "", tool: ""),
                model: .commandLine, observations: observations, undecided: undecided,
                staticSet: nil)
        }
        let certain = try policy([]).rules(role: .root, phase: late.phase)
        #expect(certain?.entry(for: early.syscall) == nil)
        let open = try policy([late])
        let entry = open.rules(role: .root, phase: late.phase)?.entry(for: early.syscall)
        #expect(entry?.reason == .undecided)
        #expect(entry?.action == .allow)
        #expect(entry?.evidence?.witness == "a")
        #expect(open.wholeLife.entry(for: early.syscall)?.reason == .observed)
    }

    @Test("an observation of a phase that the model lacks is refused")
    func unknownPhase() {
        #expect(throws: PolicyError.self) {
            try Fixture.policy([Fixture.observation("read", phase: "serve")])
        }
    }

    @Test("for random evidence, each role's allowed set shrinks and stays within its whole life")
    func properties() throws {
        for seed in 0..<60 {
            let policy = try Fixture.policy(
                Fixture.observations(seed: UInt64(seed)),
                staticSet: Fixture.staticSet(["getdents64", "uname"]),
                options: Policy.Options(staticOnly: seed % 2 == 0 ? .allow : .deny))
            for (earlier, later) in zip(policy.phases, policy.phases.dropFirst())
            where earlier.role == later.role {
                #expect(later.rules.allowed.isSubset(of: earlier.rules.allowed))
            }
            var union = SyscallSet()
            for part in policy.phases { union.formUnion(part.rules.allowed) }
            #expect(union.isSubset(of: policy.wholeLife.allowed))
        }
    }

    @Test("without started programs, the phases' union is the whole life")
    func union() throws {
        for seed in 0..<40 {
            let own = Fixture.observations(seed: UInt64(seed)).filter(\.role.isTarget)
            let policy = try Fixture.policy(own, options: Policy.Options(environment: false))
            var union = SyscallSet()
            for part in policy.phases { union.formUnion(part.rules.allowed) }
            #expect(union == policy.wholeLife.allowed)
        }
    }
}
