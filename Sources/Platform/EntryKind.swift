internal import Glibc

/// What is at a path itself, which may be a link.
package enum EntryKind: Sendable {
    case regular, directory, link
    /// A socket, a FIFO or a device.
    case special

    /// Nil where nothing is, or where this user may not look.
    package init?(at path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .link
        default: self = .special
        }
    }
}
