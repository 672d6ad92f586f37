internal import CLinux
internal import Glibc
internal import Platform
internal import TestCases

/// An entry of the writable places as an execution left it.
package struct LeftFile: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable {
        case file, directory, link, fifo, socket, device
    }

    /// As the target sees it. Bytes that are no UTF-8 are replaced.
    package var path: String
    package var kind: Kind
    /// The permission bits.
    package var mode: UInt16
    /// As the target counts ids.
    package var owner: UInt32
    package var group: UInt32
    /// How many names it has.
    package var links: UInt64
    /// Bytes of a file or a link; 0 for others, whose size is the file system's affair.
    package var size: UInt64
    /// Seconds since 1970.
    package var modified: Int64
    /// SHA-256 of what a file holds; nil for what is no file, or too large to be looked at.
    package var sha256: String?
    /// Where a link leads.
    package var target: String?
}

extension Scratch {
    /// Everything in the writable places, in the order of paths; of more entries than anybody looks
    /// at, the first. No process of the execution may be left.
    package func leftFiles() -> [LeftFile] {
        var walk = LeftFiles(user: user)
        for place in SandboxRoot.writablePlaces {
            walk.enter(place.folder, in: root.scratch.rawValue, as: place.path, depth: 0)
        }
        // It is always there.
        return walk.files.filter { $0.path != "/" + SandboxRoot.lockFolder }
            .sorted { $0.path < $1.path }
    }
}

/// The way through the writable places, which follows no link.
private struct LeftFiles {
    private static let mostFiles = 10_000
    private static let deepest = 100
    private static let largest: UInt64 = 16 << 20

    let user: TargetUser
    var files: [LeftFile] = []

    init(user: TargetUser) {
        self.user = user
    }

    mutating func enter(_ name: String, in parent: Int32, as path: String, depth: Int) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let directory = unsafe openat(parent, name, flags)
        guard directory >= 0 else { return }
        guard let stream = unsafe fdopendir(directory) else {
            close(directory)
            return
        }
        defer { unsafe closedir(stream) }
        while files.count < Self.mostFiles, let entry = unsafe readdir(stream) {
            let name = unsafe Self.name(of: entry)
            guard name != ".", name != ".." else { continue }
            add(name, in: directory, as: path + "/" + name, depth: depth)
        }
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
            unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                unsafe String(cString: $0)
            }
        }
    }

    private mutating func add(_ name: String, in directory: Int32, as path: String, depth: Int) {
        var status = stat()
        guard unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
            let kind = Self.kind(of: status)
        else { return }
        var file = LeftFile(
            path: path, kind: kind, mode: UInt16(status.st_mode & 0o7777),
            owner: counted(status.st_uid), group: counted(status.st_gid),
            links: UInt64(status.st_nlink), size: 0, modified: Int64(status.st_mtim.tv_sec))
        switch kind {
        case .file:
            file.size = UInt64(status.st_size)
            if file.size <= Self.largest { file.sha256 = Self.hash(of: name, in: directory) }
        case .link:
            file.size = UInt64(status.st_size)
            file.target = SmallFile.link("/proc/self/fd/\(directory)/\(name)")
        case .directory, .fifo, .socket, .device: break
        }
        files.append(file)
        if kind == .directory, depth < Self.deepest {
            enter(name, in: directory, as: path, depth: depth + 1)
        }
    }

    /// An id of the worker's, as the target counts.
    private func counted(_ id: UInt32) -> UInt32 {
        let first = UInt32(CLINUX_INNER_FIRST)
        return user == .ordinary || id < first ? id : id - first
    }

    private static func kind(of status: stat) -> LeftFile.Kind? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .directory
        case S_IFLNK: .link
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        case S_IFCHR, S_IFBLK: .device
        default: nil
        }
    }

    private static func hash(of name: String, in directory: Int32) -> String? {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = unsafe openat(directory, name, flags)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var hash = SHA256()
        while true {
            let chunk = unsafe Bytes(unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = max(0, unsafe read(file, buffer.baseAddress, buffer.count))
            }
            guard !chunk.isEmpty else { return hash.finish().hexadecimal }
            hash.update(chunk.span)
        }
    }
}
