internal import Syscalls

extension ForbiddenCall {
    /// Every one, as the documentation lists them. What the kernel ties to a capability over the
    /// whole machine is here as well where nothing but the call's number tells of it: no target
    /// needs the kernel's code behind it.
    package static let all: [ForbiddenCall] =
        sockets
        + calls([
            ("add_key", keys), ("request_key", keys), ("keyctl", keys),
            ("bpf", "programs and maps are the kernel's memory, which no bound counts"),
            ("perf_event_open", "counters watch the processor that other programs run on"),
            (
                "io_uring_setup",
                "a ring makes sockets of every family, and calls that neither filter nor tracer sees"
            ),
            ("io_uring_enter", "the same, of a ring that another has made"),
            ("io_uring_register", "the same"),
            ("kexec_load", "it replaces the machine's kernel"),
            ("kexec_file_load", "the same"),
            ("reboot", "it stops the machine, or the first process of the sandbox"),
            ("init_module", "modules are code of the machine's kernel"),
            ("finit_module", "the same"),
            ("delete_module", "the same"),
            ("open_by_handle_at", "handles lead to files by number, past every mount"),
            ("quotactl", "quotas are of the file systems of the machine"),
            ("quotactl_fd", "the same"),
            ("swapon", "swap is the machine's memory"),
            ("swapoff", "the same"),
            ("acct", "it has the kernel write down the processes of all into a file"),
            ("settimeofday", "the machine has one clock"),
            ("clock_settime", "the same"),
            ("iopl", "ports are the machine's devices"),
            ("ioperm", "the same"),
            ("syslog", "the kernel's log is of the whole machine"),
            ("lookup_dcookie", "it names files of the whole machine"),
            ("nfsservctl", "the file server is the machine's"),
        ])
        + [
            ForbiddenCall(
                named("userfaultfd"), "without `UFFD_USER_MODE_ONLY`",
                where: [ArgumentTest(argument: 0, condition: .masked(1, is: 0))],
                reason:
                    "it holds the kernel up in the middle of a call for as long as the program likes"
            ),
            ForbiddenCall(
                named("setrlimit"), "of `RLIMIT_CORE`", where: [.equals(0, coreLimit)],
                answer: .success, reason: dumps),
            ForbiddenCall(
                named("prlimit64"), "that changes `RLIMIT_CORE`",
                where: [
                    .equals(1, coreLimit), ArgumentTest(argument: 2, condition: .isNotZero),
                ], answer: .unchanged, reason: dumps),
        ]

    private static let keys = "keys outlive the program, and one quota is for all of a user"
    private static let dumps =
        "the limit is 1, by which alone the kernel never starts the machine's crash handler; a "
        + "program that sets 0 would have it started"
    private static let coreLimit: UInt32 = 4

    private static let sockets: [ForbiddenCall] = [
        ("AF_VSOCK", 40, "it leads to the hypervisor and to other virtual machines"),
        ("AF_QIPCRTR", 42, "it leads to other processors of the machine, from every namespace"),
    ].flatMap { (name: String, family: UInt32, reason: String) in
        ["socket", "socketpair"].map { call in
            ForbiddenCall(
                named(call), "of `\(name)`", where: [.equals(0, family)],
                answer: .error(.noSuchFamily), reason: reason)
        }
    }

    private static func calls(_ rows: [(name: String, reason: String)]) -> [ForbiddenCall] {
        rows.map { ForbiddenCall(named($0.name), reason: $0.reason) }
    }

    /// A name that no table has would forbid nothing, which a test would show.
    private static func named(_ name: String) -> SyscallNumber {
        SyscallNumber(name: name) ?? SyscallNumber(rawValue: .max)
    }
}
