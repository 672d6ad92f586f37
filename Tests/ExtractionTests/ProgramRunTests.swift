import Foundation
import Syscalls
import Testing

@testable import Extraction

@Suite("Programs that a program runs")
struct ProgramRunTests {
    private func tree() throws -> SystemTree {
        let tree = try SystemTree()
        let small = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie"])
        try tree.add(CompiledProgram.path("runs-programs", ["-O1"]), at: "/usr/bin/runner")
        for name in ["sh", "wrapped", "wrapped-too", "searched", "listed", "tool", "env"] {
            try tree.copy(small, to: "/usr/bin/\(name)")
        }
        try tree.write("#! /usr/bin/env -S tool -x\nwords\n", to: "/usr/bin/script")
        return tree
    }

    @Test("constant names are found through callers, PATH and interpreters, with a set for each")
    func names() throws {
        let tree = try tree()
        let set = try tree.extract("/usr/bin/runner")
        let runs = Dictionary(set.programs.map { ($0.name, $0) }) { first, _ in first }
        #expect(
            runs.keys.sorted() == [
                "/bin/missing", "/bin/sh", "/bin/wrapped", "/usr/bin/wrapped-too", "listed",
                "script", "searched",
            ])
        let bin = tree.root + "/usr/bin/"
        #expect(runs["/bin/wrapped"]?.path == bin + "wrapped")
        #expect(runs["searched"]?.path == bin + "searched")
        #expect(runs["script"]?.path == bin + "script")
        #expect(runs["script"]?.interpreter == bin + "tool")
        // One call in each of two branches of the function that is handed the path.
        #expect(runs["/bin/wrapped"]?.sites.count == 1)
        #expect(runs["/bin/sh"]?.sites.count == 2)
        let name = try #require(SyscallNumber(name: "getpgrp"))
        for run in set.programs where run.name != "/bin/missing" {
            #expect(run.syscalls.contains(name), "\(run.name)")
            #expect(run.reason == nil)
            #expect(run.parent == set.binary)
        }
        #expect(!set.syscalls.contains(name))
        #expect(runs["/bin/missing"]?.path == nil)
        #expect(runs["/bin/missing"]?.reason == "it is not installed")
        #expect(runs["/bin/missing"]?.syscalls.isEmpty == true)
    }

    @Test("only what is not known stays unresolved")
    func unresolved() throws {
        let set = try tree().extract("/usr/bin/runner")
        let details = set.unresolved.filter { $0.kind == "execve" }.map(\.detail).sorted()
        #expect(
            details == [
                "execve of \"relative/path\", which is relative",
                "execvp of a name that is not constant",
                "popen of \"one | two\", more than one command",
            ])
    }

    @Test("programs that run each other end, and those too far away have no set")
    func cycles() throws {
        let tree = try tree()
        try FileManager.default.removeItem(atPath: tree.root + "/usr/bin/sh")
        try tree.link("/usr/bin/sh", to: "runner")
        let set = try tree.extract("/usr/bin/runner")
        let shell = try #require(set.programs.first { $0.name == "/bin/sh" })
        #expect(shell.path == set.binary)
        #expect(shell.syscalls == set.syscalls)
        let listed = try Extractor.extract(
            "/usr/bin/runner", options: ExtractionOptions(sysroot: tree.root, programDepth: 0))
        #expect(listed.programs.map(\.name).sorted() == set.programs.map(\.name).sorted())
        #expect(listed.programs.allSatisfy { $0.syscalls.isEmpty && $0.reason != nil })
    }

    @Test("a static program's calls are found at its instructions")
    func staticProgram() throws {
        let path = try CompiledProgram.path("runs-programs", ["-O1", "-static"])
        let set = try Extractor.extract(path)
        #expect(set.programs.contains { $0.name == "/bin/wrapped" })
        #expect(set.programs.contains { $0.name == "/bin/sh" })
    }

    @Test(
        "the first word of a plain command is what the shell starts",
        arguments: [
            ("ls -l", "ls"), ("/bin/cat < in > out", "/bin/cat"), ("exec more", "more"),
            ("cd /tmp", "/bin/sh"), ("", "/bin/sh"), ("a; b", nil), ("a | b", nil),
            ("a $(b)", nil), ("A=1 b", nil), ("./a", nil), ("if a", nil), ("$X", nil),
        ])
    func commands(_ line: String, _ program: String?) {
        #expect(ShellCommand(line).program == program)
    }
}
