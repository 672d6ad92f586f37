internal import CLinux
internal import Glibc
internal import Platform

/// Holds by type, and not by name, that no socket, FIFO or device of the machine is among what a
/// sandbox shows.
///
/// Behind an overlay there is none, see ``SealedFolder``. So looked through is what is mounted as it
/// is: exposed files, and folders of which the kernel makes no overlay.
struct ReachCheck {
    /// What is mounted as it is.
    private(set) var mounts: [String] = []
    /// What was found there, and is covered.
    private(set) var covered: [[CChar]] = []
    /// Whether everything could be looked at in the time that there is.
    private(set) var isComplete = true

    private static let milliseconds: UInt32 = 3000
    private static let depth: UInt32 = 64

    /// Looks through the mounts of this process.
    static func ofAllMounts() -> ReachCheck {
        let table = MountTable((try? SmallFile.text("/proc/self/mountinfo")) ?? "")
        var check = ReachCheck()
        for path in table.ofOthers { check.look(at: path) }
        // Groups of processes have files of the kernel's alone, whatever holds their folders.
        check.mounts = table.ofOthers.filter { !$0.hasPrefix("/sys/") }
        return check
    }

    /// Has nobody come to what was found, once more where its place was made anew.
    func cover() {
        for entry in covered where Self.isSpecial(entry) {
            _ = unsafe entry.withUnsafeBufferPointer { entry -> Int32 in
                guard let path = entry.baseAddress else { return -EINVAL }
                return unsafe clinux_bind("/dev/null", path)
            }
        }
    }

    private mutating func look(at path: String) {
        switch EntryKind(at: path) {
        case .directory:
            let search = TreeSearch(
                findsSpecial: true, depth: Self.depth, milliseconds: Self.milliseconds)
            let result = search.found(below: [path])
            covered += result.entries
            isComplete = isComplete && result.isComplete
        case .special: covered.append(Array(path.utf8CString))
        default: return
        }
    }

    private static func isSpecial(_ entry: [CChar]) -> Bool {
        var status = stat()
        let result = unsafe entry.withUnsafeBufferPointer { entry -> Int32 in
            guard let path = entry.baseAddress else { return -1 }
            return unsafe lstat(path, &status)
        }
        return result == 0 && ![S_IFREG, S_IFDIR, S_IFLNK].contains(status.st_mode & S_IFMT)
            // Covered already.
            && status.st_rdev != makeDevice(1, 3)
    }

    private static func makeDevice(_ major: UInt64, _ minor: UInt64) -> UInt64 {
        major << 8 | minor
    }
}
