import Phasing
import Policies
import Syscalls
import Traces

/// Observations and policies for the tests of this target.
enum PolicyFixture {
    static func observation(
        _ name: String, role: Role = .root, phase: String = "work", tier: Tier = .natural,
        executions: UInt64 = 1, witness: String = "w", choices: [[UInt64]]? = nil
    ) -> Observation {
        Observation(
            syscall: SyscallNumber(name: name) ?? .read, role: role, phase: Phase(name: phase),
            tier: tier, sites: [], executions: executions, witness: witness, firstExecution: 1,
            firstSeconds: 0, isStable: true, choices: choices)
    }

    static func staticSet(_ names: [String]) -> StaticSet {
        StaticSet(
            binary: "/bin/demo", convention: .wholeProcess,
            entries: names.compactMap { SyscallNumber(name: $0) }.sorted().map {
                StaticSet.Entry(number: $0, sites: [], chain: [])
            }, modules: [], unresolved: [], assumptions: [])
    }

    static func policy(
        _ observations: [Observation], staticSet: StaticSet? = nil,
        options: Policy.Options = Policy.Options()
    ) throws -> Policy {
        try Policy(
            target: Policy.Target(path: "/bin/demo", sha256: "00ff"),
            basis: Policy.Basis(
                architecture: "x86_64", kernel: "6.1.0", library: "glibc 2.36", tool: "fathom 1"),
            model: .commandLine, observations: observations, staticSet: staticSet,
            options: options,
            convergence: [
                Policy.ResidualBound(
                    tier: .natural, phase: nil, executions: 6000, upperBound: 0.0005,
                    confidence: 0.95)
            ])
    }

    /// Random observations, the same on every run for a seed.
    static func observations(seed: UInt64) -> [Observation] {
        var generator = SplitMix(state: seed)
        let roles: [Role] = [.root, .worker, .thread, .exec(image: "/bin/sh")]
        let phases = ["load", "init", "work", "exit"]
        let names = [
            "read", "write", "openat", "mmap", "clone", "clone3", "execve", "socket", "futex",
            "getdents64", "exit_group", "set_robust_list", "close", "brk", "wait4", "pipe2",
        ]
        var result: [Observation] = []
        for index in 0..<Int.random(in: 1..<40, using: &generator) {
            result.append(
                observation(
                    names[Int.random(in: 0..<names.count, using: &generator)],
                    role: roles[Int.random(in: 0..<4, using: &generator)],
                    phase: phases[Int.random(in: 0..<4, using: &generator)],
                    tier: Tier.allCases[Int.random(in: 0..<4, using: &generator)],
                    executions: UInt64(index), witness: "w\(index)"))
        }
        return result
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
