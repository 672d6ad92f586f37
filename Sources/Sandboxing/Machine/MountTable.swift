/// What is mounted on a machine, as far as a sandbox shows it; see proc_pid_mountinfo(5).
struct MountTable {
    private struct Mount {
        var path: String
        var type: String
        var source: String
    }

    /// In the order in which they were mounted.
    private let mounts: [Mount]

    /// Lines that are none of a mount are left out.
    init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let rest = fields.drop { $0 != "-" }.dropFirst()
            guard fields.count > 6, let path = Self.unescaped(fields[4]), path.hasPrefix("/"),
                let type = rest.first, rest.count >= 2
            else { return nil }
            return Mount(path: path, type: String(type), source: String(rest[rest.startIndex + 1]))
        }
    }

    /// Absolute, in the order in which they were mounted; asking what is at one that is mounted when
    /// it is asked for would mount it.
    var paths: [String] { mounts.filter { $0.type != "autofs" }.map(\.path) }

    /// Places where something is mounted once it is asked for.
    var automounts: [String] { mounts.filter { $0.type == "autofs" }.map(\.path) }

    /// All of them.
    var allPaths: [String] { mounts.map(\.path) }

    /// In a sandbox, what neither the worker nor the kernel has made.
    var ofOthers: [String] {
        mounts.filter { mount in
            mount.source != SealedFolder.source && !Self.typesOfKernel.contains(mount.type)
                && !mount.path.hasPrefix("/dev/")
        }.map(\.path)
    }

    /// File systems that hold no file of anybody.
    private static let typesOfKernel: Set<String> = [
        "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2", "selinuxfs", "securityfs",
    ]

    /// The mounts of the machine's own files, each once, those above others first: not what a sandbox
    /// makes anew or leaves as it is.
    var ofMachine: [String] {
        var kept: Set<String> = []
        for path in paths where !Self.isLeftOut(path) && Self.canBeOption(path) {
            kept.insert(path)
        }
        // Of what is mounted below /run only its own is looked at.
        kept = kept.filter { !$0.hasPrefix("/run/") }
        return ["/"] + kept.filter { $0 != "/" }.sorted()
    }

    private static func isLeftOut(_ path: String) -> Bool {
        MachineLayer.foldersLeftOut.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Commas, colons and backslashes mean something in the options of an overlay.
    static func canBeOption(_ path: String) -> Bool {
        !path.contains { $0 == "," || $0 == ":" || $0 == "\\" }
    }

    /// Blanks and backslashes are three octal digits there.
    private static func unescaped(_ field: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            guard let value = UInt8(digits, radix: 8) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(3)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
