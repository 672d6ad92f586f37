import Foundation
import Glibc
import Store
import TestSupport
import Testing

/// What is wrong is said in one sentence, with the right exit code, and never by a crash.
@Suite("Bad input")
struct BadInputTests {
    /// Checks that the command fails with that code and one sentence that holds the words.
    private func expectRefusal(
        of words: [String], status: Int32, saying parts: [String],
        location: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try FathomBinary.finish(words)
        #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
        // What is being done may be said before; what is wrong is the last line.
        let last = outcome.errors.split(separator: "\n").last.map(String.init) ?? ""
        #expect(last.hasPrefix("fathom: "), "\(outcome.errors)", sourceLocation: location)
        for part in parts {
            #expect(last.contains(part), "\(outcome.errors)", sourceLocation: location)
        }
    }

    @Test(
        "a wrong command line offers the nearest right one",
        arguments: [
            (["fuzz", "--excutions", "5", "--", "pwd"], "--executions"),
            (["fuz", "--", "pwd"], "did you mean fuzz"),
            (["fuzz", "--for", "soon", "--", "pwd"], "--for"),
            (["fuzz", "--jobs", "1000", "--", "pwd"], "64"),
            (["fuzz"], "needs a harness"),
            (["fuzz", "-n", "0", "--", "pwd"], "1 or more"),
            (["replay", "somewhere"], "--rarest"),
            (["replay", "somewhere", "--al"], "--all"),
        ])
    func usage(words: [String], part: String) throws {
        try expectRefusal(of: words, status: 2, saying: [part])
    }

