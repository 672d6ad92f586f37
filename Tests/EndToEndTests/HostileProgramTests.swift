import Foundation
import Glibc
import Store
import TestSupport
import Testing

/// Programs that attack whatever they can reach, fuzzed for real.
@Suite(
    "Hostile programs",
    .enabled(if: !Account.usable.isEmpty, "no sandbox can be made here; see fathom doctor"))
struct HostileProgramTests {
    @Test(
        "a hostile program harms neither the host nor the campaign", .timeLimit(.minutes(30)),
        arguments: TestProgram.hostileNames, Account.usable)
    func contained(name: String, account: Account) throws {
        let folder = try TemporaryFolder()
        let attack = try Attack(name, in: folder, account)
        try attack.run()
    }

    @Test(
        "a hostile program that is root in its sandbox harms neither",
        .enabled(if: geteuid() == 0, "only root can have such targets"),
        .timeLimit(.minutes(30)), arguments: TestProgram.hostileToUsersNames)
    func containedAsRoot(name: String) throws {
        let folder = try TemporaryFolder()
        let attack = try Attack(name, in: folder, .own, user: "root")
        try attack.run()
    }

    @Test(
        "nor one that is root on a machine that it can write to",
        .enabled(if: geteuid() == 0, "only root can have such targets"),
        .timeLimit(.minutes(30)), arguments: TestProgram.hostileToUsersNames)
    func containedOnWritableMachine(name: String) throws {
        let folder = try TemporaryFolder()
        let attack = try Attack(name, in: folder, .own, user: "root", machine: "writable")
        try attack.run()
    }
}

/// One hostile program in a folder of its own.
private struct Attack {
    private let name: String
    private let account: Account
    private let user: String
    private let machine: String
    private let folder: String
    private let program: String
    private let canary: Canary

    /// Executions that must be made, whatever the program does to them.
    private static let executions = 12

    init(
        _ name: String, in folder: borrowing TemporaryFolder, _ account: Account,
        user: String = "ordinary", machine: String = "read-only"
    ) throws {
        self.name = name.split(separator: "/").last.map(String.init) ?? name
        self.account = account
        self.user = user
        self.machine = machine
        self.folder = folder.path
        program = folder.path + "/" + self.name
        try FileManager.default.copyItem(atPath: try TestProgram.build(name), toPath: program)
        canary = try Canary(in: folder.path, watching: [program])
        _ = try folder.write(try harness(), to: "harness.json5")
        try account.own(folder)
    }

    /// Short executions: most of these programs never end by themselves. One has a long way to go
    /// until it has something to report.
    private func harness() throws -> String {
        let time =
            switch name {
            case "write-everywhere": 0.3
            case "attack-as-root", "leak-ipc", "reach-out": 1.0
            default: 0.1
            }
        var arguments = try TestProgram.forbiddenNamespaces()
        var files = "{}"
        switch name {
        case "connect-everywhere", "deep-tree": arguments += canary.attackedSockets
        case "delete-everything", "write-everywhere": arguments += canary.attackedFiles
        case "fill-disk": arguments += [folder]
        case "outlives": arguments += [folder + "/canary"]
        case "fill-output":
            arguments += ["whole"]
            files = "{ whole: \"\(String(repeating: "x", count: 1000))\" }"
        default: break
        }
        let list = arguments.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            {
                program: "\(program)", arguments: [\(list)], files: \(files), user: "\(user)",
                machine: "\(machine)",
                bounds: { wallTime: \(time), cpuTime: \(time), scratchSize: 4194304 },
            }
            """
    }

    func run() throws {
        let campaign = CampaignFolder(folder + "/campaign")
        var fuzz = try FathomBinary.start(
            ["fuzz", folder, "--campaign", campaign.path, "-n", "\(Self.executions)"],
            as: account)
        let group = fuzz.process
        let outcome = try fuzz.finish()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.errors.contains("is replaced"), "\(outcome.errors)")
        #expect(campaign.executions >= Self.executions)

        let replay = try FathomBinary.finish(
            ["replay", campaign.path, "--test-case", try campaign.base(), "-n", "1"], as: account)
        #expect(replay.status == 0, "\(replay.errors)")
        let output = Self.output(replay.output)
        if ["escape", "fill-output", "leak-ipc"].contains(name) { #expect(!output.isEmpty) }
        if name == "attack-as-root" { #expect(output.first == "user 0") }
        for line in output {
            #expect(isHarmless(line), "\(name) has reported: \(line)")
        }
        let left = ProcessTable().remainders(ofGroup: group, naming: folder)
        #expect(left.isEmpty, "\(left)")
        #expect(canary.damage().isEmpty, "\(canary.damage())")
    }

    /// What `replay` shows of the program's standard output.
    private static func output(_ text: String) -> [Substring] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let head = lines.firstIndex(where: { $0.hasPrefix("Standard output") }) else {
            return []
        }
        return lines[(head + 1)...].prefix { $0.hasPrefix("  ") }.map { $0.dropFirst(2) }
            .filter { !$0.isEmpty }
    }

    /// Whether what the program says it could do reaches nothing but its own.
    private func isHarmless(_ line: Substring) -> Bool {
        switch name {
        case "escape":
            // In namespaces of its own, inside the sandbox, where everybody may do this.
            ["unshare", "share-root", "mount-tmpfs", "bind"].contains(line)
                // Root may make any folder below its root its root.
                || (user == "root" && line == "chroot")
        case "attack-as-root":
            // It may do with its view of these what it likes, and learns no password.
            line == "user 0" || (machine == "writable" && line.hasPrefix("0: /etc"))
        case "write-everywhere", "delete-everything", "fill-disk": isOwn(line)
        // Nothing was there before it made its own.
        case "leak-ipc": line.split(separator: " ").allSatisfy { $0 != "0" }
        // The size of its file, which must not suffer from what the last execution wrote.
        // Lines that are too long to be read end in a mark.
        case "fill-output": line == "1000" || line.allSatisfy { $0 == "x" || $0 == "…" }
        default: false
        }
    }

    /// Whether the path is in the sandbox's own memory, or says something of the program itself.
    private func isOwn(_ path: Substring) -> Bool {
        // Of a writable machine everything is in that memory but what the kernel makes up, and
        // what is shown beside it.
        let isScratch =
            machine == "writable"
            ? path.hasPrefix("/") && !["/proc", "/sys"].contains { path.hasPrefix($0) }
            : ["/tmp", "/var/tmp", "/run", "/dev"].contains {
                path == $0 || path.hasPrefix($0 + "/")
            }
        let process = path.hasPrefix("/proc/") ? path.split(separator: "/").dropFirst().first : nil
        let isItself = process.map { $0 != "1" && $0 != "sys" && $0.first?.isNumber == true }
        return (isScratch && !path.hasPrefix(folder)) || isItself ?? false
    }
}
