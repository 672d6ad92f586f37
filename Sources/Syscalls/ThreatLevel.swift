/// What an attacker gains from a call that a compromised process may still make.
///
/// The four classes are those of Bernaschi, Gabrielli and Mancini, "REMUS: a security-enhanced
/// operating system", ACM TISSEC 5(1), 2002. Their first class is taken over; calls that came later
/// stand where the call does that they extend (`openat` with `open`), and the rest of the rows is
/// ours, see ``ThreatSource``.
package enum ThreatLevel: Int, Comparable, CaseIterable, Sendable {
    /// Full control of the system.
    case control = 1
    /// Denial of service.
    case denial = 2
    /// Subverting the process that calls.
    case subversion = 3
    case harmless = 4

    package static func < (left: ThreatLevel, right: ThreatLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// How much a call of the class counts when sets are compared: each class twice the next.
    package var weight: Int { 1 << (4 - rawValue) }

    /// The first class of the study.
    fileprivate static let studied: SyscallSet = named([
        "open", "link", "unlink", "chmod", "lchown", "rename", "fchown", "chown", "mknod", "mount",
        "symlink", "fchmod", "execve", "setuid", "setgid", "setreuid", "setregid", "setgroups",
        "setfsuid", "setfsgid", "setresuid", "setresgid", "create_module", "init_module",
    ])

    /// What came after these and does the same.
    fileprivate static let extended: SyscallSet = named([
        "openat", "openat2", "creat", "open_by_handle_at", "linkat", "unlinkat", "fchmodat",
        "fchmodat2", "fchownat", "renameat", "renameat2", "mknodat", "symlinkat", "execveat",
        "finit_module", "delete_module", "move_mount", "open_tree", "fsopen", "fsmount",
        "fsconfig", "fspick", "mount_setattr", "umount2", "pivot_root", "chroot",
    ])

    /// Ways to other processes, and into the kernel.
    private static let intruding: SyscallSet = named([
        "ptrace", "process_vm_readv", "process_vm_writev", "bpf", "kexec_load",
        "kexec_file_load", "io_uring_setup", "io_uring_enter", "io_uring_register", "setns",
        "unshare", "userfaultfd", "perf_event_open", "pidfd_getfd", "capset", "iopl", "ioperm",
    ])

    private static let denying: SyscallSet = named([
        "fork", "vfork", "clone", "clone3", "kill", "tkill", "tgkill", "rt_sigqueueinfo",
        "rt_tgsigqueueinfo", "pidfd_send_signal", "reboot", "swapon", "swapoff", "mlock", "mlock2",
        "mlockall", "setrlimit", "prlimit64", "setpriority", "nice", "sched_setscheduler",
        "sched_setparam", "sched_setattr", "sched_setaffinity", "ioprio_set", "truncate",
        "ftruncate", "fallocate", "rmdir", "mkdir", "mkdirat", "settimeofday", "clock_settime",
        "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "quotactl", "acct", "syslog",
        "vhangup", "socket", "bind", "connect", "listen", "accept", "accept4", "sendto", "sendmsg",
        "sendmmsg",
    ])

    private static let subverting: SyscallSet = named([
        "mmap", "mprotect", "pkey_mprotect", "mremap", "remap_file_pages", "brk", "rt_sigaction",
        "sigaltstack", "dup", "dup2", "dup3", "fcntl", "ioctl", "prctl", "arch_prctl", "seccomp",
        "personality", "write", "writev", "pwrite64", "pwritev", "pwritev2", "chdir", "fchdir",
        "memfd_create", "shmat", "shmget", "modify_ldt", "setxattr", "lsetxattr", "fsetxattr",
        "utimensat", "setsockopt", "recvfrom", "recvmsg", "recvmmsg", "setsid", "setpgid",
    ])

    private static func named(_ names: [String]) -> SyscallSet {
        SyscallSet(names.compactMap { SyscallNumber(name: $0) })
    }

    fileprivate init(of number: SyscallNumber) {
        self =
            if Self.studied.contains(number) || Self.extended.contains(number)
                || Self.intruding.contains(number)
            {
                .control
            } else if Self.denying.contains(number) {
                .denial
            } else {
                Self.subverting.contains(number) ? .subversion : .harmless
            }
    }
}

/// Who says that a call has its ``ThreatLevel``.
package enum ThreatSource: String, Sendable, Encodable {
    /// REMUS lists it.
    case studies
    /// It extends a call that REMUS lists.
    case extended
    /// This table.
    case own
}

extension SyscallNumber {
    package var threatLevel: ThreatLevel { ThreatLevel(of: self) }

    package var threatSource: ThreatSource {
        if ThreatLevel.studied.contains(self) { return .studies }
        return ThreatLevel.extended.contains(self) ? .extended : .own
    }
}
