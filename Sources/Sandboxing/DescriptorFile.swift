internal import CLinux
internal import Glibc

/// The file behind one of a target's descriptors 0 to 2, which no path leads to.
///
/// An empty one that nothing was done to serves the next execution too; it is opened anew, because
/// position, flags and locks belong to what was opened.
struct DescriptorFile: ~Copyable {
    private let path: String
    private var snapshot = Snapshot()
    /// Whether it takes an inode of the file system.
    private(set) var exists = false

    init(_ name: String) {
        path = SandboxRoot.descriptorFolder + "/" + name
    }

    /// Removes the file unless it is provably untouched and empty, or can be made so: most are
    /// only written to. `scratch` is the root of the file system.
    mutating func clean(in scratch: Int32, fineTimes: Bool) {
        guard exists, snapshot.count == 0 || !snapshot.holds(0..<1, fineTimes: fineTimes) else {
            return
        }
        if snapshot.count > 0, snapshot.emptyAgain(0) {
            snapshot.truncate(to: 0)
            return
        }
        _ = unsafe clinux_remove(scratch, path, 0)
        forget()
    }

    /// Says that the file is gone with its file system.
    mutating func forget() {
        snapshot.truncate(to: 0)
        exists = false
    }

    /// Opens the file, which must be clean, for reading and writing; -1 where that is impossible.
    mutating func open(in scratch: Int32, of user: TargetUser) -> Int32 {
        let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC
        if exists { return unsafe openat(scratch, path, flags) }
        let file = unsafe openat(scratch, path, flags | O_CREAT | O_EXCL, 0o644)
        guard file >= 0 else { return -1 }
        exists = true
        // Dearer for a whole tree, cheaper than a change of identity for one file.
        fchown(file, user.fileOwner, user.fileGroup)
        return file
    }

    /// Opens the file as it is for reading from its beginning.
    func openForReading(in scratch: Int32) -> Int32 {
        unsafe openat(scratch, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    }

    /// Says that the file is empty and that a target gets it now.
    mutating func handOver(from scratch: Int32) {
        if exists, snapshot.count == 0 { _ = snapshot.add(path, in: scratch) }
        snapshot.begin()
    }
}
