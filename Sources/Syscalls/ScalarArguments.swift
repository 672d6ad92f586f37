/// An argument whose value is a choice from a small vocabulary, not an address, a size, a
/// descriptor or an identifier.
///
/// Two calls that differ in such an argument ask the kernel for different things, so its value is
/// worth a feature of its own. Values outside the vocabulary are kept as they are, except that bits
/// no kernel defines are masked out of flag words.
package struct ScalarArgument: Hashable, Sendable {
    /// Which of the six argument registers holds it, from 0.
    package let index: Int
    package let kind: ArgumentKind

    package init(index: Int, kind: ArgumentKind) {
        self.index = index
        self.kind = kind
    }

    /// What the kernel makes of the register: its low 32 bits, without undefined flags.
    @inlinable
    package func value(of register: UInt64) -> UInt64 { register & kind.mask }
}

extension SyscallNumber {
    /// Which arguments of the call are scalar, in order; empty for most calls.
    ///
    /// Arguments that travel in memory (clone3's flags, openat2's) are not here: the tracer sees
    /// registers only.
    package var scalarArguments: [ScalarArgument] {
        guard rawValue < Self.scalarArgumentTable.count else { return [] }
        return Self.scalarArgumentTable[Int(rawValue)]
    }

    /// The scalar arguments with their values in the manual pages' spelling, such as
    /// `flags=O_RDONLY|O_CLOEXEC`.
    ///
    /// `values` are in the order of ``scalarArguments``.
    package func describeScalarArguments(_ values: [UInt64]) -> String {
        zip(scalarArguments, values)
            .map { argument, value in "\(argument.kind.name)=\(argument.kind.describe(value))" }
            .joined(separator: " ")
    }

    private static let scalarArgumentTable: [[ScalarArgument]] = {
        var table = [[ScalarArgument]](repeating: [], count: SyscallSet.capacity)
        for (name, arguments) in scalarArgumentRows {
            guard let number = SyscallNumber(name: name) else { continue }
            table[Int(number.rawValue)] = arguments.map {
                ScalarArgument(index: $0.0, kind: $0.1)
            }
        }
        return table
    }()

