internal import Syscalls

/// What a trigger can tell of a call: its number, small arguments that are a choice, its place.
struct CallKind: Hashable, Sendable {
    let syscall: SyscallNumber
    let site: CallSite?
    /// One for each argument that is a choice from a few, or a standard descriptor.
    let tests: [ArgumentTest]

    init(_ number: SyscallNumber, _ arguments: InlineArray<6, UInt64>, site: CallSite?) {
        syscall = number
        self.site = site
        var tests = number.scalarArguments.map { argument in
            ArgumentTest(
                argument.index, mask: argument.kind.mask, .equal,
                argument.value(of: arguments[argument.index]))
        }
        if Self.takesDescriptor.contains(number), arguments[0] & 0xffff_ffff < 3 {
            tests.append(ArgumentTest(0, .equal, arguments[0] & 0xffff_ffff))
        }
        // How many events a wait takes tells an event loop from a look at one descriptor.
        if Self.takesEventCount.contains(number) {
            tests.append(ArgumentTest(2, .equal, arguments[2] & 0xffff_ffff))
        }
        self.tests = tests
    }

    /// How much weight the time has that a process spends at the call: where it takes in what
    /// others give it, it is exposed to them.
    var exposure: Double { Self.takesInput.contains(syscall) ? 10 : 1 }

    var makesTask: Bool {
        switch syscall {
        case .clone, .clone3, .fork, .vfork: true
        default: false
        }
    }

    /// Calls that wait for whoever the program serves.
    static let waits = named([
        "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6",
        "accept", "accept4", "rt_sigsuspend", "rt_sigtimedwait", "pause", "io_uring_enter",
    ])

    /// Calls by which a program ends: once nothing else is to come, it is leaving.
    static let leaving = named([
        "exit", "exit_group", "close", "munmap", "write", "writev", "futex", "unlink", "lseek",
        "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "getpid", "gettid", "tgkill", "madvise",
        "brk", "fsync", "fdatasync",
    ])

    private static let takesDescriptor = named([
        "read", "readv", "pread64", "write", "writev", "pwrite64", "close", "fstat", "lseek",
        "ioctl", "fcntl", "sendfile", "dup", "dup2",
    ])

    private static let takesEventCount = named(["epoll_wait", "epoll_pwait", "epoll_pwait2"])

    private static let takesInput = waits.union(
        named([
            "read", "readv", "pread64", "preadv", "recvfrom", "recvmsg", "recvmmsg", "getdents64",
            "getdents", "readlink", "readlinkat", "msgrcv",
        ]))

    private static func named(_ names: [String]) -> SyscallSet {
        SyscallSet(names.compactMap { SyscallNumber(name: $0) })
    }
}
