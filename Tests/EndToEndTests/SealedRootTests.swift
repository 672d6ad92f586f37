import Foundation
import Glibc
import TestSupport
import Testing

/// The root of a sandbox: no inode of the host is behind what a target can open.
@Suite(
    "Sealed root",
    .enabled(if: !Account.usable.isEmpty, "no sandbox can be made here; see fathom doctor"))
struct SealedRootTests {
    /// Where the host's things lie: in a folder that sandboxes show, and in one that is exposed, as
    /// the program is in it.
    enum Place: String, CaseIterable {
        case shown, exposed
    }

    @Test(
        "sockets, FIFOs, locks and watches of the host are out of reach, and so are secrets",
        .timeLimit(.minutes(10)), arguments: Place.allCases, Account.usable)
    func sealed(place: Place, account: Account) throws {
        let folder = try TemporaryFolder()
        let things = try HostThings(in: place == .shown ? try Self.shownFolder() : folder.path)
        let output = try run(
            things.attempts + things.secrets, in: folder, account, home: things.home)
        #expect(output == ["inside", "see locked"], "\(output)")
        #expect(things.damage().isEmpty, "\(things.damage())")
    }

    @Test(
        "nor can root reach them on a machine that it can write to",
        .enabled(if: geteuid() == 0, "only root can have such targets"),
        .timeLimit(.minutes(10)), arguments: Place.allCases)
    func sealedForRoot(place: Place) throws {
        let folder = try TemporaryFolder()
        let things = try HostThings(in: place == .shown ? try Self.shownFolder() : folder.path)
        let output = try run(
            things.attempts + things.secrets, in: folder, .own, home: things.home,
            machine: "user: \"root\", machine: \"writable\",")
        #expect(output == ["inside", "see locked"], "\(output)")
        #expect(things.damage().isEmpty, "\(things.damage())")
    }

    @Test(
        "where the kernel makes no overlay, what is there is covered by its type",
        .enabled(if: geteuid() == 0, "only root can mount what no overlay can be below"),
        .timeLimit(.minutes(5)))
    func unsealed() throws {
        let folder = try TemporaryFolder()
        let things = try HostThings(in: folder.path)
        let mounted = folder.path + "/mounted"
        try FileManager.default.createDirectory(
            atPath: mounted, withIntermediateDirectories: false)
        let isOfInode = { (attempt: String) in
            ["lock:", "watch:"].contains { attempt.hasPrefix($0) }
        }
        // An overlay shows nothing of what is mounted in its folder, so the kernel refuses.
        let output = try run(
            things.attempts.filter { !isOfInode($0) } + things.secrets, in: folder, .own,
            home: things.home,
            within: [
                "unshare", "--mount", "sh", "-c", "mount -t tmpfs none \"$0\" && exec \"$@\"",
                mounted,
            ])
        // What is written to a covered pipe goes to the null device.
        #expect(output == ["inside", "write in", "see locked"], "\(output)")
        #expect(things.damage().isEmpty, "\(things.damage())")
    }

    @Test(
        "what is asked for by name is shown, and nothing beside it", .timeLimit(.minutes(5)),
        arguments: Account.usable)
    func asked(account: Account) throws {
        let folder = try TemporaryFolder()
        let things = try HostThings(in: try Self.shownFolder())
        let output = try run(
            things.secrets, in: folder, account, home: things.home,
            machine: "expose: [\"\(things.home)/.ssh\"],")
        #expect(output == ["inside", "read id"], "\(output)")
    }

    @Test(
        "what is private to who runs this is hidden wherever it is", .timeLimit(.minutes(5)),
        arguments: Account.usable)
    func privateFile(account: Account) throws {
        let folder = try TemporaryFolder()
        let file = try Self.shownFolder() + "/\(UUID().uuidString.prefix(8))"
        try Data("private\n".utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        unsafe chmod(file, 0o600)
        if account == .ordinary { unsafe chown(file, 65_534, 65_534) }
        let output = try run(["read:\(file)"], in: folder, account, home: "/nonexistent")
        #expect(output == ["inside"], "\(output)")
    }

    /// The folder of the package, which no sandbox hides; the path of a socket must be short.
    private static func shownFolder() throws -> String {
        let build = URL(filePath: try FathomBinary.path()).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        // Of these a sandbox shows its own.
        let own = ["/tmp/", "/var/tmp/", "/run/", "/dev/"]
        let folders = [build.path, "/opt", "/srv", "/var/lib"]
        return try #require(
            folders.first { folder in
                !own.contains { folder.hasPrefix($0) }
                    && FileManager.default.isWritableFile(atPath: folder)
            })
    }

    /// What the program says that it came to.
    private func run(
        _ attempts: [String], in folder: borrowing TemporaryFolder, _ account: Account,
        home: String, machine: String = "", within words: [String] = []
    ) throws -> [String] {
        let program = folder.path + "/reach-host"
        try FileManager.default.copyItem(
            atPath: try TestProgram.build("Hostile/reach-host"), toPath: program)
        let arguments = try TestProgram.forbiddenNamespaces() + attempts
        let list = try String(decoding: JSONEncoder().encode(arguments), as: UTF8.self)
        _ = try folder.write(
            """
            {
                program: "\(program)", arguments: \(list), \(machine)
                bounds: { wallTime: 10, blockedTime: 2 },
            }
            """, to: "harness.json5")
        try account.own(folder)
        let campaign = CampaignFolder(folder.path + "/campaign")
        let fathom = words + ["env", "HOME=\(home)", try FathomBinary.path()]
        var fuzz = try RunningCommand.start(
            account.command(
                fathom + ["fuzz", folder.path, "--campaign", campaign.path, "-n", "1"]))
        let outcome = try fuzz.finish()
        #expect(outcome.status == 0, "\(outcome.errors)")
        var replay = try RunningCommand.start(
            account.command(
                fathom + [
                    "replay", campaign.path, "--test-case", try campaign.base(), "-n", "1",
                ]))
        let lines = try replay.finish().output.split(separator: "\n")
        let first = lines.firstIndex { $0.hasPrefix("Standard output") } ?? lines.endIndex
        return lines[first...].dropFirst().prefix { $0.hasPrefix("  ") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
