internal import Glibc
import Platform

/// Making and removing directories.
enum Directory {
    /// Makes the directory and those above it, unless they are there.
    static func make(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try make(String(path[..<slash]))
            guard unsafe mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        }
        throw SystemError.last("make the folder \(path)")
    }

    /// Removes the directory with the files in it, if it is there; not directories in it.
    static func remove(_ path: String) throws(SystemError) {
        for name in try names(in: path) { unsafe _ = unlink("\(path)/\(name)") }
        guard unsafe rmdir(path) != 0, errno != ENOENT else { return }
        throw SystemError.last("remove the folder \(path)")
    }

    /// The names in the directory without `.` and `..`; none when it is not there.
    static func names(in path: String) throws(SystemError) -> [String] {
        do throws(SystemError) {
            return try FolderNames.read(path)
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
    }
}
