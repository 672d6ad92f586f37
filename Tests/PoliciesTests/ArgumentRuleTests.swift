import CSeccomp
import Foundation
import Phasing
import Policies
import Syscalls
import Testing
import Traces

@Suite("Rules for arguments")
struct ArgumentRuleTests {
    typealias Fixture = PolicyFixture

    static let observations = [
        Fixture.observation("read", phase: "load"),
        Fixture.observation("mprotect", phase: "load", choices: [[1], [3], [5]]),
        Fixture.observation("mprotect", phase: "work", choices: [[1]]),
        Fixture.observation("ioctl", phase: "init", choices: [[0x5401], [0x5413]]),
        Fixture.observation("ioctl", phase: "work", choices: [[0x8004_5430]]),
        Fixture.observation("fcntl", phase: "work", choices: [[3]]),
        // Not known, so anything must pass.
        Fixture.observation("fcntl", phase: "exit"),
        Fixture.observation("socket", phase: "work", choices: [[1, 0x80002], [2, 1], [2, 2]]),
        Fixture.observation("mmap", phase: "load", choices: [[0], [5]]),
    ]

    static func policy(
        _ denial: Policy.Options.Denial = .error, _ observations: [Observation] = observations,
        arguments: Bool = true
    ) throws -> Policy {
        try Fixture.policy(
            observations,
            options: Policy.Options(denial: denial, environment: false, arguments: arguments))
    }

    static func answer(
        _ rules: RuleSet, _ call: String, _ arguments: [Int: UInt64],
        _ denial: Policy.Options.Denial = .error
    ) throws -> FilterAction {
        let program = try FilterProgram(ActionMap(rules: rules, denial: denial))
        let number = try #require(SyscallNumber(name: call))
        var input = FilterInput(number: number.rawValue)
        for (index, value) in arguments { input.arguments[index] = value }
        return try program.evaluate(input)
    }

    @Test("calls pass with the arguments that are still to come, and with any where none are known")
    func phases() throws {
        let policy = try Self.policy()
        let load = try #require(policy.rules(role: .root, phase: .load))
        let work = try #require(policy.rules(role: .root, phase: Phase(name: "work")))
        #expect(try Self.answer(load, "mprotect", [2: 5]) == .allow)
        #expect(try Self.answer(work, "mprotect", [2: 5]) == .error(1))
        #expect(try Self.answer(work, "mprotect", [2: 1]) == .allow)
        // All 64 bits are compared where the kernel looks at them.
        #expect(try Self.answer(load, "mprotect", [2: 5 | 1 << 40]) == .error(1))
        #expect(try Self.answer(load, "mmap", [2: 5 | 1 << 40]) == .allow)
        #expect(try Self.answer(load, "mmap", [2: 7]) == .error(1))
        #expect(try Self.answer(load, "ioctl", [1: 0x5401]) == .allow)
        #expect(try Self.answer(work, "ioctl", [1: 0x5401]) == .error(1))
        #expect(try Self.answer(work, "ioctl", [1: 0xffff_ffff_8004_5430]) == .allow)
        #expect(try Self.answer(work, "socket", [0: 1, 1: 1]) == .error(1))
        #expect(try Self.answer(work, "socket", [0: 2, 1: 1]) == .allow)
        #expect(try Self.answer(work, "fcntl", [1: 99]) == .allow)
        let without = try Self.policy(arguments: false)
        #expect(try Self.answer(without.wholeLife, "mmap", [2: 7]) == .allow)
    }

