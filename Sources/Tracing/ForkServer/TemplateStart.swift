internal import CLinux
internal import Glibc
internal import Platform
internal import Syscalls
internal import TestCases
internal import Traces

/// What a session watches for while a template goes to `main`.
struct TemplateStart {
    /// Folders whose contents belong to a test case.
    var inputFolders: [String]
    /// Why the program cannot be copied, as soon as that is known.
    private(set) var obstacle: ForkServerObstacle?
    var isAtMain = false
    /// See set_tid_address(2).
    var threadIDAddress: UInt64 = 0
    /// See set_robust_list(2).
    var robustList: (address: UInt64, size: UInt64) = (0, 0)
    fileprivate var main: (address: UInt64, saved: UInt64)?

    init(inputFolders: [String]) {
        self.inputFolders = inputFolders
    }

    /// The first obstacle is the one that counts.
    fileprivate mutating func note(_ obstacle: ForkServerObstacle) {
        guard self.obstacle == nil else { return }
        self.obstacle = obstacle
    }
}

extension TraceSession {
    /// From the entry point on: finds `main` and plants a breakpoint there.
    mutating func seekMain(_ index: Int) {
        let task = table[index].id
        var (address, saved): (UInt64, UInt64) = (0, 0)
        guard unsafe clinux_find_main(task, &address) == 0,
            unsafe clinux_set_breakpoint(task, address, &saved) == 0
        else {
            refuse(.noMain)
            return
        }
        start?.main = (address, saved)
    }

    /// Whether the task's trap was the breakpoint at `main`; if so it stands there now.
    mutating func reachMain(_ index: Int) -> Bool {
        let task = table[index].id
        var pointer: UInt64 = 0
        guard let main = start?.main,
            unsafe clinux_get_instruction_pointer(task, &pointer) == 0,
            pointer == main.address &+ 1
        else { return false }
        clinux_clear_breakpoint(task, main.address, main.saved)
        clinux_set_instruction_pointer(task, main.address)
        if table.tasks.count > 1 {
            refuse(.makesTasks)
            return true
        }
        start?.isAtMain = true
        return true
    }

    /// Gives up: the template is killed, and the session sees it go.
    private mutating func refuse(_ obstacle: ForkServerObstacle) {
        start?.note(obstacle)
        stopEverything(.blocked)
    }

    /// Looks at a call that the template makes before `main`.
    mutating func watchTemplate(_ event: Event, task: Int32) {
        switch event.number {
        case .setTidAddress: start?.threadIDAddress = event.arguments[0]
        case .setRobustList:
            start?.robustList = (event.arguments[0], event.arguments[1])
        default:
            if let obstacle = obstacle(in: event, task: task) { refuse(obstacle) }
        }
    }

    /// Why a program that makes this call before `main` cannot be copied there.
    private func obstacle(in event: Event, task: Int32) -> ForkServerObstacle? {
        let arguments = event.arguments
        switch event.number.name {
        case "clone", "clone3", "fork", "vfork": return .makesTasks
        case "getpid", "gettid": return .knowsItsProcess
        case "alarm", "setitimer", "timer_create", "timerfd_create": return .hasTimers
        case "socket", "socketpair", "eventfd", "eventfd2", "epoll_create", "epoll_create1",
            "inotify_init", "inotify_init1", "signalfd", "signalfd4", "io_uring_setup",
            "userfaultfd", "perf_event_open", "fanotify_init", "pipe", "pipe2":
            return .opensDescriptors
        case "mlock", "mlock2", "mlockall", "shmat": return .sharesMemory
        case "mmap":
            // PROT_WRITE in MAP_SHARED
            return arguments[2] & 2 != 0 && arguments[3] & 1 != 0 ? .sharesMemory : nil
        case "madvise":
            // MADV_DONTFORK, MADV_WIPEONFORK
            return [10, 18].contains(arguments[2]) ? .sharesMemory : nil
        case "setsid", "setpgid", "unshare", "personality", "chdir", "fchdir", "chroot",
            "seccomp", "umask", "setpriority", "keyctl", "prlimit64", "setrlimit":
            return changesItself(event) ? .changesItself : nil
        case "prctl":
            // PR_SET_PDEATHSIG ends with a fork, PR_SET_SECCOMP and PR_SET_DUMPABLE are used
            return [1, 4, 22].contains(arguments[0]) ? .changesItself : nil
        case "read", "pread64", "readv", "fstat", "ioctl", "lseek", "fcntl", "poll", "write",
            "writev", "dup", "dup2", "dup3", "close":
            return Int32(truncatingIfNeeded: arguments[0]) <= 2 ? .readsInput : nil
        case "getcwd": return .readsInput
        case "open", "stat", "lstat", "access", "readlink":
            return readsInput(path: arguments[0], from: nil, of: task) ? .readsInput : nil
        case "openat", "newfstatat", "statx", "faccessat", "faccessat2", "readlinkat", "openat2":
            return readsInput(path: arguments[1], from: arguments[0], of: task)
                ? .readsInput : nil
        default: return nil
        }
    }

    private func changesItself(_ event: Event) -> Bool {
        switch event.number.name {
        // Asking is no change: the new limit is NULL.
        case "prlimit64": event.arguments[2] != 0
        default: true
        }
    }

    /// Whether a path leads to what a test case decides: a relative one, or one in its folders.
    private func readsInput(path address: UInt64, from directory: UInt64?, of task: Int32) -> Bool {
        guard let path = Self.string(at: address, of: task) else { return false }
        if path.isEmpty { return directory.map { Int32(truncatingIfNeeded: $0) <= 2 } ?? false }
        guard path.hasPrefix("/") else {
            let atCurrent: Int32 = -100  // AT_FDCWD
            return directory.map { Int32(truncatingIfNeeded: $0) == atCurrent } ?? true
        }
        let inputs = start?.inputFolders ?? []
        return inputs.contains { path == $0 || path.hasPrefix($0 + "/") }
            || path.hasPrefix("/dev/std") || path.hasPrefix("/dev/tty")
            || path.hasPrefix("/proc/self/fd") || path.hasPrefix("/dev/fd")
    }

    private static func string(at address: UInt64, of task: Int32) -> String? {
        let limit = 256
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = max(0, Int(unsafe clinux_read_memory(task, address, base, UInt64(limit))))
        }
        guard !bytes.isEmpty else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