    @Test(
        "a wrong harness is named with its line and what is allowed",
        arguments: [
            ("{\n  program: \"pwd\",\n  argumnts: [],\n}", [", line 3", "argumnts", "arguments"]),
            ("{\n  program: \"pwd\",\n  words: 5,\n}", [", line 3", "words"]),
            ("{\n  program: \"pwd\",\n  bounds: { wallTime: 0 },\n}", [", line 3", "3600"]),
            ("{\n  program: \"no-such-program\",\n}", [", line 2", "no-such-program"]),
            ("{\n  program: \"pwd\",\n  files: { \"../x\": \"\" },\n}", [", line 3", "../x"]),
            ("{\n  arguments: [],\n}", ["program"]),
            ("{ program: ", ["JSON5"]),
            ("", ["JSON5"]),
        ])
    func harness(text: String, parts: [String]) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(text, to: "harness.json5")
        try expectRefusal(of: ["fuzz", file], status: 3, saying: ["cannot use \(file)"] + parts)
    }

    @Test("what is no program is refused before anything is started")
    func targets() throws {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let image = [UInt8](try Data(contentsOf: URL(filePath: "/usr/bin/env")))
        var other = image
        other[18] = 183
        var small = image
        small[4] = 1
        let files: [(name: String, bytes: [UInt8], part: String)] = [
            ("text", Array("hello\n".utf8), "ELF"),
            ("empty", [], "ELF"),
            ("arm", other, "another processor"),
            ("small", small, "32-bit"),
            ("no-interpreter", Array("#!\n".utf8), "interpreter"),
            (
                "lost-interpreter", Array("#!/no/such/file\n".utf8),
                "lost-interpreter, which is a script for /no/such/file, which does not exist"
            ),
            ("windows", Array("#!/bin/sh\r\n".utf8), "windows, whose #! line"),
        ]
        for file in files {
            let path = try folder.write("", to: file.name, mode: 0o755)
            try Data(file.bytes).write(to: URL(filePath: path))
            try expectRefusal(
                of: ["fuzz", "--campaign", campaign, "-n", "1", "--", path], status: 3,
                saying: [file.part])
        }
        let plain = try folder.write("#!/bin/sh\n", to: "plain", mode: 0o644)
        for (path, part) in [
            (plain, "chmod"), (folder.path, "directory"),
            (folder.path + "/missing", "does not exist"),
        ] {
            try expectRefusal(
                of: ["fuzz", "--campaign", campaign, "-n", "1", "--", path], status: 3,
                saying: [path, part])
        }
    }

    @Test(
        "damaged programs are refused, or run, but end nothing",
        .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"),
        .timeLimit(.minutes(30)))
    func damaged() throws {
        let folder = try TemporaryFolder()
        let image = [UInt8](try Data(contentsOf: URL(filePath: "/usr/bin/env")))
        var moments = SplitMix(state: 7)
        var variants = [64, 1000, image.count / 2].map { Array(image.prefix($0)) }
        for _ in 0..<3 {
            variants.append(
                image.prefix(64)
                    + (0..<8000).map { _ in UInt8.random(in: 0...255, using: &moments) })
            var flipped = image
            for _ in 0..<60 {
                flipped[Int.random(in: 0..<4096, using: &moments)] ^= UInt8.random(
                    in: 1...255, using: &moments)
            }
            // The kind of file stays, so that the rest is looked at.
            flipped.replaceSubrange(0..<20, with: image.prefix(20))
            variants.append(flipped)
        }
        for (index, bytes) in variants.enumerated() {
            let path = try folder.write("", to: "program-\(index)", mode: 0o755)
            try Data(bytes).write(to: URL(filePath: path))
            let outcome = try FathomBinary.finish(
                ["fuzz", "--campaign", folder.path + "/campaign-\(index)", "-n", "1", "--", path])
            #expect([0, 3].contains(outcome.status), "\(index): \(outcome.errors)")
            if outcome.status == 3 {
                let last = outcome.errors.split(separator: "\n").last
                #expect(last?.hasPrefix("fathom: ") == true, "\(index): \(outcome.errors)")
            }
        }
    }

    @Test(
        "scripts, static programs and programs named by a relative path work",
        .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"),
        .timeLimit(.minutes(30)))
    func unusual() throws {
        let folder = try TemporaryFolder()
        #expect(unsafe chmod(folder.path, 0o755) == 0)
        let script = try folder.write("#!/bin/sh\necho \"$0\"\n", to: "script", mode: 0o755)
        let fixed = folder.path + "/static"
        try FileManager.default.copyItem(
            atPath: try TestProgram.build("ordinary", .fixed), toPath: fixed)
        for (index, program) in [script, fixed, "./script"].enumerated() {
            let campaign = CampaignFolder("\(folder.path)/campaign-\(index)")
            var fuzz = try RunningCommand.start([
                "env", "-C", folder.path, try FathomBinary.path(), "fuzz", "--campaign",
                campaign.path, "-n", "20", "--", program,
            ])
            let outcome = try fuzz.finish()
            #expect(outcome.status == 0, "\(program): \(outcome.errors)")
            #expect(try campaign.syscalls().contains("write"))
        }
    }

    @Test("what is no sound campaign is refused, and stays as it is", .timeLimit(.minutes(30)))
    func campaigns() throws {
        let folder = try TemporaryFolder()
        let foreign = try folder.write("#!/bin/sh\n", to: "campaign.db")
        let missing = folder.path + "/missing"
        for words in [["replay", missing, "--all"], ["replay", folder.path, "--all"]] {
            try expectRefusal(of: words, status: 3, saying: ["cannot"])
        }
        try expectRefusal(
            of: ["fuzz", "--campaign", folder.path, "-n", "1", "--", "pwd"], status: 3,
            saying: ["no database"])
        #expect(try String(contentsOfFile: foreign, encoding: .utf8) == "#!/bin/sh\n")
    }

    @Test("what cannot be read or written is said before a command runs")
    func policies() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write("hello", to: "policy.json")
        let made = folder.path + "/made"
        try expectRefusal(
            of: ["enforce", text, "--", "touch", made], status: 3,
            saying: ["cannot read the policy \(text): it is not JSON", "--format policy"])
        let lost = folder.path + "/no/policy.json"
        try expectRefusal(
            of: ["trace", "--policy", lost, "--", "touch", made], status: 3, saying: [lost])
        #expect(!FileManager.default.fileExists(atPath: made))
        // A folder of PATH is no program of the name.
        try expectRefusal(of: ["trace", "--", "."], status: 3, saying: ["named . along PATH"])
    }

    @Test("a campaign is not mixed with other files, nor begun where it cannot be written")
    func foreignFolders() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("mine", to: "notes")
        for (path, part) in [
            (folder.path, "other files, such as notes"), (file, "no folder"),
            ("/proc/fathom/campaign", "cannot make the campaign"),
        ] {
            let words = ["fuzz", "--campaign", path, "-n", "1", "--", "pwd"]
            try expectRefusal(of: words, status: 3, saying: [path, part])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["notes"])
    }

    @Test(
        "a damaged campaign and one of a newer version are refused", .timeLimit(.minutes(30)),
        .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
    func damagedCampaigns() throws {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let words = ["fuzz", "--campaign", campaign, "-n", "20", "--", "pwd"]
        #expect(try FathomBinary.finish(words).status == 0)
        let file = URL(filePath: campaign + "/campaign.db")
        let sound = [UInt8](try Data(contentsOf: file))

        // The version that SQLite keeps for its user, at this place of the header.
        var newer = sound
        newer.replaceSubrange(60..<64, with: [0, 0, 0, 99])
        try Data(newer).write(to: file)
        for command in [words, ["replay", campaign, "--all"]] {
            try expectRefusal(of: command, status: 3, saying: ["version 99"])
        }

        var torn = sound
        for index in 4096..<torn.count { torn[index] = UInt8(truncatingIfNeeded: index &* 37) }
        try Data(torn).write(to: file)
        for command in [words, ["replay", campaign, "--all"]] {
            try expectRefusal(of: command, status: 3, saying: ["damaged"])
        }
    }

    @Test(
        "a full disk ends a campaign with that sentence", .timeLimit(.minutes(30)),
        .enabled(if: SmallDisk.isPossible, "needs root to mount a small file system"),
        .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
    func fullDisk() throws {
        let disk = try SmallDisk(kilobytes: 300)
        try expectRefusal(
            of: ["fuzz", "--campaign", disk.path, "-n", "3000", "--", "diff"], status: 3,
            saying: ["disk is full"])
    }
}

/// A memory file system of that size, unmounted with the value.
private struct SmallDisk: ~Copyable {
    private let folder: TemporaryFolder

    static let isPossible = geteuid() == 0 && (try? SmallDisk(kilobytes: 100)) != nil

    var path: String { folder.path }

    init(kilobytes: Int) throws {
        let folder = try TemporaryFolder()
        let mounted = try Subprocess.run([
            "mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "fathom-test", folder.path,
        ])
        guard mounted.status == 0 else {
            throw TestSupportError("cannot mount at \(folder.path): \(mounted.errors)")
        }
        self.folder = folder
    }

    deinit { _ = try? Subprocess.run(["umount", folder.path]) }
}