    /// The rules as libseccomp compiles them.
    static func reference(_ rules: RuleSet) throws -> FilterProgram? {
        let kill = FilterAction.killProcess.returnValue
        let context = unsafe seccomp_init(kill)
        guard unsafe context != nil else { return nil }
        defer { unsafe seccomp_release(context) }
        guard unsafe seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, kill) == 0 else {
            return nil
        }
        let allow = FilterAction.allow.returnValue
        for entry in rules.entries where entry.action == .allow {
            for way in entry.arguments ?? [[]] {
                let tests = way.map { test in
                    test.mask == .max
                        ? scmp_arg_cmp(
                            arg: UInt32(test.index), op: SCMP_CMP_EQ, datum_a: test.value,
                            datum_b: 0)
                        : scmp_arg_cmp(
                            arg: UInt32(test.index), op: SCMP_CMP_MASKED_EQ, datum_a: test.mask,
                            datum_b: test.value)
                }
                let result = unsafe tests.withUnsafeBufferPointer { tests in
                    unsafe seccomp_rule_add_array(
                        context, allow, Int32(entry.syscall.rawValue), UInt32(tests.count),
                        tests.baseAddress)
                }
                guard result == 0 else { return nil }
            }
        }
        let pipe = Pipe()
        let written = pipe.fileHandleForWriting.fileDescriptor
        guard unsafe seccomp_export_bpf(context, written) == 0 else { return nil }
        try pipe.fileHandleForWriting.close()
        return try FilterProgram(bytes: Array(pipe.fileHandleForReading.readDataToEndOfFile()))
    }

    /// Values that a comparison with the constant could get wrong.
    static func around(_ value: UInt64) -> [UInt64] {
        [
            value, value &- 1, value &+ 1, value | 1 << 32, value | 1 << 63, value ^ 1 << 31,
            value << 32, 0, .max,
        ]
    }

    /// Every call of the table, those with checked arguments with random values.
    static func randomObservations(_ seed: UInt64) -> [Observation] {
        var generator = SplitMix(state: seed)
        return SyscallNumber.table.compactMap { row -> Observation? in
            let call = SyscallNumber(rawValue: UInt32(row.number))
            guard ConsumerNames.contains(call) else { return nil }
            let checked = call.checkedArguments
            guard !checked.isEmpty || Bool.random(using: &generator) else { return nil }
            let choices = (0..<Int.random(in: 1..<40, using: &generator)).map { _ in
                checked.map { $0.value(of: UInt64.random(in: 0..<(1 << 34), using: &generator)) }
            }
            return Fixture.observation(call.name, choices: checked.isEmpty ? nil : choices)
        }
    }

    @Test(
        "the filter agrees with the one libseccomp makes, on values around each constant",
        arguments: [UInt64(1), 2, 3])
    func agreesWithLibseccomp(seed: UInt64) throws {
        let rules = try Self.policy(.kill, Self.randomObservations(seed)).wholeLife
        #expect(rules.entries.count { $0.arguments != nil } == 9)
        let ours = try FilterProgram(ActionMap(rules: rules, denial: .kill))
        let theirs = try #require(try Self.reference(rules))
        var allowed = 0
        func compare(_ input: FilterInput) throws {
            let answer = try ours.evaluate(input)
            if answer == .allow { allowed += 1 }
            let expected = try theirs.evaluate(input)
            #expect(answer == expected, "\(input.number) \(input.arguments[0])")
        }
        for architecture in [FilterProgram.architecture, 0x4000_0003] {
            for base in [UInt32(0), FilterProgram.x32Bit] {
                for offset in UInt32(0)...600 {
                    try compare(FilterInput(number: base + offset, architecture: architecture))
                }
                for entry in rules.entries {
                    for way in entry.arguments ?? [] {
                        var exact = FilterInput(
                            number: base + entry.syscall.rawValue, architecture: architecture)
                        for test in way { exact.arguments[test.index] = test.value }
                        for test in way {
                            for value in Self.around(test.value) {
                                var input = exact
                                input.arguments[test.index] = value
                                try compare(input)
                            }
                        }
                    }
                }
            }
        }
        #expect(allowed > 500)
    }

    @Test("a filter for many values of many calls is laid out so that its jumps arrive")
    func manyValues() throws {
        let values = (0..<UInt64(100)).map { [$0 * 3] }
        let observations = ["ioctl", "fcntl", "prctl", "clone", "mprotect"].map {
            Fixture.observation($0, choices: values)
        }
        let rules = try Self.policy(.kill, observations).wholeLife
        for call in ["ioctl", "fcntl", "prctl", "clone", "mprotect"] {
            let index = try #require(SyscallNumber(name: call)?.checkedArguments.first?.index)
            for value in UInt64(0)..<300 {
                let expected: FilterAction = value % 3 == 0 ? .allow : .killProcess
                #expect(try Self.answer(rules, call, [index: value], .kill) == expected)
            }
        }
    }

    @Test("more than a hundred values are no choice from a few")
    func noSmallDomain() throws {
        let values = (0..<UInt64(101)).map { [$0] }
        let rules = try Self.policy(.kill, [Fixture.observation("ioctl", choices: values)])
            .wholeLife
        #expect(try Self.answer(rules, "ioctl", [1: 5000], .kill) == .allow)
    }

    @Test("container profiles have a rule for each list of values")
    func container() throws {
        let file = try #require(try Self.policy(.kill).export(.oci).first)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any])
        let rules = try #require(json["syscalls"] as? [[String: Any]])
        let sockets = rules.filter { $0["names"] as? [String] == ["socket"] }
        #expect(sockets.count == 3)
        for rule in sockets {
            let conditions = try #require(rule["args"] as? [[String: Any]])
            #expect(conditions.compactMap { $0["index"] as? Int } == [0, 1])
            #expect(conditions.allSatisfy { $0["op"] as? String == "SCMP_CMP_MASKED_EQ" })
            #expect(conditions.allSatisfy { $0["value"] as? UInt64 == 0xffff_ffff })
        }
        let unconditional = rules.filter { $0["args"] == nil }
            .flatMap { $0["names"] as? [String] ?? [] }
        #expect(unconditional == ["fcntl", "read"])
    }

    @Test("formats that have words for arguments use them, and the others say that they have none")
    func texts() throws {
        let policy = try Self.policy()
        let expected: [ExportFormat: [String]] = [
            .kafel: [
                "SYSCALL[10](a, b, c) { c == 0x1 || c == 0x3 || c == 0x5 }",
                "(b & 0xffffffff) == 0x5401 || (b & 0xffffffff) == 0x5413",
                "(a & 0xffffffff) == 0x2 && (b & 0xffffffff) == 0x1",
            ],
            .minijail: [
                "\n10: arg2 == 0x1 || arg2 == 0x3 || arg2 == 0x5; return 1\n",
                "arg0 == 0x1 && arg1 == 0x80002 || arg0 == 0x2 && arg1 == 0x1",
            ],
            .text: ["only where cmd == TCGETS\n", "only where prot == PROT_READ|PROT_EXEC\n"],
        ]
        for (format, parts) in expected {
            let file = try #require(try policy.export(format).first)
            let text = String(decoding: file.bytes, as: UTF8.self)
            for part in parts { #expect(text.contains(part), "\(format): \(text)") }
        }
        for format in [ExportFormat.systemd, .firejail] {
            #expect(
                policy.shortcomings(of: format).contains { $0.contains("no rules for arguments") })
        }
        #expect(!policy.shortcomings(of: .bpf).contains { $0.contains("arguments") })
    }

    @Test("a policy with rules for arguments reads back, and differs by meaning from one without")
    func difference() throws {
        let tested = try Self.policy()
        #expect(try Policy(canonicalBytes: tested.canonicalBytes) == tested)
        let open = try Self.policy(arguments: false)
        let lost = try PolicyDifference(from: open, to: tested).parts.filter { $0.role == nil }
            .flatMap(\.changes)
        #expect(lost.map(\.syscall.name).sorted() == ["ioctl", "mmap", "mprotect", "socket"])
        #expect(lost.allSatisfy { $0.kind == .lost && $0.arguments == "other arguments" })
        var more = Self.observations
        more.append(Fixture.observation("ioctl", phase: "work", choices: [[0x541b]]))
        let gained = try PolicyDifference(from: tested, to: Self.policy(.error, more)).parts
            .filter { $0.role == nil }.flatMap(\.changes)
        #expect(gained.map(\.kind) == [.gained])
        #expect(gained.first?.arguments == "cmd == FIONREAD")
    }

    @Test("arguments that were not seen are denied of what an execution shows")
    func judgement() throws {
        let policy = try Self.policy()
        let inputs = [
            Fixture.observation("ioctl", phase: "work", choices: [[0x8004_5430]]),
            Fixture.observation("ioctl", phase: "work", choices: [[0x5401], [0x8004_5430]]),
            Fixture.observation("fcntl", phase: "work", choices: [[77]]),
        ]
        #expect(policy.denied(of: inputs).map(\.callText) == ["ioctl where cmd == TCGETS"])
    }

    @Test("a rule for fewer arguments does not loosen one for more, the other way round it does")
    func loosening() throws {
        let policy = try Self.policy()
        let load = try #require(policy.rules(role: .root, phase: .load))
        let work = try #require(policy.rules(role: .root, phase: Phase(name: "work")))
        let call = try #require(SyscallNumber(name: "mprotect"))
        let (wide, narrow) = (
            try #require(load.entry(for: call)), try #require(work.entry(for: call))
        )
        #expect(!narrow.loosensArguments(of: wide))
        #expect(wide.loosensArguments(of: narrow))
    }
}
