import Contact
import Phasing
import Sandboxing
import Store
import Syscalls
import TestCases
import Traces

@testable import Campaigns

/// A campaign made by hand: a target whose static set has four calls, of which two were seen.
enum CampaignFixture {
    static let program = "/usr/bin/tool"
    static let library = "/lib/libc.so.6"

    static func number(_ name: String) -> SyscallNumber {
        SyscallNumber(name: name) ?? SyscallNumber(rawValue: 511)
    }

    static func site(_ offset: UInt64) -> CallSite {
        CallSite(module: library, offset: offset)
    }

    static func entry(
        _ name: String, at offset: UInt64, link: StaticSet.Step.Link = .call,
        gates: [String] = []
    ) -> StaticSet.Entry {
        StaticSet.Entry(
            number: number(name), sites: [site(offset)],
            chain: [
                .init(module: program, function: "main", link: .root),
                .init(module: program, function: "main", link: .root),
                .init(module: library, function: "0x1234", link: link),
            ], gates: gates)
    }

    static let staticSet = StaticSet(
        binary: program, convention: .wholeProcess,
        entries: [
            entry("read", at: 1), entry("socket", at: 2), entry("openat", at: 3),
            entry("accept", at: 4, link: .addressTaken),
            entry("gettid", at: 5, gates: ["LD_PROFILE"]),
        ], modules: [program, library], unresolved: [], assumptions: [])

    static func observation(
        _ name: String, role: Role = .root, phase: Phase = .work, tier: Tier = .natural,
        at offset: UInt64 = 1, executions: UInt64 = 10, witness: String = plain.id,
        first: UInt64 = 1, isStable: Bool = true
    ) -> Observation {
        Observation(
            syscall: number(name), role: role, phase: phase, tier: tier, sites: [site(offset)],
            executions: executions, witness: witness, firstExecution: first,
            firstSeconds: Double(first) / 10, isStable: isStable)
    }

    /// A hundred executions that showed one call, then a hundred of which one showed another.
    static let convergence: Convergence = {
        var convergence = Convergence()
        let phases: [UInt64: String] = [1: "load", 2: "work"]
        convergence.record(
            FreshReport(parts: [
                .init(tier: .natural, executions: 100, keys: [1], counts: [100], novel: [[1]])
            ])
        ) { phases[$0] }
        convergence.record(
            FreshReport(parts: [
                .init(
                    tier: .natural, executions: 100, keys: [1, 2], counts: [100, 1], novel: [[2]])
            ])
        ) { phases[$0] }
        return convergence
    }()

    static let observations = [
        observation("read"),
        observation("read", phase: .exit, tier: .resource, witness: limited.id),
        observation("openat", tier: .injected, at: 3, witness: limited.id, first: 400),
        observation("bind", tier: .signal, at: 9, first: 20),
        observation("bind", tier: .natural, at: 9, witness: large.id, first: 30),
        observation("getuid", role: .exec(image: "/bin/sh"), first: 40),
    ]

    /// Everything default but an argument.
    static var plain: TestCase {
        var testCase = TestCase()
        testCase.arguments = [Array("-l".utf8)]
        testCase.environment = base.environment
        return testCase
    }

    static var large: TestCase {
        var testCase = plain
        testCase.standardInput.bytes = Bytes(repeating: 7, count: 5_000)
        return testCase
    }

    static var limited: TestCase {
        var testCase = plain
        testCase.limits = [.init(resource: .openFiles, value: 4)]
        return testCase
    }

    static var base: TestCase {
        var testCase = TestCase()
        testCase.environment = Harness.plainEnvironment
        return testCase
    }

    static func load(_ id: String) -> TestCase? {
        [plain, large, limited].first { $0.id == id }
    }

    static func record(
        observations: [Observation] = observations, staticSet: StaticSet? = staticSet,
        executions: UInt64 = 1_000, samples: [Sample] = [],
        convergence: Convergence = convergence, executing file: String = program,
        contact: FirstContact? = nil, claims: [SyscallNumber: UInt64] = [:]
    ) -> CampaignRecord {
        let corpus = [plain, large, limited].enumerated().map { index, testCase in
            Batch.Find(
                testCase, parent: nil, foundAtExecution: UInt64(index + 1), foundAtSeconds: 1,
                keptFor: [[UInt8(index)]], isConfirmed: true
            ).entry
        }
        let setup = WorkerSetup(
            plan: SandboxRoot.Plan(
                exposures: [], hiding: HiddenPlaces(paths: []), scratchSize: 1 << 20),
            program: file, image: program, bounds: Harness.Bounds(), phases: .commandLine,
            base: base.inlineString, seeds: [], words: [], lines: [], tiers: [.natural], seed: 1)
        return CampaignRecord(
            folder: "tool.campaign", name: "tool", targetPath: program, targetHash: "00",
            kernel: "6.1", library: "glibc 2.36", executions: executions, seconds: 100,
            stops: ["blocked": 20, "wall-time": 5],
            observations: observations, undecided: [], phaseModel: .commandLine, files: nil,
            staticSet: staticSet, corpus: corpus, samples: samples,
            convergence: convergence, tries: [:], claims: claims, executors: [], contact: contact,
            setup: setup)
    }
}
