import Foundation
import Glibc
import TestSupport
import Testing

/// Campaigns on programs that connect to others, and companions.
@Suite(
    "Clients in campaigns", .serialized,
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct ClientCampaignTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func isInstalled(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path)
    }

    /// A test program where the sandbox's user reaches it.
    private static func program(
        _ name: String, in folder: borrowing TemporaryFolder
    ) throws -> String {
        #expect(unsafe chmod(folder.path, 0o755) == 0)
        let program = folder.path + "/" + name
        try FileManager.default.copyItem(atPath: try TestProgram.build(name), toPath: program)
        return program
    }

    @Test(
        "a client that nobody has described is recognised and answered",
        .timeLimit(.minutes(30)), arguments: ["tcp", "tcp6", "udp", "unix"])
    func unprepared(manner: String) throws {
        let folder = try TemporaryFolder()
        let program = try Self.program("connects", in: folder)
        let campaign = CampaignFolder(folder.path + "/campaign")
        let place = manner == "unix" ? "/tmp/place" : "8080"
        let outcome = try FathomBinary.finish([
            "fuzz", "--campaign", campaign.path, "-n", "80", "--", program, manner, place,
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("A client: it connects to "), "\(outcome.errors)")
        // "ready" and "hello" have no such letters, but a line of a mail server's has.
        let calls = try campaign.syscalls()
        #expect(calls.contains("connect"))
        #expect(!calls.isDisjoint(with: ["getppid", "umask"]), "\(calls.sorted())")
        let replay = try FathomBinary.finish([
            "replay", campaign.path, "--syscall", "connect", "-n", "2",
        ])
        #expect(replay.status == 0, "\(replay.output) \(replay.errors)")
    }

    @Test(
        "a name is asked for at a name server that can be reached", .timeLimit(.minutes(30)),
        .enabled(if: isInstalled("/usr/bin/getent"), "getent is not installed"))
    func names() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish([
            "fuzz", "--campaign", campaign.path, "-n", "40", "--", "getent", "ahosts",
            "name.example",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let calls = try campaign.syscalls()
        #expect(calls.isSuperset(of: ["connect", "sendmmsg", "poll"]), "\(calls.sorted())")
    }

    @Test(
        "a client that is given a name finds this machine under it, and is answered there",
        .timeLimit(.minutes(30)),
        .enabled(if: isInstalled("/usr/bin/curl"), "curl is not installed"))
    func namedPeer() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish([
            "fuzz", "--campaign", campaign.path, "-n", "40", "--", "curl", "http://name.example/",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("A client: it connects to 127.0.0.1:80"), "\(outcome.errors)")
        let calls = try campaign.syscalls()
        #expect(calls.isSuperset(of: ["sendmmsg", "recvfrom"]), "\(calls.sorted())")
    }

    @Test(
        "curl is answered without being described, and what it shows is replayed as text",
        .enabled(if: isInstalled("/usr/bin/curl"), "curl is not installed"),
        .timeLimit(.minutes(30)))
    func curl() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let harness = Self.package.appending(path: "Harnesses/curl").path
        let outcome = try FathomBinary.finish([
            "fuzz", harness, "--campaign", campaign.path, "-n", "40",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let calls = try campaign.syscalls()
        for name in ["connect", "recvfrom", "sendto", "getpeername"] {
            #expect(calls.contains(name), "\(name)")
        }
        let replay = try FathomBinary.finish([
            "replay", campaign.path, "--syscall", "recvfrom", "-n", "1",
        ])
        #expect(replay.status == 0, "\(replay.output) \(replay.errors)")
        #expect(replay.output.contains("peer"), "\(replay.output)")
    }

    @Test(
        "a companion gets the target's connection as its input and output", .timeLimit(.minutes(30))
    )
    func companionPeer() throws {
        let folder = try TemporaryFolder()
        let program = try Self.program("connects", in: folder)
        _ = try folder.write(
            """
            {
                program: "\(program)", arguments: ["tcp", "8080"],
                companion: {
                    program: "/bin/sh", arguments: ["-c"], samples: [["printf p"], ["printf u"]],
                },
            }
            """, to: "harness.json5")
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish([
            "fuzz", folder.path, "--campaign", campaign.path, "-n", "30",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let calls = try campaign.syscalls()
        #expect(calls.isSuperset(of: ["getppid", "umask"]), "\(calls.sorted())")
        #expect(!calls.contains("dup2"), "the companion is not traced")
    }

    @Test(
        "a companion comes to a server as a client that is told the port", .timeLimit(.minutes(30)))
    func companion() throws {
        let folder = try TemporaryFolder()
        let program = try Self.program("serves", in: folder)
        _ = try folder.write(
            """
            {
                program: "\(program)", arguments: ["select"],
                server: { samples: ["x"] },
                companion: {
                    program: "/bin/bash", arguments: ["-c"],
                    samples: [["printf p >/dev/tcp/127.0.0.1/{port}"],
                        ["exec 3<>/dev/tcp/127.0.0.1/{port}; printf u >&3; sleep 100"]],
                },
            }
            """, to: "harness.json5")
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish([
            "fuzz", folder.path, "--campaign", campaign.path, "-n", "30",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let calls = try campaign.syscalls()
        #expect(calls.isSuperset(of: ["getppid", "umask"]), "\(calls.sorted())")
        #expect(!calls.contains("execve") || !calls.contains("clone"), "bash is not traced")
    }

    @Test("a companion that fails is named with its own last words", .timeLimit(.minutes(30)))
    func failingCompanion() throws {
        let folder = try TemporaryFolder()
        let program = try Self.program("connects", in: folder)
        _ = try folder.write(
            """
            {
                program: "\(program)", arguments: ["tcp", "8080"],
                companion: { program: "/bin/sh", arguments: ["-c", "echo no such key >&2; exit 9"] },
            }
            """, to: "harness.json5")
        let outcome = try FathomBinary.finish([
            "fuzz", folder.path, "--campaign", folder.path + "/campaign", "-n", "3",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "the companion /bin/sh exited with status 9 and said: no such key"),
            "\(outcome.errors)")
    }

    @Test(
        "ssh logs in to a real sshd, and sshd is logged in to by a real ssh",
        .enabled(
            if: isInstalled("/usr/sbin/sshd") && isInstalled("/usr/bin/ssh"), "no ssh is installed"),
        .timeLimit(.minutes(30)), arguments: ["ssh", "sshd"])
    func secureShell(name: String) throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let harness = Self.package.appending(path: "Harnesses/\(name)").path
        let outcome = try FathomBinary.finish([
            "fuzz", harness, "--campaign", campaign.path, "-n", name == "ssh" ? "12" : "60",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.errors.contains("the companion "), "\(outcome.errors)")
        // Debian's PAM session has it, and only who has logged in gets a session.
        let seen = try campaign.syscalls()
        #expect(name == "ssh" || seen.contains("keyctl"))
    }
}
