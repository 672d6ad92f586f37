import Foundation
import TestSupport
import Testing

/// The commands that need no campaign.
@Suite struct MachineCommandsTests {
    private static func json(_ words: [String]) throws -> [String: Any] {
        let result = try FathomBinary.run(words + ["--json"])
        let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return try #require(value as? [String: Any])
    }

    @Test("doctor's exit code is what its checks say")
    func doctor() throws {
        let result = try FathomBinary.run(["doctor", "--json"])
        let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let view = try #require(value as? [String: Any])
        let checks = try #require(view["checks"] as? [[String: Any]])
        let works = !checks.contains { $0["state"] as? String == "problem" }
        #expect(view["canFuzz"] as? Bool == works)
        #expect(result.status == (works ? 0 : 3))
        let names = Set(checks.compactMap { $0["name"] as? String })
        #expect(names.isSuperset(of: ["kernel", "ptrace", "user namespaces", "sandbox", "disk"]))
        for check in checks where check["state"] as? String == "problem" {
            #expect(check["remedy"] is String)
        }
    }

    @Test("extract finds a program along PATH, and the same one by its path")
    func extract() throws {
        let named = try Self.json(["extract", "true"])
        let located = try Self.json(["extract", "/bin/true"])
        #expect(named["binary"] as? String == located["binary"] as? String)
        let names = (named["syscalls"] as? [[String: Any]] ?? []).compactMap {
            $0["name"] as? String
        }
        #expect(Set(names).isSuperset(of: ["execve", "exit_group", "mmap"]))
        #expect(names == names.sorted())
    }

    @Test("extract explains one call, or says that it is not there")
    func explain() throws {
        let explained = try FathomBinary.run(["extract", "true", "--explain", "exit_group"])
        #expect(explained.status == 0)
        #expect(explained.output.contains("root first"))
        let rows = try Self.json(["extract", "true", "--explain", "exit_group"])["syscalls"]
        #expect((rows as? [Any])?.count == 1)
        #expect(try FathomBinary.run(["extract", "true", "--explain", "reboot"]).status == 1)
        #expect(try FathomBinary.run(["extract", "true", "--explain", "exitgroup"]).status == 2)
    }

    @Test("extract compares two programs, and two that are equal differ in nothing")
    func compare() throws {
        let same = try FathomBinary.run(["extract", "--compare", "true", "/bin/true"])
        #expect(same.status == 0)
        #expect(same.output.contains("The same system calls."))
        let differing = try FathomBinary.run(["extract", "--compare", "true", "ls"])
        #expect(differing.status == 1)
        #expect(differing.output.contains("Convention: whole process"))
        #expect(differing.output.contains("getxattr"))
        let result = try FathomBinary.run(["extract", "--compare", "true", "ls", "--json"])
        #expect(result.status == 1)
        let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let object = try #require(value as? [String: Any])
        let added = try #require(object["added"] as? [[String: Any]])
        #expect(added.allSatisfy { ($0["chain"] as? [Any])?.isEmpty == false })
        #expect(object["convention"] as? String == "whole-process")
        for words in [["true"], ["--other-sysroot", "/", "true", "ls", "diff"]] {
            #expect(try FathomBinary.run(["extract", "--compare"] + words).status == 2)
        }
        #expect(try FathomBinary.run(["extract", "true", "ls"]).status == 2)
    }

    @Test("extract reports what no analysis can settle, by kind, and names the convention")
    func soundness() throws {
        let object = try Self.json(["extract", "bash", "--after-main"])
        #expect(object["convention"] as? String == "after-main")
        let concerns = try #require(object["soundness"] as? [[String: Any]])
        let runs = try #require(concerns.first { $0["kind"] as? String == "execve" })
        let places = (object["unresolved"] as? [[String: Any]] ?? []).filter {
            $0["kind"] as? String == "execve"
        }
        #expect(runs["count"] as? Int == places.count)
        let text = try FathomBinary.run(["extract", "bash", "--verbose"]).output
        #expect(text.contains("Soundness: what the set may lack"))
    }

    @Test(
        "every call of an ordinary command comes from where the static set has it",
        arguments: [
            ["pwd", "-P"], ["ls", "-la", "/etc"], ["diff", "-r", "/etc/ssl", "/etc/ldap"],
            ["sqlite3", ":memory:", "create table t(a); insert into t values(1);"],
            ["sort", "--parallel=4", "/etc/services"], ["xz", "-kc", "/etc/services"],
            ["bash", "-c", "for i in 1 2; do cat /etc/hosts | wc -l; done"],
            ["grep", "-r", "x", "/etc/default"], ["find", "/etc/ssl", "-newer", "/etc/passwd"],
            ["tar", "cf", "/dev/null", "/etc/default"], ["sed", "-n", "3p", "/etc/passwd"],
            ["perl", "-e", "fork; print `date`"],
        ])
    func sites(_ command: [String]) throws {
        let result = try FathomBinary.run(["trace", "--check-sites", "--json", "--"] + command)
        // What the command writes stands before the report.
        let start = try #require(result.output.range(of: "{\n  \"command\"", options: .backwards))
        let report = Data(result.output[start.lowerBound...].utf8)
        let object = try JSONSerialization.jsonObject(with: report) as? [String: Any]
        let images = try #require(object?["images"] as? [[String: Any]])
        #expect(result.status == 0, "\(result.output[start.lowerBound...])")
        let checks = images.compactMap { $0["check"] as? [String: Any] }
        #expect(checks.count == images.count)
        #expect(checks.compactMap { $0["checked"] as? Int }.reduce(0, +) > 10)
    }

