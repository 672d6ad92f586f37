import Foundation
import Policies
import Syscalls
import Testing
import Traces

/// The kernel itself judges exported filters, loaded by bubblewrap.
@Suite(
    "Filters in bubblewrap",
    .enabled(if: TestMachine.canSandbox, "bubblewrap or strace may not run here"))
struct BubblewrapTests {
    /// The set that strace sees, and what `probe` says under the filter made of it.
    static func run(
        _ command: [String], learnedFrom learning: [String], denial: Policy.Options.Denial,
        in folder: URL
    ) throws -> TestMachine.Outcome {
        let log = folder.appendingPathComponent("log").path
        let traced = try TestMachine.shell(
            "log=$1; shift; strace -f -qq -e signal=none -o \"$log\" -- \"$@\"", [log] + learning)
        #expect(traced.status == 0)
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        let names = lines.compactMap { line -> String? in
            // `PID  name(…` or `PID <... name resumed>`; the first is enough, resumed began once.
            let call = line.drop { $0.isNumber || $0 == " " }
            return call.firstIndex(of: "(").map { String(call[..<$0]) }
        }
        let observations = Set(names).filter { SyscallNumber(name: $0) != nil }
            .map { PolicyFixture.observation($0) }
        let policy = try PolicyFixture.policy(
            observations, options: Policy.Options(denial: denial))
        let files = try policy.export(.bpf)
        let filter = folder.appendingPathComponent("filter.bpf")
        try Data(files[0].bytes).write(to: filter)
        return try TestMachine.shell(
            "filter=$1; shift; exec bwrap --bind / / --dev-bind /dev /dev --seccomp 9 -- \"$@\" "
                + "9<\"$filter\"", [filter.path] + command)
    }

    @Test(
        "a command runs under the filter of what strace saw it do",
        arguments: [["/bin/pwd"], ["/bin/ls", "-la", "/"], ["/bin/sh", "-c", "ls / | cat"]])
    func runs(command: [String]) throws {
        try TestMachine.inScratch { folder in
            let outcome = try Self.run(command, learnedFrom: command, denial: .kill, in: folder)
            #expect(outcome.status == 0, "\(outcome.output)")
            #expect(!outcome.output.isEmpty)
        }
    }

    @Test("what was not seen is denied or kills", arguments: ["ptrace", "mount"])
    func denies(call: String) throws {
        let clang = try #require(TestMachine.clang)
        try TestMachine.inScratch { folder in
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("Programs/probe.c").path
            let probe = folder.appendingPathComponent("probe").path
            let built = try TestMachine.shell("exec \"$@\"", [clang, "-O1", source, "-o", probe])
            #expect(built.status == 0, "\(built.output)")
            let plain = try Self.run(
                [probe, "plain"], learnedFrom: [probe, "plain"], denial: .kill, in: folder)
            #expect(plain.status == 0)
            #expect(plain.output == "plain 0\n")
            let refused = try Self.run(
                [probe, call], learnedFrom: [probe, "plain"], denial: .error, in: folder)
            #expect(refused.output == "\(call) 1\n")
            let killed = try Self.run(
                [probe, call], learnedFrom: [probe, "plain"], denial: .kill, in: folder)
            // 128 + SIGSYS
            #expect(killed.status == 159)
        }
    }
}
