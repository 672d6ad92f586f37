package import Syscalls
package import Traces

/// A call that failed in a way that tells what a target lacks.
package struct Refusal: Hashable, Codable, Sendable {
    package var kind: Kind
    package var call: SyscallNumber
    /// The file, the address, or the ids that it was about; empty where it names none.
    package var subject: String
    /// As errno(3) has it.
    package var error: ErrorNumber

    package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// To open a file for writing, or to make, remove or change one.
        case write
        /// To open a file for reading, or to go into a folder.
        case read
        /// To execute a program.
        case program
        /// To become another user or group.
        case identity
        /// To take an address.
        case address
        /// Anything else that needs a right that it does not have.
        case privilege
        /// To write more than the sandbox has room for.
        case room
    }

    /// Nil for a call that did not fail, and for a failure that every program meets.
    package init?(_ event: Event, name: String?) {
        guard let code = event.error else { return nil }
        let error = ErrorNumber(rawValue: code)
        guard let kind = Self.kind(of: event, error, name: name) else { return nil }
        self.kind = kind
        self.call = event.number
        self.error = error
        subject = name ?? (kind == .identity ? Self.ids(of: event) : "")
    }

    private static func kind(of event: Event, _ error: ErrorNumber, name: String?) -> Kind? {
        if error == .noSpace || error == .fileTooBig { return .room }
        switch event.number.name {
        case "open": return ofOpening(flags: event.arguments[1], error, name)
        case "openat": return ofOpening(flags: event.arguments[2], error, name)
        case "creat": return ofOpening(flags: OpenFlags.writing | OpenFlags.making, error, name)
        case "access", "faccessat", "faccessat2":
            let mode = event.arguments[event.number.name == "access" ? 1 : 2]
            guard mode & 2 != 0, isForbidden(error) else { return nil }
            return name.map(isSetting) == true ? .privilege : .write
        case "mkdir", "mkdirat", "mknod", "mknodat", "symlink", "symlinkat":
            return isForbidden(error) || error == .noEntry ? .write : nil
        case "chown", "lchown", "fchown", "fchownat", "chmod", "fchmod", "fchmodat", "fchmodat2":
            if error == .readOnly { return .write }
            return isForbidden(error) || error == .invalid ? .privilege : nil
        case "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "link", "linkat",
            "truncate", "utimensat", "openat2":
            return isForbidden(error) ? .write : nil
        case "execve", "execveat": return .program
        case "chdir": return .read
        case "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups":
            return .identity
        case "bind": return .address
        case "listen": return error == .addressInUse ? .address : nil
        default:
            return privileged.contains(event.number.name) && needsRight(error) ? .privilege : nil
        }
    }

    private static func ofOpening(
        flags: UInt64, _ error: ErrorNumber, _ name: String?
    ) -> Kind? {
        let writes = flags & (OpenFlags.writing | OpenFlags.making | OpenFlags.emptying) != 0
        guard writes else {
            return error == .noEntry || error == .notPermitted || error == .noAccess ? .read : nil
        }
        if let name, isSetting(name) { return isForbidden(error) ? .privilege : nil }
        // A file that is only to be changed may well be missing.
        let isMissing = error == .noEntry && flags & OpenFlags.making != 0
        return isMissing || isForbidden(error) ? .write : nil
    }

    /// Files that stand for settings of the kernel.
    private static func isSetting(_ path: String) -> Bool {
        path.hasPrefix("/proc/") || path.hasPrefix("/sys/")
    }

    private static func isForbidden(_ error: ErrorNumber) -> Bool {
        error == .noAccess || error == .notPermitted || error == .readOnly
    }

    private static func needsRight(_ error: ErrorNumber) -> Bool {
        error == .noAccess || error == .notPermitted
    }

    private static func ids(of event: Event) -> String {
        guard event.number.name != "setgroups" else { return "" }
        return (0..<event.number.argumentCount)
            .map { Int32(truncatingIfNeeded: event.arguments[$0]) }.filter { $0 >= 0 }
            .map { "\($0)" }.joined(separator: ", ")
    }

    /// Calls that need a capability, for all or for some of what they do.
    private static let privileged: Set<String> = [
        "acct", "bpf", "capset", "chroot", "clock_adjtime", "clock_settime", "clone", "clone3",
        "fanotify_init", "init_module", "io_uring_setup", "ioctl", "ioperm", "iopl", "ioprio_set",
        "kexec_load", "mlock", "mlock2", "mlockall", "mount", "mount_setattr", "move_mount",
        "name_to_handle_at", "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root",
        "prctl", "prlimit64", "ptrace", "quotactl", "reboot", "sched_setattr",
        "sched_setparam", "sched_setscheduler", "sethostname", "setns", "setpriority",
        "setrlimit", "setsockopt", "settimeofday", "setxattr", "shmctl", "shmget", "socket",
        "swapon", "syslog", "umount2", "unshare", "userfaultfd",
    ]
}

/// Bits of open(2).
private enum OpenFlags {
    /// `O_WRONLY` or `O_RDWR`.
    static let writing: UInt64 = 3
    static let making: UInt64 = 0o100
    static let emptying: UInt64 = 0o1000
}
