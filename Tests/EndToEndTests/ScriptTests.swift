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
}
