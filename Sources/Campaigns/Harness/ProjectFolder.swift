internal import Glibc
internal import Platform
package import TestCases

/// The folder that a target belongs to, as it is shown to it: what lies in it stands beside the
/// files of each test case, in the directory in which the target starts.
///
/// What is small is copied, so that the target can write to it, and gets it back for the next
/// execution; the rest are links to the folder itself, which nothing in a sandbox can change.
package struct ProjectFolder: Sendable, Hashable {
    /// Absolute, without links.
    package let path: String
    /// Parents before children.
    package private(set) var files: [TestCase.File] = []
    /// Where the links lead.
    private(set) var linked: [String] = []

    /// More entries make a test case's tree slow to build.
    private static let mostCopies = 64
    private static let mostBytes = 1 << 20
    private static let largestCopy = 128 << 10
    /// A folder with more entries is no program's own.
    private static let mostEntries = 512
    private static let deepest = 6
    /// What programs look into and never change, or what is nobody's business.
    private static let linkedNames: Set<String> = [
        "node_modules", "venv", ".venv", "vendor", "target",
    ]
    private static let hiddenNames: Set<String> = [
        ".git", ".hg", ".svn", ".ssh", ".gnupg", ".aws", ".kube", ".docker", ".netrc",
    ]

    /// Nil for what is no folder of one program: the machine's own folders, a user's home, or
    /// anything with very many entries.
    package init?(_ folder: String, home: String?) {
        guard let path = SmallFile.resolve(folder), path.split(separator: "/").count > 1,
            path != home.flatMap(SmallFile.resolve), !Self.isOfMachine(path)
        else { return nil }
        self.path = path
        let names = HostFolder.names(in: path, limit: Self.mostEntries + 1)
            .sorted { $0.lexicographicallyPrecedes($1) }
        guard names.count <= Self.mostEntries else { return nil }
        var room = (entries: Self.mostCopies, bytes: Self.mostBytes)
        for name in names {
            guard let text = String(validating: name, as: UTF8.self),
                !Self.hiddenNames.contains(text), !text.hasSuffix(".campaign"),
                TestCase.File.isPath(name)
            else { continue }
            var copies: [TestCase.File] = []
            var left = room
            if !Self.linkedNames.contains(text), copy(name, into: &copies, &left, depth: 0) {
                files += copies
                room = left
            } else {
                link(name)
            }
        }
    }

    private static func isOfMachine(_ path: String) -> Bool {
        ["/usr", "/etc", "/bin", "/sbin", "/lib", "/boot", "/dev", "/proc", "/sys"].contains {
            path == $0 || path.hasPrefix($0 + "/")
        }
    }

    /// Whether everything of it fits; `left` is the room behind it.
    private func copy(
        _ name: Bytes, into copies: inout [TestCase.File], _ left: inout (entries: Int, bytes: Int),
        depth: Int
    ) -> Bool {
        guard let place = place(of: name), depth < Self.deepest, left.entries > 0 else {
            return false
        }
        var status = stat()
        guard unsafe lstat(place, &status) == 0 else { return false }
        left.entries -= 1
        let mode = UInt16(status.st_mode & 0o777)
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            let size = Int(status.st_size)
            guard size <= Self.largestCopy, size <= left.bytes,
                let bytes = try? SmallFile.read(place, limit: size)
            else { return false }
            left.bytes -= size
            copies.append(TestCase.File(path: name, kind: .regular(bytes), mode: mode))
            return true
        case S_IFDIR:
            // Into a folder that its owner cannot fill nothing could be put.
            copies.append(TestCase.File(path: name, kind: .directory, mode: mode | 0o700))
            let names = HostFolder.names(in: place, limit: left.entries + 1)
                .sorted { $0.lexicographicallyPrecedes($1) }
            guard names.count <= left.entries else { return false }
            for child in names {
                let path = name + [0x2f] + child
                guard copy(path, into: &copies, &left, depth: depth + 1) else { return false }
            }
            return true
        case S_IFLNK:
            guard let target = SmallFile.link(place), !target.hasPrefix("/") else { return false }
            copies.append(
                TestCase.File(path: name, kind: .symbolicLink(target: Bytes(target.utf8))))
            return true
        default: return false
        }
    }

    private mutating func link(_ name: Bytes) {
        guard let place = place(of: name), var target = SmallFile.resolve(place) else { return }
        // What lies elsewhere is not this folder's to show.
        let isInside = target.hasPrefix(path + "/")
        if !isInside { target = SmallFile.link(place) ?? target }
        files.append(TestCase.File(path: name, kind: .symbolicLink(target: Bytes(target.utf8))))
        if isInside { linked.append(target) }
    }

    private func place(of name: Bytes) -> String? {
        String(validating: name, as: UTF8.self).map { path + "/" + $0 }
    }

    /// Leaves a test case's own files out of it, such as those that the command line names.
    mutating func leave(_ others: [TestCase.File]) {
        let paths = Set(others.filter { $0.kind != .directory }.map(\.path))
        files.removeAll { paths.contains($0.path) }
    }
}

extension [TestCase.File] {
    /// With the files of a test case behind these, which stay what they are: a file of the test
    /// case that would stand in the place of one, above or below, is left out.
    package func joined(by others: [TestCase.File]) -> [TestCase.File] {
        guard !isEmpty else { return others }
        let folders = Set(lazy.filter { $0.kind == .directory }.map(\.path))
        let all = Set(lazy.map(\.path))
        return self
            + others.filter { file in
                guard !all.contains(file.path) else { return false }
                // Below a file of these, or a link, nothing is made.
                var parent = file.parent
                while let path = parent {
                    if all.contains(path), !folders.contains(path) { return false }
                    parent = TestCase.File(path: path, kind: .directory).parent
                }
                return true
            }
    }
}
