extension SyscallNumber {
    /// Which argument points to the name of the file that a call is about, and which is the
    /// descriptor of the folder that a relative name begins at; nil for the working directory.
    ///
    /// Of two names the one that is made.
    package struct PathArgument: Hashable, Sendable {
        package let name: Int
        package let folder: Int?

        init(_ name: Int, from folder: Int? = nil) {
            self.name = name
            self.folder = folder
        }
    }

    /// Nil for calls that name no file, and for those that only look at one.
    package var pathArgument: PathArgument? { Self.pathArguments[rawValue] }

    private static let pathArguments: [UInt32: PathArgument] = [
        // open, access, execve, truncate, chdir
        2: PathArgument(0), 21: PathArgument(0), 59: PathArgument(0), 76: PathArgument(0),
        80: PathArgument(0),
        // rename, mkdir, rmdir, creat, link, unlink, symlink
        82: PathArgument(1), 83: PathArgument(0), 84: PathArgument(0), 85: PathArgument(0),
        86: PathArgument(1), 87: PathArgument(0), 88: PathArgument(1),
        // chmod, chown, lchown, mknod, chroot
        90: PathArgument(0), 92: PathArgument(0), 94: PathArgument(0), 133: PathArgument(0),
        161: PathArgument(0),
        // openat, mkdirat, mknodat, fchownat, unlinkat
        257: PathArgument(1, from: 0), 258: PathArgument(1, from: 0),
        259: PathArgument(1, from: 0), 260: PathArgument(1, from: 0),
        263: PathArgument(1, from: 0),
        // renameat, linkat, symlinkat, fchmodat, faccessat, utimensat
        264: PathArgument(3, from: 2), 265: PathArgument(3, from: 2),
        266: PathArgument(2, from: 1), 268: PathArgument(1, from: 0),
        269: PathArgument(1, from: 0), 280: PathArgument(1, from: 0),
        // renameat2, execveat, openat2, faccessat2, fchmodat2
        316: PathArgument(3, from: 2), 322: PathArgument(1, from: 0),
        437: PathArgument(1, from: 0), 439: PathArgument(1, from: 0),
        452: PathArgument(1, from: 0),
    ]
}
