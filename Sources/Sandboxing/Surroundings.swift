internal import Glibc
internal import Platform

/// What the files of the machine say that is otherwise in a sandbox: who the user is, what the host
/// is called, whom to ask for names.
enum Surroundings {
    /// The host's name in a sandbox, the same on all machines.
    static let hostName = "fathom"
    /// The name server that a sandbox can reach, and that is played for servers and clients: where
    /// the machine's is elsewhere a target would not get as far as to ask. It is not waited for long.
    private static let resolver = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
    /// Of the user where the machine has nobody of that id.
    private static let userName = "user"

    /// The overlays, and one for each of these files that the machine has and none of them stands
    /// for. The C library takes the name server by itself where no file names one.
    static func complete(_ overlays: [Overlay], for user: TargetUser) -> [Overlay] {
        var files: [(path: String, text: (String) -> String)] = [
            ("/etc/resolv.conf", { _ in resolver }),
            ("/etc/hostname", { _ in hostName + "\n" }),
            ("/etc/hosts", { $0 + "127.0.0.1 " + hostName + "\n" }),
        ]
        if user == .ordinary {
            files += [
                ("/etc/passwd", { account(of: user.id, in: $0) }),
                ("/etc/group", { group(of: user.id, in: $0) }),
            ]
        }
        return overlays
            + files.compactMap { file in
                guard let path = SmallFile.resolve(file.path),
                    let text = try? SmallFile.text(path)
                else { return nil }
                var status = stat()
                guard unsafe stat(path, &status) == 0 else { return nil }
                let overlay = Overlay(
                    path: path, content: .file(Array(file.text(text).utf8)),
                    mode: UInt16(status.st_mode & 0o7777))
                let isThere = overlays.contains { $0.path == path || overlay.isBelow($0) }
                return isThere || overlay.isInWritablePlace ? nil : overlay
            }
    }

    /// passwd(5) in which the user's home is where it starts and may write. The name is the
    /// machine's.
    static func account(of id: UInt32, in accounts: String) -> String {
        let lines = lines(of: accounts)
        let old = lines.first { field(2, of: $0) == String(id) }
        let name = old.flatMap { field(0, of: $0) } ?? free(userName, in: lines)
        let account = "\(name):x:\(id):\(id)::\(Scratch.directory):/bin/sh"
        return text(lines.filter { field(2, of: $0) != String(id) } + [account])
    }

    /// group(5) in which the user's group has a name.
    static func group(of id: UInt32, in groups: String) -> String {
        let lines = lines(of: groups)
        if lines.contains(where: { field(2, of: $0) == String(id) }) { return text(lines) }
        return text(lines + ["\(free(userName, in: lines)):x:\(id):"])
    }

    private static func lines(of text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }

    private static func text(_ lines: [String]) -> String {
        lines.map { $0 + "\n" }.joined()
    }

    private static func field(_ index: Int, of line: String) -> String? {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        return fields.indices.contains(index) ? String(fields[index]) : nil
    }

    /// The name, with digits behind it where somebody else has it.
    private static func free(_ name: String, in lines: [String]) -> String {
        let taken = Set(lines.compactMap { field(0, of: $0) })
        var candidate = name
        var number = 1
        while taken.contains(candidate) {
            number += 1
            candidate = name + String(number)
        }
        return candidate
    }
}
