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
        guard let stream = unsafe opendir(path) else {
            guard errno != ENOENT else { return [] }
            throw SystemError.last("read the folder \(path)")
        }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
                    unsafe String(cString: characters)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
