internal import Glibc

/// A folder that only this user writes to, for files that can be made again.
package struct PrivateFolder: Sendable {
    package let path: String

    /// Makes the folder and those above it where they are missing; nil where that fails, and for
    /// a folder that is another user's or that others may write to.
    package init?(making path: String) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            unsafe mkdir(made, 0o700)
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == geteuid(), status.st_mode & 0o022 == 0
        else { return nil }
        self.path = path
    }

    /// Makes a file the youngest of the folder, at most once a day.
    package func touch(_ name: String) {
        var status = stat()
        let file = path + "/" + name
        guard unsafe stat(file, &status) == 0, status.st_mtim.tv_sec + 86_400 < time(nil) else {
            return
        }
        unsafe utimensat(AT_FDCWD, file, nil, 0)
    }

    /// Removes the oldest of the files whose names end so until the rest fits a size in bytes,
    /// and what writers that were killed an hour ago left behind.
    package func prune(suffix: String, to size: Int) {
        guard let stream = unsafe opendir(path) else { return }
        defer { unsafe closedir(stream) }
        let now = time(nil)
        var entries: [(file: String, size: Int, age: Int)] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(
                    cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            let file = path + "/" + name
            var status = stat()
            guard unsafe lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            let age = now - status.st_mtim.tv_sec
            if name.hasSuffix(suffix) {
                entries.append((file, Int(status.st_size), age))
            } else if name.contains(SmallFile.temporarySuffix), age > 3600 {
                unsafe unlink(file)
            }
        }
        var total = entries.map(\.size).reduce(0, +)
        for entry in entries.sorted(by: { ($0.age, $0.file) > ($1.age, $1.file) }) {
            guard total > size else { return }
            unsafe unlink(entry.file)
            total -= entry.size
        }
    }
}
