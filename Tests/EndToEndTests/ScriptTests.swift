import Foundation
import Glibc
import TestSupport
import Testing

/// Targets that are run by an interpreter.
@Suite(
    "Scripts", .serialized,
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct ScriptTests {
    private struct Replayed: Decodable {
        let attempts: Int
        let reproduced: Int
    }

    private struct Status: Decodable {
        struct Executor: Decodable {
            let forkServer: UInt64
            let differed: UInt64
        }
        struct Calls: Decodable {
            let natural: [String]
        }
        let executor: Executor
        let syscalls: Calls
    }

    @Test(
        "options of a script are found, and each witness shows its call again",
        .timeLimit(.minutes(30)))
    func options() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(
            """
            #!/usr/bin/perl
            use Getopt::Long;
            my %o; GetOptions(\\%o, "link", "dir", "pipe", "name=s") or exit 2;
            link("/etc/passwd", "x") if $o{link}; mkdir("d") if $o{dir};
            pipe(my $r, my $w) if $o{pipe}; symlink("y", $o{name}) if $o{name};
            """, to: "options.pl")
        try #require(unsafe chmod(script, 0o755) == 0)
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign, "-n", "400", "--", script])
        try #require(fuzz.status == 0, "\\(fuzz.errors)")
        let text = try FathomBinary.finish(["status", "--json", campaign])
        let status = try JSONDecoder().decode(Status.self, from: Data(text.output.utf8))
        // By copies, which are given the script as its interpreter's first argument.
        #expect(status.executor.forkServer > 200, "\\(status)")
        #expect(status.executor.differed == 0)
        #expect(Set(["link", "mkdir", "pipe2"]).isSubset(of: status.syscalls.natural))
        let replay = try FathomBinary.finish(["replay", campaign, "--all", "--json"])
        let result = try JSONDecoder().decode(Replayed.self, from: Data(replay.output.utf8))
        #expect(result.attempts >= 20)
        #expect(result.reproduced == result.attempts, "\\(result): \\(replay.errors)")
    }

    @Test("what a command names above its folder is there in the sandbox")
    func above() throws {
        let folder = try TemporaryFolder()
        try #require(unsafe chmod(folder.path, 0o755) == 0)
        _ = try folder.write("it is here\n", to: "words")
        try FileManager.default.createDirectory(
            atPath: folder.path + "/own", withIntermediateDirectories: false)
        let run = try Self.type(
            "trace --sandbox -- cat ../words", in: folder.path + "/own")
        #expect(run.output.contains("it is here"), "\(run.output) \(run.errors)")
    }

    /// What `fathom` says to a command that is typed in a folder, with another before `PATH`.
    private static func type(_ words: String, in folder: String) throws -> Subprocess {
        let line =
            "cd '\(folder)' && PATH=\"$PWD/bin:$PATH\" exec '\(try FathomBinary.path())' \(words)"
        return try Subprocess.run(["/bin/sh", "-c", line])
    }

    private static func program(_ text: String, at path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        try #require(unsafe chmod(path, 0o755) == 0)
    }

    /// A folder with a script, a module that it needs, and a shim of its interpreter.
    private static func project(in folder: String) throws -> String {
        let manager = FileManager.default
        let path = folder + "/project"
        for name in ["bin", "lib"] {
            try manager.createDirectory(
                atPath: path + "/" + name, withIntermediateDirectories: true)
        }
        try Data("package Own; sub made { mkdir $_[0] } 1;".utf8).write(
            to: URL(filePath: path + "/lib/Own.pm"))
        try program(
            """
            use lib 'lib'; use Own;
            open(my $out, '>', 'data') or die; print $out 'x';
            Own::made('new') if grep { $_ eq '--make' } @ARGV;
            """, at: path + "/app.pl")
        try program("#!/bin/sh\nexec /usr/bin/perl \"$@\"\n", at: path + "/bin/perl")
        try Data("old".utf8).write(to: URL(filePath: path + "/data"))
        return path
    }

    @Test(
        "a script is run in its folder, by what the shim of its interpreter leads to",
        .timeLimit(.minutes(30)))
    func shim() throws {
        let folder = try TemporaryFolder()
        let project = try Self.project(in: folder.path)
        let fuzz = try Self.type(
            "fuzz -n 150 --campaign ../campaign -- perl app.pl", in: project)
        try #require(fuzz.status == 0, "\(fuzz.errors)")
        let text = try FathomBinary.finish(["status", "--json", folder.path + "/campaign"])
        let seen = try JSONDecoder().decode(Seen.self, from: Data(text.output.utf8))
        #expect(seen.commandLine == ["/usr/bin/perl", "app.pl"])
        #expect(seen.script == project + "/app.pl")
        #expect(seen.changes == [])
        #expect(seen.syscalls.natural.contains("mkdir"))
        // Nothing of it came to the folder itself.
        let data = try Data(contentsOf: URL(filePath: project + "/data"))
        #expect(data == Data("old".utf8))
        #expect(!FileManager.default.fileExists(atPath: project + "/new"))

        let policy = folder.path + "/app.policy.json"
        let export = try FathomBinary.finish(
            ["export", folder.path + "/campaign", "--format", "policy", "-o", policy])
        try #require(export.status == 0, "\(export.errors)")
        let enforced = "enforce ../app.policy.json -- perl app.pl"
        #expect(try Self.type(enforced, in: project).status == 0)

        try Data("print 1;".utf8).write(to: URL(filePath: project + "/app.pl"))
        let changed = try FathomBinary.finish(["status", folder.path + "/campaign"])
        #expect(changed.output.contains("app.pl is not the file that was run"))
        let resumed = try Self.type(
            "fuzz -n 10 --campaign ../campaign -- perl app.pl", in: project)
        #expect(resumed.status != 0 && resumed.errors.contains("cannot resume"))
        let check = try FathomBinary.finish(["check", policy])
        #expect(check.status == 1 && check.output.contains("app.pl is another build"))
        let refused = try Self.type(enforced, in: project)
        #expect(refused.status == 1 && refused.errors.contains("app.pl"))
    }

    @Test("a script for a program that is nowhere is one sentence, before anything is executed")
    func nowhere() throws {
        let folder = try TemporaryFolder()
        try Self.program("#!/usr/bin/env no-such-thing\n", at: folder.path + "/tool")
        let fuzz = try Self.type("fuzz -- ./tool", in: folder.path)
        #expect(fuzz.status != 0)
        #expect(fuzz.errors.contains("is a script for no-such-thing"))
        #expect(fuzz.errors.split(separator: "\n").count == 1, "\(fuzz.errors)")
    }
}

private struct Seen: Decodable {
    struct Calls: Decodable {
        let natural: [String]
    }
    let commandLine: [String]
    let script: String?
    let changes: [String]
    let syscalls: Calls
}
