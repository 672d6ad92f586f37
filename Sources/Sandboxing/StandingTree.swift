internal import CLinux
internal import Glibc
internal import TestCases

/// The file tree of the last test case, which stays for the next one where nothing was touched.
///
/// A tree that a target may have changed is worthless. Every entry is looked at, the folders behind
/// the writable places, and how many inodes the file system has left, which tells of entries that
/// nobody has named.
struct StandingTree: ~Copyable {
    /// Of the writable places, of the tree's own folder, then of each entry of the tree.
    private var snapshot = Snapshot()
    /// What the tree was made from.
    private var files: [TestCase.File] = []
    /// How many of ``files`` are as they were made last.
    private var standing = 0
    /// Inodes left beside the tree; -1 where it is not to be relied on.
    private var freeInodes: Int64 = -1
    /// Inodes left in the empty file system.
    private var emptyInodes: Int64 = -1
    /// The folder that the tree stands in, and the tree's own; -1 while they are not open.
    private(set) var top: Int32 = -1
    private(set) var directory: Int32 = -1

    /// Its name in the folder behind `/tmp`.
    private static let name = "scratch"
    private static let heads =
        SandboxRoot.writablePlaces.map(\.folder) + [SandboxRoot.lockFolder, "tmp/" + name]

    init() {}

    deinit {
        if directory >= 0 { close(directory) }
        if top >= 0 { close(top) }
    }

    /// Whether the tree, and with it every writable place, is provably as it was handed over.
    func isUntouched(in scratch: Int32, fineTimes: Bool) -> Bool {
        freeInodes >= 0 && clinux_free_inodes(scratch) == freeInodes
            && snapshot.holds(0..<snapshot.count, fineTimes: fineTimes)
    }

    /// Lets go of the tree, which is to be removed.
    mutating func forget() {
        snapshot.truncate(to: 0)
        files = []
        standing = 0
        freeInodes = -1
        if directory >= 0 { close(directory) }
        if top >= 0 { close(top) }
        (directory, top) = (-1, -1)
    }

    /// Says that the writable places are empty; `others` is how many inodes something else takes.
    mutating func noteEmpty(in scratch: Int32, others: Int) {
        // The highest is the true one: what the kernel gives back late must not count.
        emptyInodes = max(emptyInodes, clinux_free_inodes(scratch) + Int64(others))
    }

    /// Makes the tree of a test case, out of the one that stands if there is one; false where even
    /// its folder cannot be made.
    mutating func make(
        _ wanted: [TestCase.File], _ ownership: inout Ownership
    ) -> Bool {
        standing = directory >= 0 ? usableEntries(for: wanted) : 0
        if directory >= 0, standing == files.count, standing == wanted.count { return true }
        removeEntries(from: standing)
        ownership.assume()
        if directory < 0 {
            let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
            // Through the mount that the target sees: a directory below another mount of the same
            // file system would have that one's path for getcwd(2).
            top = unsafe open(SandboxRoot.treePlace, flags)
            guard top >= 0 else { return false }
            unsafe mkdirat(top, Self.name, 0o755)
            directory = unsafe openat(top, Self.name, flags)
            guard directory >= 0 else { return false }
        }
        var tree = FileTree(directory: directory)
        tree.build(wanted, after: standing)
        files = wanted
        return true
    }

    /// How many entries from the first on are wanted as they stand: the order in which entries are
    /// made is the order in which folders list them.
    private func usableEntries(for wanted: [TestCase.File]) -> Int {
        if files == wanted { return files.count }
        let common = zip(files, wanted).prefix { $0 == $1 }.count
        // Into these its owner can put nothing.
        let isClosed = files[..<common].contains {
            $0.kind == .directory && $0.mode & 0o700 != 0o700
        }
        return isClosed ? 0 : common
    }

    /// Takes the tree back to its first entries.
    private mutating func removeEntries(from count: Int) {
        guard count < files.count else { return }
        snapshot.truncate(to: Self.heads.count + count)
        for file in files[count...].reversed() {
            let path = String(decoding: file.path, as: UTF8.self)
            _ = unsafe clinux_remove(directory, path, file.kind == .directory ? 1 : 0)
        }
    }

    /// Says that a target gets the tree now; `others` is how many inodes something else takes.
    mutating func handOver(in scratch: Int32, others: Int) {
        guard record(in: scratch) else {
            freeInodes = -1
            return
        }
        freeInodes = clinux_free_inodes(scratch)
        // The tree's own folder is the last of the heads.
        let named = snapshot.count - Self.heads.count + 1 + others
        if emptyInodes - freeInodes != Int64(named) { freeInodes = -1 }
        snapshot.begin()
    }

    /// Says that a target gets the tree with more in it than a test case's files.
    mutating func handOverUnrecorded() {
        freeInodes = -1
    }

    private mutating func record(in scratch: Int32) -> Bool {
        if snapshot.count == Self.heads.count + files.count, standing == files.count { return true }
        guard Self.isPlain(files) else { return false }
        if snapshot.count == 0 {
            for head in Self.heads where !snapshot.add(head, in: scratch) { return false }
        } else if !snapshot.refresh() {
            return false
        }
        for file in files[standing...] {
            let path = String(decoding: file.path, as: UTF8.self)
            guard snapshot.add(path, in: directory) else { return false }
        }
        return true
    }

    /// Whether every entry is in a folder that is an entry before it, so that no link is followed
    /// and nothing is made but what is named.
    private static func isPlain(_ files: [TestCase.File]) -> Bool {
        for (index, file) in files.enumerated() {
            guard TestCase.File.isPath(file.path) else { return false }
            guard let parent = file.parent else { continue }
            guard files[..<index].contains(where: { $0.kind == .directory && $0.path == parent })
            else { return false }
        }
        return true
    }
}
