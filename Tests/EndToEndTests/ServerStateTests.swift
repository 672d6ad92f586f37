import Foundation
import Glibc
import TestSupport
import Testing

/// What servers start with and what they remember.
@Suite(
    "Privileges and state of servers", .serialized,
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct ServerStateTests {
    /// A folder with a harness and a program of `Tests/Programs`, which everybody may enter.
    private static func folder(
        with program: String, _ fields: String
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: try TestProgram.build(program), toPath: folder.path + "/program")
        _ = try folder.write("{ program: \"./program\", \(fields) }", to: "harness.json5")
        guard unsafe chmod(folder.path, 0o755) == 0 else {
            throw TestSupportError("cannot change the mode of \(folder.path)")
        }
        return folder
    }

    private static let asRoot = """
        user: "root", files: { state: "", folder: { directory: true } },
        overlays: {
            "/etc/passwd": { text: "somebody:x:33:33::/:/bin/sh\\n", mode: "640" },
            "/run/drops": { directory: true },
        }
        """

    @Test(
        "a target that is root changes its identity, and sees accounts in place of the machine's",
        .enabled(if: geteuid() == 0, "only root can have such targets"), .timeLimit(.minutes(30)))
    func root() throws {
        let folder = try Self.folder(with: "drops-privileges", Self.asRoot)
        let campaign = CampaignFolder(folder.path + "/campaign")
        let before = FileManager.default.contents(atPath: "/etc/passwd")
        let outcome = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", campaign.path, "-n", "10"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let calls = try campaign.syscalls()
        #expect(calls.isSuperset(of: ["chown", "chroot", "setgroups", "setresgid", "setresuid"]))
        let replay = try FathomBinary.finish(
            ["replay", campaign.path, "--test-case", try campaign.base(), "-n", "1"])
        for line in [
            "user 0, account somebody:x:33:33::/:/bin/sh", "owner 0, mode 640",
            "written 0, folder 1", "chown 0", "chroot 0", "groups 0", "group 0", "user 0",
            "back -1",
        ] {
            #expect(replay.output.contains("  \(line)\n"), "\(line): \(replay.output)")
        }
        #expect(FileManager.default.contents(atPath: "/etc/passwd") == before)

        // Another sandbox would make other evidence.
        _ = try folder.write("{ program: \"./program\" }", to: "harness.json5")
        let resumed = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", campaign.path, "-n", "10"])
        #expect(resumed.status == 3)
        #expect(resumed.errors.contains("its target ran with user root"), "\(resumed.errors)")
    }

    @Test(
        "where fathom is not root, a target that wants to be is refused in a sentence",
        .enabled(if: Account.ordinary.isUsable, "root runs no tests here"),
        .timeLimit(.minutes(30)))
    func refused() throws {
        let folder = try Self.folder(with: "drops-privileges", Self.asRoot)
        try Account.ordinary.own(folder)
        let outcome = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", folder.path + "/campaign", "-n", "10"],
            as: .ordinary)
        #expect(outcome.status == 3)
        let last = outcome.errors.split(separator: "\n").last ?? ""
        #expect(last.contains("run fathom as root, or leave user out of the harness"), "\(last)")
    }

    @Test(
        "what shows because of an earlier execution is kept with what was said in it",
        .timeLimit(.minutes(30)))
    func remembered() throws {
        let folder = try Self.folder(
            with: "remembers", "server: { samples: [\"know\\r\\n\", \"open\\r\\n\"] }")
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", campaign.path, "-n", "300"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try campaign.syscalls().contains("sched_get_priority_max"))
        let replay = try FathomBinary.finish(
            ["replay", campaign.path, "--syscall", "sched_get_priority_max", "-n", "3"])
        #expect(replay.output.contains("then, when all that is over, client 2"), "\(replay.output)")
        #expect(replay.output.contains("3 of 3 executions"), "\(replay.output)")
    }
}
