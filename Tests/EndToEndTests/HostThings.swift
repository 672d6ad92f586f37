import Foundation
import Glibc
import TestSupport

/// Things of the host in a folder of its own that a target could come to: sockets whose names say
/// little, FIFOs, a file with a lock, a folder in which something happens all the time, secrets.
final class HostThings {
    let folder: String
    /// A home that nobody else has.
    let home: String
    private let listener: Process
    private let reader: Int32
    private let writer: Int32
    private let lock: Int32

    private static let secret = "a secret\n"

    /// Listens at sockets that were bound by a relative path, renamed, hard-linked, that have a line
    /// end in their name, or that were bound in a root of the listener's own; says who has connected,
    /// and touches a folder until it is ended.
    private static let script = """
        use Socket; use IO::Select; $| = 1; my %names;
        sub serve { my ($name) = @_; socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s,
        sockaddr_un($name)) or die "$name: $!"; listen($s, 9); chmod 0777, $name; $names{$s} = $name;
        push @all, $s; }
        chdir $ARGV[0] or die; mkdir "busy"; chmod 0755, "busy";
        serve("relative"); serve("before"); rename "before", "renamed"; serve("first");
        link "first", "linked"; serve("two\\nlines"); serve("$ARGV[0]/absolute");
        if ($> == 0) { chroot $ARGV[0]; serve("/rooted"); }
        print "up\\n"; my $select = IO::Select->new(@all);
        while (1) { for my $s ($select->can_read(0.02)) { accept(my $c, $s);
        print "contact at $names{$s}\\n"; } open(my $f, ">", "busy/file"); close $f; }
        """

    private let output: String

    init(in parent: String) throws {
        folder = parent + "/" + UUID().uuidString.prefix(8)
        home = folder + "/home"
        output = folder + "/contacts"
        for path in [folder, home, home + "/.ssh", folder + "/.gnupg"] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
            unsafe chmod(path, 0o755)
        }
        for path in [home + "/key", home + "/.ssh/id", folder + "/.gnupg/ring"] {
            try Data(Self.secret.utf8).write(to: URL(filePath: path))
            unsafe chmod(path, 0o644)
        }
        try Data("locked\n".utf8).write(to: URL(filePath: folder + "/locked"))
        for name in ["in", "out"] {
            guard unsafe mkfifo(folder + "/" + name, 0o666) == 0 else {
                throw TestSupportError("cannot make a FIFO: error \(errno)")
            }
            unsafe chmod(folder + "/" + name, 0o666)
        }
        reader = unsafe open(folder + "/in", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        writer = unsafe open(folder + "/out", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        lock = unsafe open(folder + "/locked", O_RDONLY | O_CLOEXEC)
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, unsafe write(writer, "kept\n", 5) == 5 else {
            throw TestSupportError("cannot lock and fill: error \(errno)")
        }
        try Data().write(to: URL(filePath: output))
        listener = Process()
        listener.executableURL = URL(filePath: "/usr/bin/perl")
        listener.arguments = ["-e", Self.script, folder]
        listener.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        listener.standardError = FileHandle.nullDevice
        try listener.run()
        for _ in 0..<500 where !text.hasPrefix("up") { usleep(10_000) }
        guard text.hasPrefix("up") else { throw TestSupportError("nobody listens") }
    }

    deinit {
        // The test's own mask is inherited, which keeps milder signals from it.
        kill(listener.processIdentifier, SIGKILL)
        listener.waitUntilExit()
        for descriptor in [reader, writer, lock] { close(descriptor) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    /// What a target is to try.
    var attempts: [String] {
        var names = ["relative", "renamed", "first", "linked", "two\nlines", "absolute"]
        if geteuid() == 0 { names.append("rooted") }
        return names.map { "connect:\(folder)/\($0)" } + [
            "write:\(folder)/in", "read:\(folder)/out", "lock:\(folder)/locked",
            "watch:\(folder)/busy", "see:\(folder)/locked",
        ]
    }

    /// What only who asks for it may read.
    var secrets: [String] {
        [home + "/key", home + "/.ssh/id", folder + "/.gnupg/ring"].map { "read:" + $0 }
    }

    /// A sentence for everything that somebody came to.
    func damage() -> [String] {
        usleep(100_000)
        var damage = text.split(separator: "\n").filter { $0.hasPrefix("contact") }.map(String.init)
        var state = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&state, 1, 0) != 0 { damage.append("somebody has opened the pipe in") }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe read(writer, &bytes, 16) != 5 { damage.append("somebody has emptied out") }
        return damage
    }
}
