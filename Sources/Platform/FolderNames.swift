internal import Glibc

/// What is in a folder, without what is below it.
package enum FolderNames {
    /// In alphabetical order, without `.` and `..`.
    package static func read(_ path: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(path) else {
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
        return names.sorted()
    }

    /// The same; none where that folder is not there or this user may not read it.
    package static func ifReadable(_ path: String) -> [String] {
        (try? read(path)) ?? []
    }
}
