package import TestCases

/// The errors that section 2 of the manual gives for the calls that programs make most; no other
/// is injected, and none where the call does not return or cannot fail. `ENOSYS` from clone3 is
/// what the filters of container engines return.
package enum FaultTable {
    /// What can be made to happen to one call.
    package struct Row: Sendable {
        /// The kernel's number.
        package let number: UInt32
        /// The kernel's name for the number.
        package let name: String
        let errors: [UInt16]
        let isShortCount: Bool

        /// The likeliest first. No count is cut to zero: that would look like the end of a file.
        package var effects: [TestCase.Fault.Effect] {
            errors.map { .error($0) } + (isShortCount ? [.shortCount(1)] : [])
        }
    }

    /// What can be made to happen to the call; nil for one that is left alone.
    package static func row(of number: UInt32) -> Row? { rowsByNumber[number] }

    private static let rowsByNumber = Dictionary(uniqueKeysWithValues: rows.map { ($0.number, $0) })

    // Error numbers: 1 EPERM, 2 ENOENT, 4 EINTR, 5 EIO, 7 E2BIG, 9 EBADF, 10 ECHILD, 11 EAGAIN,
    // 12 ENOMEM, 13 EACCES, 16 EBUSY, 17 EEXIST, 18 EXDEV, 19 ENODEV, 20 ENOTDIR, 22 EINVAL,
    // 23 ENFILE, 24 EMFILE, 25 ENOTTY, 27 EFBIG, 28 ENOSPC, 29 ESPIPE, 30 EROFS, 32 EPIPE,
    // 34 ERANGE, 38 ENOSYS, 39 ENOTEMPTY, 40 ELOOP, 75 EOVERFLOW, 92 ENOPROTOOPT,
    // 95 EOPNOTSUPP, 97 EAFNOSUPPORT, 98 EADDRINUSE, 103 ECONNABORTED, 104 ECONNRESET,
    // 110 ETIMEDOUT, 111 ECONNREFUSED.
    /// By number, each call once.
    package static let rows: [Row] = [
        (0, "read", [5, 4, 11], true), (1, "write", [28, 5, 32, 4, 11], true),
        (2, "open", [2, 13, 24, 23], false), (3, "close", [5, 4], false),
        (4, "stat", [2, 13], false), (5, "fstat", [12, 75], false), (6, "lstat", [2, 13], false),
        (7, "poll", [4, 12], false), (8, "lseek", [29, 22], false),
        (9, "mmap", [12, 13, 19], false), (10, "mprotect", [12, 13], false),
        (11, "munmap", [22, 12], false), (13, "rt_sigaction", [22], false),
        (16, "ioctl", [25, 22], false), (17, "pread64", [5, 4], true),
        (18, "pwrite64", [28, 5, 4], true), (19, "readv", [5, 4, 11], true),
        (20, "writev", [28, 5, 32, 4], true), (21, "access", [2, 13], false),
        (22, "pipe", [24, 23], false), (23, "select", [4, 12], false),
        (25, "mremap", [12], false), (28, "madvise", [22, 12], false), (32, "dup", [24], false),
        (33, "dup2", [16, 24], false), (35, "nanosleep", [4], false),
        (40, "sendfile", [11, 5, 22, 12], true), (41, "socket", [24, 13, 97], false),
        (42, "connect", [111, 110, 4], false), (43, "accept", [24, 103, 4], false),
        (44, "sendto", [32, 104, 11], true), (45, "recvfrom", [104, 11, 4], true),
        (46, "sendmsg", [32, 104, 11], true), (47, "recvmsg", [104, 11, 4], true),
        (49, "bind", [98, 13], false), (50, "listen", [98], false),
        (54, "setsockopt", [92], false), (55, "getsockopt", [92], false),
        (56, "clone", [11, 12], false), (57, "fork", [11, 12], false),
        (58, "vfork", [11, 12], false), (59, "execve", [2, 13, 12, 7], false),
        (61, "wait4", [4, 10], false), (62, "kill", [1], false),
        (72, "fcntl", [22, 11, 24], false), (73, "flock", [11, 4], false),
        (74, "fsync", [5, 28], false), (75, "fdatasync", [5, 28], false),
        (76, "truncate", [13, 27], false), (77, "ftruncate", [5, 22, 27], false),
        (78, "getdents", [2, 20], false), (79, "getcwd", [2, 34, 13], false),
        (80, "chdir", [2, 13], false), (81, "fchdir", [13], false),
        (82, "rename", [18, 13, 28], false), (83, "mkdir", [17, 28, 13], false),
        (84, "rmdir", [39, 16], false), (86, "link", [18, 1], false),
        (87, "unlink", [2, 13, 1], false), (88, "symlink", [17, 28], false),
        (89, "readlink", [2, 22], false), (90, "chmod", [1, 30], false),
        (91, "fchmod", [1, 30], false), (92, "chown", [1], false), (93, "fchown", [1], false),
        (137, "statfs", [38, 2], false), (138, "fstatfs", [38, 5], false),
        (217, "getdents64", [2, 20], false), (232, "epoll_wait", [4], false),
        (233, "epoll_ctl", [12, 28], false), (257, "openat", [2, 13, 24, 23, 40], false),
        (258, "mkdirat", [17, 28, 13], false), (262, "newfstatat", [2, 13, 12], false),
        (263, "unlinkat", [2, 13, 1], false), (264, "renameat", [18, 13, 28], false),
        (266, "symlinkat", [17, 28], false), (267, "readlinkat", [2, 22], false),
        (268, "fchmodat", [1, 30], false), (269, "faccessat", [2, 13], false),
        (270, "pselect6", [4, 12], false), (271, "ppoll", [4, 12], false),
        (280, "utimensat", [13, 1], false), (285, "fallocate", [95, 28], false),
        (288, "accept4", [24, 103, 4], false), (291, "epoll_create1", [24, 12], false),
        (292, "dup3", [16, 24], false), (293, "pipe2", [24, 23], false),
        (302, "prlimit64", [1], false), (316, "renameat2", [18, 22, 28], false),
        (318, "getrandom", [11, 4], true), (319, "memfd_create", [24, 12], false),
        (326, "copy_file_range", [18, 22, 28, 95], true), (332, "statx", [2, 13], false),
        (435, "clone3", [38, 11, 12], false), (439, "faccessat2", [2, 13], false),
    ].map { Row(number: $0, name: $1, errors: $2, isShortCount: $3) }
}
