import Foundation
import TestSupport
import Testing

private enum Bubblewrap {
    static let isUsable =
        (try? Subprocess.run(["bwrap", "--ro-bind", "/", "/", "--", "true"]).status) == 0
}

/// What `fathom extract --bpf` writes, judged by the kernel.
@Suite(
    "Filters of static sets",
    .enabled(if: Bubblewrap.isUsable, "bubblewrap may not run here"))
struct ExtractedFilterTests {
    private func filter(of program: String, in folder: borrowing TemporaryFolder) throws -> String {
        let path = folder.path + "/filter.bpf"
        let result = try FathomBinary.run(["extract", program, "--bpf", path])
        #expect(result.status == 0, "\(result.errors)")
        return path
    }

    private func run(_ command: [String], under filter: String) throws -> Subprocess {
        let script =
            "filter=$1; shift; exec bwrap --ro-bind / / --seccomp 9 -- \"$@\" 9<\"$filter\""
        return try Subprocess.run(["sh", "-c", script, "sh", filter] + command)
    }

    @Test("a program runs under the filter of its static set, another one is killed")
    func kills() throws {
        let folder = try TemporaryFolder()
        let filter = try filter(of: "pwd", in: folder)
        #expect(try run(["/bin/pwd"], under: filter).status == 0)
        // 128 + SIGSYS
        #expect(try run(["/usr/bin/sleep", "0.01"], under: filter).status == 159)
    }

    @Test("a filter allows what the programs call that the program runs")
    func programs() throws {
        let folder = try TemporaryFolder()
        let filter = try filter(of: "diff", in: folder)
        for (name, text) in [("a", "1\n"), ("b", "2\n")] {
            try Data(text.utf8).write(to: URL(filePath: folder.path + "/" + name))
        }
        let result = try run(
            ["/usr/bin/diff", "-l", folder.path + "/a", folder.path + "/b"], under: filter)
        #expect(result.status == 1)
        #expect(result.output.contains("Page 1"))
    }

    @Test("a filter is asked for alone")
    func usage() throws {
        for words in [["--compare", "true", "ls"], ["true", "--explain", "read"]] {
            #expect(try FathomBinary.run(["extract", "--bpf", "/dev/null"] + words).status == 2)
        }
    }
}
