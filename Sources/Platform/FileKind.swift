internal import Glibc

/// What a path leads to, links followed.
package enum FileKind: Sendable {
    case regular, folder, other

    /// Nil where nothing is, or where this user may not look.
    package init?(of path: String) {
        var status = stat()
        guard unsafe path.withKernelPath({ unsafe stat($0, &status) }) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .folder
        default: self = .other
        }
    }
}
