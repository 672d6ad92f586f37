extension ArgumentKind {
    /// Values and their names; for flag words the bits of each name, larger names before the
    /// smaller ones whose bits they include.
    var names: [(value: UInt64, name: StaticString)] {
        switch self {
        case .openFlags: Self.openFlagNames
        case .accessMode: [(0, "F_OK"), (4, "R_OK"), (2, "W_OK"), (1, "X_OK")]
        case .atFlags: Self.atFlagNames
        case .renameFlags:
            [(1, "RENAME_NOREPLACE"), (2, "RENAME_EXCHANGE"), (4, "RENAME_WHITEOUT")]
        case .whence:
            [
                (0, "SEEK_SET"), (1, "SEEK_CUR"), (2, "SEEK_END"), (3, "SEEK_DATA"),
                (4, "SEEK_HOLE"),
            ]
        case .fallocateMode:
            [
                (1, "FALLOC_FL_KEEP_SIZE"), (2, "FALLOC_FL_PUNCH_HOLE"),
                (8, "FALLOC_FL_COLLAPSE_RANGE"), (16, "FALLOC_FL_ZERO_RANGE"),
            ]
        case .fileAdvice:
            [
                (0, "POSIX_FADV_NORMAL"), (1, "POSIX_FADV_RANDOM"), (2, "POSIX_FADV_SEQUENTIAL"),
                (3, "POSIX_FADV_WILLNEED"), (4, "POSIX_FADV_DONTNEED"), (5, "POSIX_FADV_NOREUSE"),
            ]
        case .lockOperation: [(1, "LOCK_SH"), (2, "LOCK_EX"), (8, "LOCK_UN"), (4, "LOCK_NB")]
        case .fcntlCommand: Self.fcntlNames
        case .ioctlCommand: Self.ioctlNames
        case .epollOperation:
            [(1, "EPOLL_CTL_ADD"), (2, "EPOLL_CTL_DEL"), (3, "EPOLL_CTL_MOD")]
        case .clock:
            [
                (0, "CLOCK_REALTIME"), (1, "CLOCK_MONOTONIC"), (2, "CLOCK_PROCESS_CPUTIME_ID"),
                (3, "CLOCK_THREAD_CPUTIME_ID"), (4, "CLOCK_MONOTONIC_RAW"),
                (5, "CLOCK_REALTIME_COARSE"), (6, "CLOCK_MONOTONIC_COARSE"), (7, "CLOCK_BOOTTIME"),
            ]
        case .protection:
            [
                (0, "PROT_NONE"), (1, "PROT_READ"), (2, "PROT_WRITE"), (4, "PROT_EXEC"),
                (0x100_0000, "PROT_GROWSDOWN"),
            ]
        case .mapFlags: Self.mapFlagNames
        case .remapFlags:
            [(1, "MREMAP_MAYMOVE"), (2, "MREMAP_FIXED"), (4, "MREMAP_DONTUNMAP")]
        case .syncFlags: [(1, "MS_ASYNC"), (2, "MS_INVALIDATE"), (4, "MS_SYNC")]
        case .memoryAdvice:
            [
                (0, "MADV_NORMAL"), (1, "MADV_RANDOM"), (2, "MADV_SEQUENTIAL"),
                (3, "MADV_WILLNEED"), (4, "MADV_DONTNEED"), (8, "MADV_FREE"),
                (10, "MADV_DONTFORK"), (14, "MADV_HUGEPAGE"), (15, "MADV_NOHUGEPAGE"),
                (16, "MADV_DONTDUMP"),
            ]
        case .memoryFileFlags:
            [(1, "MFD_CLOEXEC"), (2, "MFD_ALLOW_SEALING"), (4, "MFD_HUGETLB")]
        case .socketDomain:
            [
                (0, "AF_UNSPEC"), (1, "AF_UNIX"), (2, "AF_INET"), (10, "AF_INET6"),
                (16, "AF_NETLINK"), (17, "AF_PACKET"), (38, "AF_ALG"), (40, "AF_VSOCK"),
            ]
        case .socketType:
            [
                (1, "SOCK_STREAM"), (2, "SOCK_DGRAM"), (3, "SOCK_RAW"), (5, "SOCK_SEQPACKET"),
                (0x800, "SOCK_NONBLOCK"), (0x80000, "SOCK_CLOEXEC"),
            ]
        case .messageFlags:
            [
                (1, "MSG_OOB"), (2, "MSG_PEEK"), (0x20, "MSG_TRUNC"), (0x40, "MSG_DONTWAIT"),
                (0x100, "MSG_WAITALL"), (0x4000, "MSG_NOSIGNAL"), (0x8000, "MSG_MORE"),
                (0x4000_0000, "MSG_CMSG_CLOEXEC"),
            ]
        case .socketLevel:
            [(0, "SOL_IP"), (1, "SOL_SOCKET"), (6, "SOL_TCP"), (17, "SOL_UDP"), (41, "SOL_IPV6")]
        case .cloneFlags: Self.cloneFlagNames
        case .waitOptions:
            [
                (1, "WNOHANG"), (2, "WUNTRACED"), (4, "WEXITED"), (8, "WCONTINUED"),
                (0x100_0000, "WNOWAIT"), (0x2000_0000, "__WNOTHREAD"), (0x4000_0000, "__WALL"),
                (0x8000_0000, "__WCLONE"),
            ]
        case .prctlOption: Self.prctlNames
        case .threadStateCode:
            [
                (0x1001, "ARCH_SET_GS"), (0x1002, "ARCH_SET_FS"), (0x1003, "ARCH_GET_FS"),
                (0x1004, "ARCH_GET_GS"), (0x3001, "ARCH_CET_STATUS"),
            ]
        case .futexOperation: Self.futexNames
        case .signal: Self.signalNames
        case .resource: Self.resourceNames
        case .mountFlags:
            [
                (1, "MS_RDONLY"), (2, "MS_NOSUID"), (4, "MS_NODEV"), (8, "MS_NOEXEC"),
                (0x20, "MS_REMOUNT"), (0x1000, "MS_BIND"), (0x2000, "MS_MOVE"), (0x4000, "MS_REC"),
                (0x40000, "MS_PRIVATE"), (0x80000, "MS_SLAVE"), (0x10_0000, "MS_SHARED"),
            ]
        case .protocolNumber, .word: []
        }
    }

    private static let openFlagNames: [(value: UInt64, name: StaticString)] = [
        (0, "O_RDONLY"), (1, "O_WRONLY"), (2, "O_RDWR"), (0o20200000, "O_TMPFILE"),
        (0o4010000, "O_SYNC"), (0o100, "O_CREAT"), (0o200, "O_EXCL"), (0o400, "O_NOCTTY"),
        (0o1000, "O_TRUNC"), (0o2000, "O_APPEND"), (0o4000, "O_NONBLOCK"), (0o10000, "O_DSYNC"),
        (0o20000, "O_ASYNC"), (0o40000, "O_DIRECT"), (0o100000, "O_LARGEFILE"),
        (0o200000, "O_DIRECTORY"), (0o400000, "O_NOFOLLOW"), (0o1000000, "O_NOATIME"),
        (0o2000000, "O_CLOEXEC"), (0o10000000, "O_PATH"),
    ]

    private static let atFlagNames: [(value: UInt64, name: StaticString)] = [
        (0x100, "AT_SYMLINK_NOFOLLOW"), (0x200, "AT_REMOVEDIR"), (0x400, "AT_SYMLINK_FOLLOW"),
        (0x800, "AT_NO_AUTOMOUNT"), (0x1000, "AT_EMPTY_PATH"), (0x2000, "AT_STATX_FORCE_SYNC"),
        (0x4000, "AT_STATX_DONT_SYNC"), (0x8000, "AT_RECURSIVE"),
    ]

    private static let mapFlagNames: [(value: UInt64, name: StaticString)] = [
        (1, "MAP_SHARED"), (2, "MAP_PRIVATE"), (3, "MAP_SHARED_VALIDATE"), (0x10, "MAP_FIXED"),
        (0x20, "MAP_ANONYMOUS"), (0x40, "MAP_32BIT"), (0x100, "MAP_GROWSDOWN"),
        (0x800, "MAP_DENYWRITE"), (0x2000, "MAP_LOCKED"), (0x4000, "MAP_NORESERVE"),
        (0x8000, "MAP_POPULATE"), (0x10000, "MAP_NONBLOCK"), (0x20000, "MAP_STACK"),
        (0x40000, "MAP_HUGETLB"), (0x80000, "MAP_SYNC"), (0x10_0000, "MAP_FIXED_NOREPLACE"),
    ]

    private static let fcntlNames: [(value: UInt64, name: StaticString)] = [
        (0, "F_DUPFD"), (1, "F_GETFD"), (2, "F_SETFD"), (3, "F_GETFL"), (4, "F_SETFL"),
        (5, "F_GETLK"), (6, "F_SETLK"), (7, "F_SETLKW"), (8, "F_SETOWN"), (9, "F_GETOWN"),
        (10, "F_SETSIG"), (36, "F_OFD_GETLK"), (37, "F_OFD_SETLK"), (38, "F_OFD_SETLKW"),
        (1024, "F_SETLEASE"), (1030, "F_DUPFD_CLOEXEC"), (1031, "F_SETPIPE_SZ"),
        (1032, "F_GETPIPE_SZ"), (1033, "F_ADD_SEALS"), (1034, "F_GET_SEALS"),
    ]

    private static let ioctlNames: [(value: UInt64, name: StaticString)] = [
        (0x5401, "TCGETS"), (0x5402, "TCSETS"), (0x5403, "TCSETSW"), (0x5404, "TCSETSF"),
        (0x540b, "TCFLSH"), (0x540e, "TIOCSCTTY"), (0x540f, "TIOCGPGRP"), (0x5410, "TIOCSPGRP"),
        (0x5412, "TIOCSTI"), (0x5413, "TIOCGWINSZ"), (0x5414, "TIOCSWINSZ"), (0x541b, "FIONREAD"),
        (0x5421, "FIONBIO"), (0x5422, "TIOCNOTTY"), (0x5450, "FIONCLEX"), (0x5451, "FIOCLEX"),
        (0x5452, "FIOASYNC"), (0x4004_9409, "FICLONE"),
    ]

    private static let cloneFlagNames: [(value: UInt64, name: StaticString)] = [
        (17, "SIGCHLD"), (0x80, "CLONE_NEWTIME"), (0x100, "CLONE_VM"), (0x200, "CLONE_FS"),
        (0x400, "CLONE_FILES"), (0x800, "CLONE_SIGHAND"), (0x1000, "CLONE_PIDFD"),
        (0x2000, "CLONE_PTRACE"), (0x4000, "CLONE_VFORK"), (0x8000, "CLONE_PARENT"),
        (0x10000, "CLONE_THREAD"), (0x20000, "CLONE_NEWNS"), (0x40000, "CLONE_SYSVSEM"),
        (0x80000, "CLONE_SETTLS"), (0x10_0000, "CLONE_PARENT_SETTID"),
        (0x20_0000, "CLONE_CHILD_CLEARTID"), (0x40_0000, "CLONE_DETACHED"),
        (0x100_0000, "CLONE_CHILD_SETTID"), (0x200_0000, "CLONE_NEWCGROUP"),
        (0x400_0000, "CLONE_NEWUTS"), (0x800_0000, "CLONE_NEWIPC"),
        (0x1000_0000, "CLONE_NEWUSER"), (0x2000_0000, "CLONE_NEWPID"),
        (0x4000_0000, "CLONE_NEWNET"),
    ]

    private static let prctlNames: [(value: UInt64, name: StaticString)] = [
        (1, "PR_SET_PDEATHSIG"), (2, "PR_GET_PDEATHSIG"), (3, "PR_GET_DUMPABLE"),
        (4, "PR_SET_DUMPABLE"), (7, "PR_GET_KEEPCAPS"), (8, "PR_SET_KEEPCAPS"),
        (15, "PR_SET_NAME"), (16, "PR_GET_NAME"), (21, "PR_GET_SECCOMP"), (22, "PR_SET_SECCOMP"),
        (23, "PR_CAPBSET_READ"), (24, "PR_CAPBSET_DROP"), (28, "PR_SET_SECUREBITS"),
        (29, "PR_SET_TIMERSLACK"), (35, "PR_SET_MM"), (36, "PR_SET_CHILD_SUBREAPER"),
        (38, "PR_SET_NO_NEW_PRIVS"), (39, "PR_GET_NO_NEW_PRIVS"), (41, "PR_SET_THP_DISABLE"),
        (47, "PR_CAP_AMBIENT"), (0x5356_4d41, "PR_SET_VMA"), (0x5961_6d61, "PR_SET_PTRACER"),
    ]

    private static let futexNames: [(value: UInt64, name: StaticString)] = [
        (0, "FUTEX_WAIT"), (1, "FUTEX_WAKE"), (3, "FUTEX_REQUEUE"), (4, "FUTEX_CMP_REQUEUE"),
        (5, "FUTEX_WAKE_OP"), (6, "FUTEX_LOCK_PI"), (7, "FUTEX_UNLOCK_PI"),
        (9, "FUTEX_WAIT_BITSET"), (10, "FUTEX_WAKE_BITSET"), (0x80, "FUTEX_PRIVATE_FLAG"),
        (0x100, "FUTEX_CLOCK_REALTIME"),
    ]

    private static let signalNames: [(value: UInt64, name: StaticString)] = [
        (1, "SIGHUP"), (2, "SIGINT"), (3, "SIGQUIT"), (4, "SIGILL"), (5, "SIGTRAP"),
        (6, "SIGABRT"), (7, "SIGBUS"), (8, "SIGFPE"), (9, "SIGKILL"), (10, "SIGUSR1"),
        (11, "SIGSEGV"), (12, "SIGUSR2"), (13, "SIGPIPE"), (14, "SIGALRM"), (15, "SIGTERM"),
        (16, "SIGSTKFLT"), (17, "SIGCHLD"), (18, "SIGCONT"), (19, "SIGSTOP"), (20, "SIGTSTP"),
        (21, "SIGTTIN"), (22, "SIGTTOU"), (23, "SIGURG"), (24, "SIGXCPU"), (25, "SIGXFSZ"),
        (26, "SIGVTALRM"), (27, "SIGPROF"), (28, "SIGWINCH"), (29, "SIGIO"), (30, "SIGPWR"),
        (31, "SIGSYS"),
    ]

    private static let resourceNames: [(value: UInt64, name: StaticString)] = [
        (0, "RLIMIT_CPU"), (1, "RLIMIT_FSIZE"), (2, "RLIMIT_DATA"), (3, "RLIMIT_STACK"),
        (4, "RLIMIT_CORE"), (5, "RLIMIT_RSS"), (6, "RLIMIT_NPROC"), (7, "RLIMIT_NOFILE"),
        (8, "RLIMIT_MEMLOCK"), (9, "RLIMIT_AS"), (10, "RLIMIT_LOCKS"), (11, "RLIMIT_SIGPENDING"),
        (12, "RLIMIT_MSGQUEUE"), (13, "RLIMIT_NICE"), (14, "RLIMIT_RTPRIO"), (15, "RLIMIT_RTTIME"),
    ]
}
