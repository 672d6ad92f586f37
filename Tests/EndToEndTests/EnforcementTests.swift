import Foundation
import Glibc
import TestSupport
import Testing

/// A program under a policy that was learned from one run of it.
@Suite("Enforcement", .timeLimit(.minutes(30)))
final class EnforcementTests {
    private let folder: TemporaryFolder
    private let program: String

    init() throws {
        folder = try TemporaryFolder()
        program = try TestProgram.build("phases")
    }

    private static let requests = Array(repeating: ["ok", "nap", "flags"], count: 15).joined()

    /// Learns a policy from a run with the words and many ordinary requests.
    private func learn(_ words: [String] = [], options: [String] = []) throws -> String {
        let policy = folder.path + "/policy.json"
        let run = try FathomBinary.run(
            ["trace", "--phases", "--learn", "--policy", policy] + options + ["--", program] + words
                + Self.requests)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("serve  "), "\(run.output)")
        return policy
    }

    private func enforce(_ policy: String, _ words: [String], options: [String] = []) throws
        -> Subprocess
    {
        try FathomBinary.run(["enforce"] + options + [policy, "--", program] + words)
    }

    @Test("what belongs to setting up works, and is refused once the program serves")
    func transition() throws {
        let policy = try learn()
        let plain = try Subprocess.run([program, "ok", "socket"])
        #expect(plain.output == "ok 0\nsocket 0\n")
        let enforced = try enforce(policy, ["ok", "socket", "execute"], options: ["-v"])
        #expect(enforced.output == "ok 0\nsocket 1\nexecute 1\n", "\(enforced.errors)")
        #expect(enforced.status == 7)
        #expect(enforced.errors.contains("filter of serve"))
        #expect(enforced.errors.contains("let go"))
    }

    @Test("a forked worker gets the filters of its own phases")
    func worker() throws {
        let policy = try learn(["tree"])
        let enforced = try enforce(policy, ["tree", "ok", "socket"], options: ["-v"])
        #expect(enforced.output == "ok 0\nsocket 1\n", "\(enforced.errors)")
        #expect(enforced.status == 7)
        #expect(enforced.errors.contains("(worker): filter of serve"))
    }

    @Test("a call passes with the arguments that were seen, and is refused with others")
    func arguments() throws {
        let policy = try learn(options: ["--arguments"])
        let enforced = try enforce(policy, ["ok", "flags", "mode"])
        #expect(enforced.output == "ok 0\nflags 0\nmode 1\n", "\(enforced.errors)")
        let log = folder.path + "/denied"
        let logged = try enforce(policy, ["ok", "flags", "mode"], options: ["--log", log])
        #expect(logged.output == enforced.output)
        #expect(!logged.errors.contains("denied"), "\(logged.errors)")
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(text.contains("called fcntl"), "\(text)")
        #expect(text.contains("is allowed only where cmd == F_GETFD"), "\(text)")
        let open = try learn()
        #expect(try enforce(open, ["mode"]).output == "mode 0\n")
    }

    @Test(
        "a call of the 32-bit table is explained as what it is, and kills",
        arguments: [[], ["--denial", "log"]])
    func gate(options: [String]) throws {
        let program = try TestProgram.build("int80")
        let policy = folder.path + "/gate.json"
        let run = try FathomBinary.run(["trace", "--policy", policy, "--", program])
        #expect(run.output.contains("i386:getppid"), "\(run.output)")
        #expect(!run.output.contains("semget"))
        let enforced = try FathomBinary.run(
            ["enforce", "--explain"] + options + [policy, "--", program])
        #expect(enforced.status == 128 + 31)
        #expect(enforced.errors.contains("called i386:getppid"), "\(enforced.errors)")
        #expect(!enforced.errors.contains("semget"))
    }

    @Test("a filter is for every thread of the process")
    func threads() throws {
        let policy = try learn(["threads"])
        let run = try FathomBinary.start(
            ["enforce", "-v", policy, "--", program, "threads", "ok", "sleep"])
        defer { run.send(SIGKILL) }
        #expect(RunningCommand.poll { run.errors.contains("let go") }, "\(run.errors)")
        let process = try #require(Self.process(in: run.errors))
        defer { kill(process, SIGKILL) }
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
        #expect(tasks.count == 2)
        for task in tasks {
            let status = try String(
                contentsOfFile: "/proc/\(process)/task/\(task)/status", encoding: .utf8)
            let filters = Self.field("Seccomp_filters", of: status)
            #expect((filters.flatMap { Int($0) } ?? 0) >= 2, "\(status)")
            #expect(Self.field("TracerPid", of: status) == "0")
        }
    }

    @Test("what is denied is explained, or kills, as is asked")
    func denials() throws {
        let policy = try learn()
        let explained = try enforce(policy, ["ok", "socket"], options: ["--explain"])
        #expect(explained.output == "ok 0\nsocket 1\n")
        #expect(explained.errors.contains("(root, serve) called socket"), "\(explained.errors)")
        #expect(explained.errors.contains("was seen in init of root only"), "\(explained.errors)")
        let killed = try enforce(policy, ["ok", "socket"], options: ["--denial", "kill"])
        #expect(killed.status == 128 + SIGSYS)
        #expect(killed.output == "ok 0\n")
        #expect(killed.errors.contains("SIGSYS"))
    }

    @Test("a policy of another build is refused, and so is one that loosens")
    func refusals() throws {
        let policy = try learn()
        let copy = folder.path + "/copy"
        try Data(contentsOf: URL(filePath: program)).write(to: URL(filePath: copy))
        let handle = try FileHandle(forWritingTo: URL(filePath: copy))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0]))
        try handle.close()
        unsafe chmod(copy, 0o755)
        let other = try FathomBinary.run(["enforce", policy, "--", copy, "ok"])
        #expect(other.status == 1)
        #expect(other.errors.contains("another build"), "\(other.errors)")
        #expect(other.output.isEmpty)

        let bytes = try Data(contentsOf: URL(filePath: policy))
        var json = try #require(
            try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        var phases = try #require(json["phases"] as? [[String: Any]])
        var rules = try #require(phases[0]["rules"] as? [String: Any])
        let entries = try #require(rules["entries"] as? [[String: Any]])
        rules["entries"] = entries.filter { $0["syscall"] as? String != "socket" }
        phases[0]["rules"] = rules
        json["phases"] = phases
        let loosened = folder.path + "/loosened.json"
        try JSONSerialization.data(withJSONObject: json).write(to: URL(filePath: loosened))
        let refused = try enforce(loosened, ["ok"])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("phase init of root allows socket"), "\(refused.errors)")
        #expect(refused.output.isEmpty)
        let check = try FathomBinary.run(["check", loosened])
        #expect(check.status == 1)
        #expect(try FathomBinary.run(["check", policy]).status == 0)

        try Data(bytes.prefix(bytes.count / 2)).write(to: URL(filePath: loosened))
        #expect(try enforce(loosened, ["ok"]).status == 3)
    }

    @Test("a policy under which nothing can run is refused", arguments: [[], ["--explain"]])
    func empty(options: [String]) throws {
        let policy = try learn()
        var json = try #require(
            try JSONSerialization.jsonObject(with: try Data(contentsOf: URL(filePath: policy)))
                as? [String: Any])
        let phases = try #require(json["phases"] as? [[String: Any]])
        json["phases"] = try phases.map { part in
            var part = part
            var rules = try #require(part["rules"] as? [String: Any])
            rules["entries"] = [Any]()
            part["rules"] = rules
            return part
        }
        let emptied = folder.path + "/emptied.json"
        try JSONSerialization.data(withJSONObject: json).write(to: URL(filePath: emptied))
        var run = try FathomBinary.start(
            ["enforce"] + options + [emptied, "--", program, "ok"])
        let refused = try run.finish(within: .seconds(30))
        #expect(refused.status == 1)
        #expect(refused.errors.contains("does not allow execve"), "\(refused.errors)")
        #expect(refused.output.isEmpty)
    }

    @Test(
        "a request to end leaves nothing of the program behind", arguments: [[], ["--explain"]])
    func requestedEnd(options: [String]) throws {
        let policy = try learn(["tree"])
        var run = try FathomBinary.start(
            ["enforce", "-v"] + options + [policy, "--", program, "tree", "ok", "sleep"])
        #expect(
            RunningCommand.poll { run.errors.contains("(worker): filter of serve") },
            "\(run.errors)")
        let root = try #require(Self.process(in: run.errors))
        usleep(200_000)
        run.send(SIGTERM)
        let end = try run.finish(within: .seconds(10))
        #expect(end.status == 128 + SIGTERM)
        // The group is the program's own.
        #expect(RunningCommand.poll(within: .seconds(5)) { kill(-root, 0) != 0 })
    }

    @Test("a program whose enforcer dies before the last filter is in dies with it")
    func deadEnforcer() throws {
        let policy = try learn()
        var early = try FathomBinary.start(["enforce", "-v", policy, "--", program, "slow", "ok"])
        #expect(RunningCommand.poll { early.errors.contains("filter of init") }, "\(early.errors)")
        let process = try #require(Self.process(in: early.errors))
        early.send(SIGKILL)
        _ = try early.finish()
        #expect(RunningCommand.poll { kill(process, 0) != 0 })

        var late = try FathomBinary.start(["enforce", "-v", policy, "--", program, "ok", "sleep"])
        #expect(RunningCommand.poll { late.errors.contains("let go") }, "\(late.errors)")
        let released = try #require(Self.process(in: late.errors))
        defer { kill(released, SIGKILL) }
        late.send(SIGKILL)
        _ = try late.finish()
        let status = try String(contentsOfFile: "/proc/\(released)/status", encoding: .utf8)
        #expect(Self.field("Seccomp", of: status) == "2")
    }

    /// The process id in the first line of what `-v` says.
    private static func process(in errors: String) -> Int32? {
        let words = errors.split(separator: " ")
        return words.firstIndex(of: "process").flatMap { Int32(words[$0 + 1]) }
    }

    private static func field(_ name: String, of status: String) -> String? {
        status.split(separator: "\n").first { $0.hasPrefix(name + ":") }?
            .split(separator: "\t").last.map(String.init)
    }
}
