import Foundation
import Glibc
import TestSupport
import Testing

/// Targets that may write to all of the machine's files.
@Suite(
    "Writable machine",
    .enabled(
        if: geteuid() == 0 && Account.own.isUsable, "only root can give such files owners"))
struct WritableMachineTests {
    /// What asks for it, before it is done: `mkfifo` is what no other call of the script makes.
    private static let ways: [String: (isLeft: String, change: String)] = [
        "made": ("[ -e /etc/fathom-made ]", "echo > /etc/fathom-made"),
        "changed": ("grep -q intruder /etc/passwd", "echo intruder >> /etc/passwd"),
        "removed": ("[ ! -e /usr/bin/env ]", "rm /usr/bin/env"),
        "deep": ("[ -e /var/lib/fathom-made ]", "mkdir -p /var/lib/fathom-made/a/b"),
        "mode": ("[ \"$(stat -c %a /etc)\" != \"$0\" ]", "chmod 701 /etc"),
        "full": ("[ -s /var/fathom-made ]", "head -c 64M /dev/zero > /var/fathom-made"),
        "run": ("[ -e /run/fathom-made ]", "mkdir /run/fathom-made"),
        "home": ("[ -e /root/fathom-made ]", "echo > /root/fathom-made"),
        "many": (
            "[ -e /opt/fathom-made ]",
            "mkdir /opt/fathom-made; seq 500 | (cd /opt/fathom-made; xargs touch)"
        ),
    ]

    @Test(
        "no execution finds what one before it did to the machine, nor does the host",
        .timeLimit(.minutes(10)), arguments: ways.keys.sorted())
    func gone(way: String) throws {
        let (isLeft, change) = try #require(Self.ways[way])
        let folder = try TemporaryFolder()
        let passwd = try Data(contentsOf: URL(filePath: "/etc/passwd"))
        var status = stat()
        _ = unsafe stat("/etc", &status)
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let campaign = try fuzz(
            "if \(isLeft); then mkfifo left; fi; \(change); ln -s a done", mode, in: folder,
            executions: 8)
        let calls = try campaign.syscalls()
        #expect(calls.contains("symlinkat") || calls.contains("symlink"), "\(calls)")
        #expect(!calls.contains("mknodat") && !calls.contains("mknod"), "\(calls)")
        #expect(try Data(contentsOf: URL(filePath: "/etc/passwd")) == passwd)
        for path in ["/etc", "/var", "/var/lib", "/run", "/root", "/opt"] {
            #expect(!FileManager.default.fileExists(atPath: path + "/fathom-made"), "\(path)")
        }
        #expect(FileManager.default.fileExists(atPath: "/usr/bin/env"))
    }

