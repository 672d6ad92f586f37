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
