import Foundation
import TestSupport
import Testing

/// The parts of `trace`'s JSON that are promised.
private struct TraceOutput: Decodable {
    struct Exit: Decodable, Equatable {
        var status: Int?
        var signal: Int?
        var stopped: String?
    }
    struct Process: Decodable {
        let pid: Int
        let role: String
        let image: String
        let parent: Int?
    }
    struct Count: Decodable {
        let syscall: String
        let calls: Int
        let returned: Int
        let errors: Int
    }
    struct PhaseCalls: Decodable {
        let role: String
        let phase: String
        let syscalls: [String]
    }
    let command: [String]
    let exit: Exit
    let processes: [Process]
    let syscalls: [String]
    let counts: [Count]
    let phases: [PhaseCalls]

    /// Traces a command with the built program.
    init(_ command: [String]) throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/trace.json"
        let run = try FathomBinary.run(["trace", "--json", "-o", file, "--"] + command)
        try #require(run.status == 0, "\(run.errors)")
        let data = try Data(contentsOf: URL(filePath: file))
        self = try JSONDecoder().decode(TraceOutput.self, from: data)
    }
}

@Suite("fathom trace")
struct TraceCommandTests {
    @Test(
        "the built program counts what strace counts",
        .enabled(if: StraceCount.isAvailable, "strace is not installed"),
        arguments: [["pwd"], ["ls", "-l", "/etc"], ["diff", "-l", "/etc/passwd", "/etc/group"]])
    func counts(command: [String]) throws {
        let ours = try TraceOutput(command).counts.filter { $0.returned > 0 }
        let theirs = try StraceCount.of(
            command, environment: ProcessInfo.processInfo.environment, intoFiles: true)
        #expect(
            Dictionary(uniqueKeysWithValues: ours.map { ($0.syscall, $0.returned) }) == theirs)
    }

    @Test("JSON names the command, its end, its processes and the calls of each phase")
    func shape() throws {
        let program = try TestProgram.build("vfork-exec")
        let output = try TraceOutput([program, "/bin/true"])
        #expect(output.command == [program, "/bin/true"])
        #expect(output.exit == .init(status: 0))
        #expect(output.processes.map(\.role) == ["root", "worker", "exec:/usr/bin/true"])
        #expect(output.processes.map(\.image) == [program, program, "/usr/bin/true"])
        let root = output.processes[0].pid
        #expect(output.processes.map(\.parent) == [nil, root, root])
        #expect(output.syscalls == output.counts.map(\.syscall))
        #expect(Set(output.phases.flatMap(\.syscalls)) == Set(output.syscalls))
        let load = try #require(output.phases.first)
        #expect(load.role == "root" && load.phase == "load")
        #expect(load.syscalls.contains("execve") && !load.syscalls.contains("vfork"))
        #expect(output.counts.allSatisfy { $0.calls >= $0.returned && $0.returned >= $0.errors })
    }

    @Test("the command's own end is told, and is not the end of fathom")
    func ends() throws {
        #expect(try TraceOutput(["sh", "-c", "exit 3"]).exit == .init(status: 3))
        let program = try TestProgram.build("killed")
        #expect(try TraceOutput([program, "9"]).exit == .init(signal: 9))
    }

    @Test("people see the process tree and the calls of each role")
    func text() throws {
        let program = try TestProgram.build("fork-tree")
        let run = try FathomBinary.run(["trace", "--", program, "2"])
        #expect(run.status == 0)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("PID") && lines[0].hasSuffix("END"))
        let indents = lines[1...7].map { $0.prefix { $0 == " " }.count }
        #expect(indents == [0, 2, 4, 4, 2, 4, 4])
        #expect(lines[1].contains(program) && lines[1].hasSuffix("status 0"))
        let row = lines.first { $0.hasPrefix("worker") && $0.contains("getpgrp") }
        #expect(row?.split(separator: " ") == ["worker", "getpgrp", "4"])
        #expect(lines.dropLast().last?.hasPrefix("The command ended with status 0") == true)
        #expect(lines.allSatisfy { $0.last != " " })
    }

    @Test("with --phases the loader's calls stand apart")
    func phases() throws {
        let run = try FathomBinary.run(["trace", "--phases", "--", "pwd"])
        let rows = run.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.contains { $0.starts(with: ["root", "load", "execve", "1"]) })
        #expect(rows.contains { $0.first == "root" && $0[1] != "load" && $0[2] == "getcwd" })
    }

    @Test("what cannot be traced is one sentence and exit code 3")
    func refusals() throws {
        let folder = try TemporaryFolder()
        var program = try Data(contentsOf: URL(filePath: "/bin/true"))
        program[4] = 1
        let old = try folder.write("", to: "old", mode: 0o755)
        try program.write(to: URL(filePath: old))
        let script = try folder.write("#!/no/sh\n", to: "script", mode: 0o755)
        let cases = [
            ("/no/program", "does not exist"), ("no-such-program", "along PATH"),
            ("/tmp", "is a directory"), ("/etc/passwd", "not executable"),
            (script, "/no/sh, which does not exist"), (old, "32-bit program"),
        ]
        for (command, reason) in cases {
            let run = try FathomBinary.run(["trace", "--", command])
            #expect(run.status == 3)
            #expect(run.output.isEmpty)
            #expect(run.errors.contains(reason), "\(run.errors)")
            #expect(run.errors.split(separator: "\n").count == 1)
        }
    }

    @Test("a result that cannot be written is found before the command runs")
    func unwritable() throws {
        let folder = try TemporaryFolder()
        let run = try FathomBinary.run([
            "trace", "-o", folder.path + "/no/file", "--", "touch", folder.path + "/touched",
        ])
        #expect(run.status == 3)
        #expect(run.errors.contains("cannot create"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/touched"))
        let full = try FathomBinary.run(["trace", "-o", "/dev/full", "--", "true"])
        #expect(full.status == 3)
        #expect(full.errors.contains("cannot write /dev/full: No space left on device"))
    }
}