    @Test("files are whose they are, and no secret is among them", .timeLimit(.minutes(5)))
    func owners() throws {
        let folder = try TemporaryFolder()
        let file = MachineFile()
        defer { file.remove() }
        try file.make("inner\n", mode: 0o640, group: 33)
        let output = try run(
            """
            stat -c 'passwd %u %a' /etc/passwd
            setpriv --reuid=33 --regid=33 --clear-groups cat \(file.path)
            setpriv --reuid=34 --regid=34 --clear-groups cat \(file.path) || echo closed
            touch /var/log/mine; chown 33:34 /var/log/mine; stat -c 'mine %u:%g' /var/log/mine
            cut -d: -f2 /etc/shadow | sort -u | sed 's/^/password /'
            echo homes $(ls -A /root /home)
            mknod /var/null c 1 3 || echo no device
            stat -c 'lock %a' /run/lock
            """, in: folder)
        for line in [
            "passwd 0 644", "inner", "closed", "mine 33:34", "password *", "no device",
            "lock 1777",
        ] {
            #expect(output.contains(line), "\(line) is not in \(output)")
        }
        #expect(output.filter { $0.hasPrefix("password") } == ["password *"])
        let homes = output.first { $0.hasPrefix("homes") } ?? ""
        #expect(
            homes.replacing("/root:", with: "").replacing("/home:", with: "")
                .filter { !$0.isWhitespace } == "homes")
    }

    @Test("pipes and locks of files are not the host's", .timeLimit(.minutes(5)))
    func isolation() throws {
        let folder = try TemporaryFolder()
        let locked = MachineFile()
        let pipe = MachineFile()
        defer {
            locked.remove()
            pipe.remove()
        }
        try locked.make("untouched\n", mode: 0o666, group: 0)
        try #require(unsafe mkfifo(pipe.path, 0o666) == 0)
        let reader = unsafe open(pipe.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let holder = unsafe open(locked.path, O_RDWR | O_CLOEXEC)
        defer {
            close(reader)
            close(holder)
        }
        try #require(flock(holder, LOCK_EX | LOCK_NB) == 0)
        let output = try run(
            """
            dd if=/dev/null of=\(pipe.path) oflag=nonblock conv=notrunc || echo nobody reads
            flock -n \(locked.path) echo free
            echo more >> \(locked.path) && echo written
            """, in: folder)
        for line in ["nobody reads", "free", "written"] {
            #expect(output.contains(line), "\(line) is not in \(output)")
        }
        var state = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        #expect(unsafe poll(&state, 1, 0) == 0, "somebody has opened the pipe for writing")
        #expect(try String(contentsOfFile: locked.path, encoding: .utf8) == "untouched\n")
    }

    @Test(
        "a folder of the running machine that the command line names can be written to",
        .timeLimit(.minutes(5)))
    func runtimeFolder() throws {
        let folder = try TemporaryFolder()
        let place = "/run/fathom-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let output = try run("echo 1 > $0/pid && echo written", in: folder, name: place)
        #expect(output.contains("written"), "\(output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
    }

    @Test(
        "nothing listens in a home's folder that the command line names",
        .timeLimit(.minutes(5)))
    func exposedSocket() throws {
        let folder = try TemporaryFolder()
        let place = "/home/fathom-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let listener = Process()
        listener.executableURL = URL(filePath: "/usr/bin/perl")
        listener.arguments = [
            "-MSocket", "-e",
            """
            socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die;
            listen(S, 9); chmod 0777, $ARGV[0]; print "up\\n"; close STDOUT; sleep 100
            """, place + "/s",
        ]
        let output = Pipe()
        listener.standardOutput = output
        try listener.run()
        defer { listener.terminate() }
        _ = try output.fileHandleForReading.readToEnd()
        let lines = try run(
            """
            ls $0; perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0);
            print connect(S, sockaddr_un($ARGV[0])) ? "reached" : "closed", "\\n"' $0/s
            """, in: folder, name: place)
        #expect(lines.contains("s") && lines.contains("closed"), "\(lines)")
    }

    @Test("an account has its groups and no power", .timeLimit(.minutes(5)))
    func account() throws {
        let folder = try TemporaryFolder()
        let output = try run(
            "id -un; grep CapEff /proc/self/status | tr -d '\\t'; touch /etc/x || echo refused",
            in: folder, user: "www-data")
        for line in ["www-data", "CapEff:0000000000000000", "refused"] {
            #expect(output.contains(line), "\(line) is not in \(output)")
        }
    }

    // MARK: Running

    private func fuzz(
        _ script: String, _ name: String, in folder: borrowing TemporaryFolder,
        user: String = "root", executions: Int
    ) throws -> CampaignFolder {
        let lines = try String(
            decoding: JSONEncoder().encode(["-c", script, name]), as: UTF8.self)
        _ = try folder.write(
            """
            {
                program: "/bin/sh", arguments: \(lines), user: "\(user)", machine: "writable",
                bounds: { wallTime: 20, cpuTime: 10, scratchSize: 16777216 },
            }
            """, to: "harness.json5")
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish([
            "fuzz", folder.path, "--campaign", campaign.path, "-n", "\(executions)", "--tiers",
            "signal",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return campaign
    }

    /// What the script writes, line by line.
    private func run(
        _ script: String, in folder: borrowing TemporaryFolder, name: String = "sh",
        user: String = "root"
    ) throws -> [String] {
        let campaign = try fuzz(script, name, in: folder, user: user, executions: 1)
        let replay = try FathomBinary.finish([
            "replay", campaign.path, "--test-case", try campaign.base(), "-n", "1",
        ])
        return replay.output.split(separator: "\n").map { line in
            line.trimmingCharacters(in: .whitespaces)
        }
    }
}

/// A file of the machine's, in a folder that sandboxes show.
private struct MachineFile {
    let path = "/var/lib/fathom-test-\(UUID().uuidString)"

    func make(_ text: String, mode: mode_t, group: gid_t) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        guard unsafe chown(path, 0, group) == 0, unsafe chmod(path, mode) == 0 else {
            throw TestSupportError("cannot make \(path): error \(errno)")
        }
    }

    func remove() { _ = unsafe unlink(path) }
}
