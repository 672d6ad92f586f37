internal import CLinux
internal import Glibc
internal import Platform

/// A folder of the machine as an overlay with an upper side that nothing can be written to: the same
/// names, bytes and modes, and inodes that are nobody else's.
///
/// Who connects to a socket through an overlay finds nobody listening, who opens a FIFO has one of
/// their own, and locks, leases and watches are the overlay's. Nothing that the machine makes later
/// changes that. With an upper side a file that is closed to somebody says so, as it does on a
/// machine; an overlay without one says that all of it is read-only.
enum SealedFolder {
    private static let flags = UInt64(MS_NOSUID | MS_NODEV)

    /// Of what the worker makes itself, by the name that it gives each of its mounts.
    static let source = "fathom"

    /// - Parameters:
    ///   - folder: the machine's folder.
    ///   - place: where it is shown, a folder.
    ///   - memory: a folder for the upper side that is not there yet.
    ///   - hidden: paths in the folder that are not there.
    static func mount(
        _ folder: String, at place: String, memory: String, without hidden: [String]
    ) throws(SystemError) {
        guard MountTable.canBeOption(folder), MountTable.canBeOption(memory) else {
            throw SystemError(code: EINVAL, operation: "make an overlay of \(folder)")
        }
        Mounts.makeDirectory(memory, mode: 0o700)
        let (upper, work) = (memory + "/upper", memory + "/work")
        Mounts.makeDirectory(work, mode: 0o700)
        makeFolder(upper, like: folder)
        for path in hidden where EntryKind(at: folder + "/" + path) != nil {
            leaveOut(path, of: folder, in: upper)
        }
        let options = "lowerdir=\(folder),upperdir=\(upper),workdir=\(work),userxattr"
        try SystemError.check(
            unsafe clinux_mount(source, place, "overlay", flags, options), "show \(folder)")
        try SystemError.check(
            unsafe clinux_make_read_only(place), "make \(place) read-only")
    }

    /// Makes a folder with the mode and times of another one. It belongs to the worker.
    static func makeFolder(_ path: String, like other: String) {
        Mounts.makeDirectory(path, mode: 0o700)
        var status = stat()
        guard unsafe lstat(other, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
        unsafe chmod(path, mode(status))
        _ = unsafe clinux_set_times(AT_FDCWD, path, Int64(status.st_mtim.tv_sec))
    }

    /// A sandbox of one user has no other owner to give: of what is somebody else's, the target may
    /// write to nothing but what all may write to.
    static func mode(_ status: stat) -> mode_t {
        let mode = status.st_mode & 0o7777
        let isOthers = geteuid() != 0 && status.st_uid != geteuid() && mode & 0o002 == 0
        return isOthers ? mode & ~0o222 : mode
    }

    private static func leaveOut(_ path: String, of folder: String, in upper: String) {
        var above = ""
        for component in path.split(separator: "/").dropLast() {
            above += "/" + component
            if EntryKind(at: upper + above) == nil {
                makeFolder(upper + above, like: folder + above)
            }
        }
        _ = unsafe clinux_make_whiteout(upper + "/" + path)
    }
}