    /// Sources: the signatures in the kernel's syscall tables and section 2 of the manual pages.
    package static let scalarArgumentRows: [(name: String, arguments: [(Int, ArgumentKind)])] = [
        ("open", [(1, .openFlags)]),
        ("openat", [(2, .openFlags)]),
        ("open_by_handle_at", [(2, .openFlags)]),
        ("access", [(1, .accessMode)]),
        ("faccessat", [(2, .accessMode)]),
        ("faccessat2", [(2, .accessMode), (3, .atFlags)]),
        ("newfstatat", [(3, .atFlags)]),
        ("statx", [(2, .atFlags)]),
        ("unlinkat", [(2, .atFlags)]),
        ("linkat", [(4, .atFlags)]),
        ("fchownat", [(4, .atFlags)]),
        ("utimensat", [(3, .atFlags)]),
        ("execveat", [(4, .atFlags)]),
        ("name_to_handle_at", [(4, .atFlags)]),
        ("renameat2", [(4, .renameFlags)]),
        ("lseek", [(2, .whence)]),
        ("fallocate", [(1, .fallocateMode)]),
        ("fadvise64", [(3, .fileAdvice)]),
        ("flock", [(1, .lockOperation)]),
        ("fcntl", [(1, .fcntlCommand)]),
        ("ioctl", [(1, .ioctlCommand)]),
        ("dup3", [(2, .openFlags)]),
        ("pipe2", [(1, .openFlags)]),
        ("eventfd2", [(1, .openFlags)]),
        ("inotify_init1", [(0, .openFlags)]),
        ("signalfd4", [(3, .openFlags)]),
        ("epoll_create1", [(0, .openFlags)]),
        ("epoll_ctl", [(1, .epollOperation)]),
        ("timerfd_create", [(0, .clock), (1, .openFlags)]),
        ("mmap", [(2, .protection), (3, .mapFlags)]),
        ("mprotect", [(2, .protection)]),
        ("pkey_mprotect", [(2, .protection)]),
        ("mremap", [(3, .remapFlags)]),
        ("msync", [(2, .syncFlags)]),
        ("madvise", [(2, .memoryAdvice)]),
        ("mlockall", [(0, .word)]),
        ("mbind", [(2, .word)]),
        ("memfd_create", [(1, .memoryFileFlags)]),
        ("shmctl", [(1, .word)]),
        ("semctl", [(2, .word)]),
        ("msgctl", [(1, .word)]),
        ("socket", [(0, .socketDomain), (1, .socketType), (2, .protocolNumber)]),
        ("socketpair", [(0, .socketDomain), (1, .socketType), (2, .protocolNumber)]),
        ("accept4", [(3, .openFlags)]),
        ("sendto", [(3, .messageFlags)]),
        ("recvfrom", [(3, .messageFlags)]),
        ("sendmsg", [(2, .messageFlags)]),
        ("recvmsg", [(2, .messageFlags)]),
        ("sendmmsg", [(3, .messageFlags)]),
        ("recvmmsg", [(3, .messageFlags)]),
        ("shutdown", [(1, .word)]),
        ("setsockopt", [(1, .socketLevel), (2, .word)]),
        ("getsockopt", [(1, .socketLevel), (2, .word)]),
        ("clone", [(0, .cloneFlags)]),
        ("unshare", [(0, .cloneFlags)]),
        ("setns", [(1, .cloneFlags)]),
        ("wait4", [(2, .waitOptions)]),
        ("waitid", [(0, .word), (3, .waitOptions)]),
        ("prctl", [(0, .prctlOption)]),
        ("arch_prctl", [(0, .threadStateCode)]),
        ("personality", [(0, .word)]),
        ("ptrace", [(0, .word)]),
        ("seccomp", [(0, .word), (1, .word)]),
        ("bpf", [(0, .word)]),
        ("keyctl", [(0, .word)]),
        ("perf_event_open", [(4, .word)]),
        ("futex", [(1, .futexOperation)]),
        ("rseq", [(2, .word)]),
        ("membarrier", [(0, .word)]),
        ("rt_sigaction", [(0, .signal)]),
        ("rt_sigprocmask", [(0, .word)]),
        ("kill", [(1, .signal)]),
        ("tkill", [(1, .signal)]),
        ("tgkill", [(2, .signal)]),
        ("rt_sigqueueinfo", [(1, .signal)]),
        ("pidfd_send_signal", [(1, .signal)]),
        ("setitimer", [(0, .word)]),
        ("getitimer", [(0, .word)]),
        ("clock_gettime", [(0, .clock)]),
        ("clock_settime", [(0, .clock)]),
        ("clock_getres", [(0, .clock)]),
        ("clock_nanosleep", [(0, .clock), (1, .word)]),
        ("timer_create", [(0, .clock)]),
        ("getrlimit", [(0, .resource)]),
        ("setrlimit", [(0, .resource)]),
        ("prlimit64", [(1, .resource)]),
        ("getrusage", [(0, .word)]),
        ("getpriority", [(0, .word)]),
        ("setpriority", [(0, .word)]),
        ("sched_setscheduler", [(1, .word)]),
        ("ioprio_set", [(0, .word)]),
        ("getrandom", [(2, .word)]),
        ("splice", [(5, .word)]),
        ("tee", [(3, .word)]),
        ("vmsplice", [(3, .word)]),
        ("mount", [(3, .mountFlags)]),
        ("umount2", [(1, .word)]),
        ("syslog", [(0, .word)]),
        ("reboot", [(2, .word)]),
        ("quotactl", [(0, .word)]),
        ("io_uring_register", [(1, .word)]),
        ("io_uring_enter", [(3, .word)]),
        ("close_range", [(2, .word)]),
        ("landlock_create_ruleset", [(2, .word)]),
        ("userfaultfd", [(0, .openFlags)]),
        ("copy_file_range", [(5, .word)]),
        ("sync_file_range", [(3, .word)]),
        ("preadv2", [(5, .word)]),
        ("pwritev2", [(5, .word)]),
    ]
}