    @Test("a command that is traced in the sandbox shows what it wrote, called and left there")
    func sandboxed() throws {
        let line = "echo hello | tee made; umask; pwd -P; echo no >&2; exit 3"
        let result = try FathomBinary.run(["trace", "--sandbox", "--", "sh", "-c", line])
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("hello\n0022\n/tmp/scratch\n"))
        #expect(result.errors.contains("no\n"))
        #expect(result.output.contains("The command ended with status 3 after "))
        #expect(result.output.contains("/tmp/scratch/made  file  644       6"))
    }

    @Test("a server in the sandbox can join groups, and hears what is sent to them")
    func groups() throws {
        let script = #"""
            use Socket;
            socket(S, AF_INET, SOCK_DGRAM, 0) && bind(S, sockaddr_in(8649, "\xef\2\xb\x47")) or die $!;
            setsockopt(S, 0, 35, "\xef\2\xb\x47\0\0\0\0") or die "join: $!";
            socket(C, AF_INET, SOCK_DGRAM, 0);
            send(C, "heard\n", 0, sockaddr_in(8649, "\xef\2\xb\x47")) or die "send: $!";
            recv(S, $text, 9, 0); print $text;
            socket(T, AF_INET6, SOCK_DGRAM, 0) or die $!;
            setsockopt(T, 41, 20, pack("H32 I", "ff180000000000000000000000000001", 0)) or die "join6: $!";
            print "joined\n";
            """#
        let result = try FathomBinary.run(["trace", "--sandbox", "--", "perl", "-e", script])
        #expect(result.output.hasPrefix("heard\njoined\n"), "\(result.errors)")
    }

    @Test(
        "a way of executing that there is not is refused in a sentence",
        arguments: [
            (["--executor", "exec", "--", "true"], 2, "--executor needs --sandbox"),
            (["--sandbox", "--executor", "fast", "--", "true"], 2, "not 'fast'"),
            (["--sandbox"], 2, "trace needs a command"),
            (
                ["--sandbox", "--executor", "standing-server", "--", "true"], 1,
                "a harness has to say that it is a server"
            ),
        ])
    func refusedWays(words: [String], status: Int32, sentence: String) throws {
        let result = try FathomBinary.run(["trace"] + words)
        #expect(result.status == status)
        #expect(result.errors.contains(sentence), "\(result.errors)")
    }

    @Test("extract prints the same bytes cold, warm and without its cache")
    func cache() throws {
        let folder = try TemporaryFolder()
        let words = ["extract", "ls", "--json"]
        let cold = try FathomBinary.run(words, cacheFolder: folder.path)
        #expect(cold.status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/fathom")
        #expect(names.contains("key"))
        #expect(names.count > 3)
        #expect(try FathomBinary.run(words, cacheFolder: folder.path).output == cold.output)
        let unused = folder.path + "/unused"
        let without = try FathomBinary.run(words + ["--no-cache"], cacheFolder: unused)
        #expect(without.output == cold.output)
        #expect(!FileManager.default.fileExists(atPath: unused))
    }

    @Test("extract says which interpreter it analyses for a script")
    func script() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/script"
        try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: path))
        let result = try FathomBinary.run(["extract", path])
        #expect(result.status == 0)
        #expect(result.errors.contains("its interpreter /bin/sh"))
    }

    @Test("what cannot be extracted from is one sentence and exit code 3")
    func unreadable() throws {
        for path in ["/nowhere", "/etc/passwd", "/etc"] {
            let result = try FathomBinary.run(["extract", path])
            #expect(result.status == 3)
            #expect(result.errors.split(separator: "\n").count == 1)
        }
        #expect(try FathomBinary.run(["extract", "ls", "--sysroot", "/nowhere"]).status == 3)
    }

    @Test("an unknown command is answered with the nearest and exit code 2")
    func unknown() throws {
        let result = try FathomBinary.run(["exprt"])
        #expect(result.status == 2)
        #expect(result.errors == "fathom: unknown command exprt; did you mean export?\n")
        #expect(try FathomBinary.run([]).status == 2)
        #expect(try FathomBinary.run(["--help"]).status == 0)
        #expect(try FathomBinary.run(["reached", "--help"]).status == 0)
        #expect(try FathomBinary.run(["--version"]).output.hasPrefix("fathom "))
    }
}
