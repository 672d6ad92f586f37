import Foundation
import Glibc
import Store
import TestSupport
import Testing
import Traces

/// Campaigns on servers, real ones and those of `Tests/Programs`.
@Suite(
    "Servers in campaigns", .serialized,
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct ServerCampaignTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func isInstalled(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path)
    }

    @Test(
        "nginx accepts, reads, answers and shuts down",
        .enabled(if: isInstalled("/usr/sbin/nginx"), "nginx is not installed"),
        .timeLimit(.minutes(30)))
    func nginx() throws {
        let folder = try TemporaryFolder()
        let calls = try Self.fuzz("nginx", executions: 40, in: folder.path + "/campaign")
        for name in ["listen", "accept4", "recvfrom", "writev", "sendfile", "wait4", "pwrite64"] {
            #expect(calls.contains(name), "\(name)")
        }
    }

    @Test(
        "redis saves in a process of its own when it is told to",
        .enabled(if: isInstalled("/usr/bin/redis-server"), "redis is not installed"),
        .timeLimit(.minutes(30)))
    func redis() throws {
        let folder = try TemporaryFolder()
        let calls = try Self.fuzz("redis", executions: 200, in: folder.path + "/campaign")
        for name in ["listen", "accept4", "read", "write", "rename", "fdatasync", "wait4"] {
            #expect(calls.contains(name), "\(name)")
        }
    }

    /// Fuzzes with a harness of the package; what replays shows its sessions.
    private static func fuzz(
        _ name: String, executions: Int, in folder: String
    ) throws -> Set<String> {
        let harness = package.appending(path: "Harnesses/\(name)").path
        let outcome = try FathomBinary.finish(
            ["fuzz", harness, "--campaign", folder, "-n", "\(executions)"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let replay = try FathomBinary.finish(["replay", folder, "--syscall", "accept4", "-n", "1"])
        #expect(replay.status == 0, "\(replay.output) \(replay.errors)")
        #expect(replay.output.contains("a client (tcp)"))
        return try CampaignFolder(folder).syscalls()
    }

    @Test(
        "a server that nobody has described is recognised and talked to",
        .timeLimit(.minutes(30)), arguments: ["select", "threads", "forks", "daemon", "udp"])
    func unprepared(manner: String) throws {
        let folder = try TemporaryFolder()
        let program = try Self.server(in: folder)
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign.path, "-n", "60", "--", program, manner])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("A server: it waits at 0.0.0.0:"), "\(outcome.errors)")
        // Of what any server is told, HELP and QUIT have letters that it answers to.
        let calls = try campaign.syscalls()
        #expect(calls.contains(manner == "udp" ? "recvfrom" : "accept"))
        #expect(!calls.isDisjoint(with: ["getppid", "umask"]))
    }

    @Test("a harness that was written for a server has it talked to", .timeLimit(.minutes(30)))
    func writtenHarness() throws {
        let folder = try TemporaryFolder()
        let program = try Self.server(in: folder)
        let harness = folder.path + "/harness"
        let made = try FathomBinary.finish(["harness", "init", harness, "--", program, "select"])
        #expect(made.status == 0, "\(made.errors)")
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish(
            ["fuzz", harness, "--campaign", campaign.path, "-n", "40"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(campaign.executions >= 40)
        let calls = try campaign.syscalls()
        #expect(calls.contains("accept"))
        #expect(!calls.isDisjoint(with: ["getppid", "umask"]))
    }

    @Test(
        "a server gets each signal that it takes, as a part of its natural life",
        .timeLimit(.minutes(30)))
    func takenSignals() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish(
            [
                "fuzz", "--campaign", campaign.path, "-n", "400", "--",
                try Self.server(in: folder), "select",
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let tiers = try CampaignReader.open(campaign.path).observations()
            .filter { "\($0.syscall)" == "sched_get_priority_max" }.map(\.tier)
        #expect(Set(tiers) == [.natural])
    }

    @Test(
        "an address that no sample speaks to is spoken to all the same", .timeLimit(.minutes(30)))
    func silentAddress() throws {
        let folder = try TemporaryFolder()
        let program = try Self.server(in: folder)
        _ = try folder.write(
            "{ program: \"\(program)\", arguments: [\"both\"], server: { samples: [\"ppp\"] } }",
            to: "harness.json5")
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", campaign.path, "-n", "40"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let calls = try campaign.syscalls()
        #expect(calls.isSuperset(of: ["accept", "getppid", "getsid"]))
    }

    /// A server of `Tests/Programs`, where the sandbox shows it.
    private static func server(in folder: borrowing TemporaryFolder) throws -> String {
        #expect(unsafe chmod(folder.path, 0o755) == 0)
        let program = folder.path + "/serves"
        try FileManager.default.copyItem(atPath: try TestProgram.build("serves"), toPath: program)
        return program
    }

    @Test(
        "a server that cannot come up is refused with its own last words", .timeLimit(.minutes(30)))
    func silent() throws {
        let folder = try TemporaryFolder()
        for (arguments, words) in [
            ("[\"-c\", \"echo no such user: www >&2; exit 1\"]", "no such user: www"),
            ("[\"-c\", \"exit 0\"]", "without a word"),
            ("[\"-c\", \"while :; do sleep 9 & done\"]", "processes"),
        ] {
            _ = try folder.write(
                "{ program: \"/bin/sh\", arguments: \(arguments), server: {} }",
                to: "harness.json5")
            let outcome = try FathomBinary.finish(
                ["fuzz", folder.path, "--campaign", folder.path + "/campaign", "-n", "5"])
            #expect(outcome.status == 3)
            let last = outcome.errors.split(separator: "\n").last ?? ""
            #expect(last.contains("/bin/sh was never ready for a connection"), "\(last)")
            #expect(last.contains(words), "\(last)")
        }
    }
}
