import Foundation
import Phasing
import Policies
import Syscalls
import Testing
import Traces

@Suite("Exports")
struct ExportTests {
    typealias Fixture = PolicyFixture

    static let observations = [
        Fixture.observation("execve", phase: "load", witness: "a"),
        Fixture.observation("read", phase: "load", executions: 3, witness: "a"),
        Fixture.observation("read", executions: 2, witness: "b"),
        Fixture.observation("write", role: .worker, tier: .resource, witness: "c"),
        Fixture.observation("exit_group", phase: "exit", witness: "a"),
    ]

    static func demo(
        _ denial: Policy.Options.Denial = .error, environment: Bool = false
    ) throws -> Policy {
        try Fixture.policy(
            observations, staticSet: Fixture.staticSet(["getdents64", "read"]),
            options: Policy.Options(staticOnly: .log, denial: denial, environment: environment))
    }

    /// The golden text beside this file; written anew when FATHOM_RECORD is set.
    static func golden(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Golden/\(name)")
        if ProcessInfo.processInfo.environment["FATHOM_RECORD"] != nil {
            try Data(bytes).write(to: path)
        }
        return try String(contentsOf: path, encoding: .utf8)
    }

    @Test("text formats come out as recorded", arguments: [ExportFormat.oci, .docker, .systemd])
    func golden(format: ExportFormat) throws {
        let denial: Policy.Options.Denial = format == .systemd ? .error : .kill
        let file = try #require(try Self.demo(denial).export(format).first)
        #expect(
            String(decoding: file.bytes, as: UTF8.self) == (try Self.golden(file.name, file.bytes)))
    }

    @Test("the canonical policy comes out as recorded and reads back as the same policy")
    func canonical() throws {
        let policy = try Self.demo()
        let file = try #require(try policy.export(.policy).first)
        #expect(
            String(decoding: file.bytes, as: UTF8.self) == (try Self.golden(file.name, file.bytes)))
        #expect(try Policy(canonicalBytes: file.bytes) == policy)
    }

    @Test("there is a file for the whole life and one for each phase of each role")
    func names() throws {
        let names = try Self.demo().export(.bpf).map(\.name)
        #expect(
            names == [
                "demo.bpf", "demo.root.load.bpf", "demo.root.work.bpf", "demo.root.exit.bpf",
                "demo.worker.work.bpf",
            ])
    }

    @Test("the order of observations changes no byte of any format")
    func permutation() throws {
        for seed in UInt64(0)..<8 {
            var generator = SplitMix(state: seed)
            let observations = Fixture.observations(seed: seed)
            let shuffled = observations.shuffled(using: &generator)
            for format in ExportFormat.allCases {
                // Every random policy may have rules that log, which two formats cannot say.
                guard ![.minijail, .firejail].contains(format) else { continue }
                let one = try Fixture.policy(observations).export(format)
                let other = try Fixture.policy(shuffled).export(format)
                #expect(one == other)
            }
        }
    }

    @Test("a container profile denies by name what the table knows, and the rest as unknown")
    func containerDenial() throws {
        let file = try #require(try Self.demo(environment: true).export(.oci).first)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any])
        #expect(json["defaultErrnoRet"] as? Int == 38)
        let rules = try #require(json["syscalls"] as? [[String: Any]])
        let actions = rules.compactMap { $0["action"] as? String }
        #expect(actions == ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_ERRNO"])
        let names = rules.flatMap { $0["names"] as? [String] ?? [] }
        #expect(Set(names).count == names.count)
        let denied = try #require(rules.last?["names"] as? [String])
        #expect(denied.contains("mount"))
        #expect(!denied.contains("read"))
        #expect(rules.last?["errnoRet"] as? Int == 1)
    }

    @Test("a name that consumers would drop stops the export, and only where names are used")
    func unknownNames() throws {
        let recent = try #require(SyscallNumber(name: "file_setattr"))
        try #require(!ConsumerNames.contains(recent))
        let policy = try Fixture.policy([Fixture.observation("file_setattr")])
        for format in [ExportFormat.oci, .docker, .systemd] {
            let error = #expect(throws: PolicyError.self) { try policy.export(format) }
            #expect(error?.code == .unknownName)
            #expect(error?.description.contains("file_setattr") == true)
        }
        let filter = try FilterProgram(bytes: try #require(try policy.export(.bpf).first).bytes)
        #expect(try filter.evaluate(FilterInput(number: recent.rawValue)) == .allow)
    }

    @Test("formats that go by number allow a call that no consumer knows by name")
    func numbers() throws {
        let recent = try #require(SyscallNumber(name: "file_setattr"))
        let policy = try Fixture.policy(
            [Fixture.observation("file_setattr"), Fixture.observation("fstat")],
            options: Policy.Options(denial: .kill, environment: false))
        let rules = [
            ExportFormat.kafel: "SYSCALL[\(recent.rawValue)]",
            .minijail: "\n\(recent.rawValue): 1\n",
            .firejail: "$5,$\(recent.rawValue)\n",
        ]
        for (format, rule) in rules {
            let file = try #require(try policy.export(format).first)
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(text.contains(rule), "\(format): \(text)")
            #expect(text.contains("file_setattr"))
        }
    }

    @Test("a C header compiles to the filter of the bpf format")
    func header() throws {
        let clang = try #require(TestMachine.clang)
        let policy = try Self.demo()
        let header = try #require(try policy.export(.header).first)
        let filter = try #require(try policy.export(.bpf).first)
        try TestMachine.inScratch { folder in
            try Data(header.bytes).write(to: folder.appendingPathComponent(header.name))
            let source = """
                #include "\(header.name)"
                #include <stdio.h>
                int main(void) {
                    fwrite(fathom_program.filter, 8, fathom_program.len, stdout);
                    return 0;
                }
                """
            try Data(source.utf8).write(to: folder.appendingPathComponent("main.c"))
            let output = folder.path + "/filter.bpf"
            let built = try TestMachine.shell(
                "cd \"$1\" && \"$2\" -Wall -Werror main.c -o main && ./main > filter.bpf",
                [folder.path, clang])
            #expect(built.status == 0, "\(built.output)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data(filter.bytes))
        }
    }

    @Test("the operator's object holds the container profile under a name that is a label")
    func operatorProfile() throws {
        let files = try Self.demo().export(.operatorProfile)
        for file in files {
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any])
            #expect(json["kind"] as? String == "SeccompProfile")
            let name = try #require((json["metadata"] as? [String: Any])?["name"] as? String)
            #expect(name.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?/) != nil, "\(name)")
            #expect((json["spec"] as? [String: Any])?["syscalls"] != nil)
        }
    }

    @Test("what a consumer cannot say is an error or is listed")
    func shortcomings() throws {
        let logging = try Self.demo()
        for format in [ExportFormat.minijail, .firejail] {
            let error = #expect(throws: PolicyError.self) { try logging.export(format) }
            #expect(error?.code == .notExpressible)
        }
        #expect(logging.shortcomings(of: .oci).contains { $0.contains("no_new_privs") })
        #expect(logging.shortcomings(of: .minijail).contains { $0.contains("kills") })
        #expect(logging.shortcomings(of: .policy).isEmpty)
    }

    @Test("where a command line is meant, all formats say where the policy begins")
    func start() throws {
        let target = Policy.Target(
            path: "/usr/bin/python3.11", sha256: "0", commandLine: ["/usr/bin/python3", "./tool"])
        let policy = try Policy(
            target: target,
            basis: Policy.Basis(architecture: "x86_64", kernel: "6", library: "c", tool: "t"),
            model: .commandLine, observations: Fixture.observations(seed: 3), staticSet: nil)
        for format in ExportFormat.allCases {
            let sentences = policy.shortcomings(of: format)
            #expect(sentences.contains { $0.contains("begins with /usr/bin/python3 ./tool:") })
        }
    }

    @Test("a drop-in keeps lines short and cannot be broken out of")
    func dropIn() throws {
        let policy = try Policy(
            target: Policy.Target(path: "/bin/x\nExecStart=/evil\\", sha256: "0"),
            basis: Policy.Basis(architecture: "x86_64", kernel: "6", library: "c", tool: "t"),
            model: .commandLine, observations: Fixture.observations(seed: 3), staticSet: nil)
        let file = try #require(try policy.export(.systemd).first)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")
        #expect(!lines.contains { $0.hasPrefix("ExecStart") || $0.hasSuffix("\\") })
        #expect(lines.filter { $0.hasPrefix("SystemCall") }.allSatisfy { $0.utf8.count <= 80 })
    }

    @Test(
        "systemd takes the drop-in without complaint",
        .enabled(if: TestMachine.has("systemd-analyze"), "systemd-analyze is not installed"),
        arguments: Policy.Options.Denial.allCases)
    func systemdAccepts(denial: Policy.Options.Denial) throws {
        let file = try #require(try Self.demo(denial, environment: true).export(.systemd).first)
        try TestMachine.inScratch { folder in
            let unit = folder.appendingPathComponent("demo.service")
            let text = String(decoding: file.bytes, as: UTF8.self) + "ExecStart=/bin/true\n"
            try text.write(to: unit, atomically: true, encoding: .utf8)
            let outcome = try TestMachine.shell("systemd-analyze verify \"$1\"", [unit.path])
            // The status is zero even for unknown names; the complaint names the file.
            #expect(!outcome.output.contains(unit.path), "\(outcome.output)")
            let broken = text + "SystemCallFilter=no_such_call\n"
            try broken.write(to: unit, atomically: true, encoding: .utf8)
            let complaint = try TestMachine.shell("systemd-analyze verify \"$1\"", [unit.path])
            #expect(complaint.output.contains("no_such_call"))
        }
    }

    @Test("a policy of another version or a damaged one is refused")
    func damaged() throws {
        let bytes = try Self.demo().canonicalBytes
        let text = String(decoding: bytes, as: UTF8.self)
        let newer = text.replacingOccurrences(of: "\"version\" : 1", with: "\"version\" : 2")
        #expect(newer != text)
        #expect(throws: PolicyError.self) { try Policy(canonicalBytes: Array(newer.utf8)) }
        for count in stride(from: 0, to: bytes.count - 2, by: 97) {
            #expect(throws: PolicyError.self) {
                try Policy(canonicalBytes: Array(bytes[..<count]))
            }
        }
    }
}
