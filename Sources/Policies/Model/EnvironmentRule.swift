package import Syscalls

/// Calls that a program needs although no run on this machine may show them, as the kernel, the
/// processor or the C library decides whether they are made.
///
/// A class of its own in every policy, so that nobody takes them for observed.
package struct EnvironmentRule: Hashable, Sendable {
    package let name: String
    /// Why, as a sentence.
    package let explanation: String
    /// The rule applies when any of these is allowed; always when empty.
    package let condition: SyscallSet
    package let adds: SyscallSet

    /// The rules for x86-64 and the GNU C library.
    package static let standard = [
        EnvironmentRule(
            name: "vdso-fallback",
            explanation: "Where the clock source cannot be read in user space, the vDSO makes "
                + "the call.",
            adds: ["clock_gettime", "gettimeofday", "time", "getcpu", "clock_getres"]),
        EnvironmentRule(
            name: "interruption",
            explanation: "The kernel makes a handler return and an interrupted call resume.",
            adds: ["rt_sigreturn", "restart_syscall"]),
        EnvironmentRule(
            name: "termination", explanation: "Every process and thread ends by one of them.",
            adds: ["exit", "exit_group"]),
        EnvironmentRule(
            name: "abort",
            explanation: "abort(3) and failed assertions raise SIGABRT with them, and a handler of "
                + "any signal restores the default action and raises it again; refused that, it "
                + "would be called for ever.",
            adds: ["rt_sigaction", "rt_sigprocmask", "getpid", "gettid", "tgkill"]),
        EnvironmentRule(
            name: "locks",
            explanation: "The library wakes whoever waits for its locks and once-only "
                + "initialisations, which few runs show; it aborts when that is refused.",
            adds: ["futex"]),
        EnvironmentRule(
            name: "task-creation",
            explanation: "The library takes clone3 where the kernel has it, else clone; a new "
                + "thread registers for restartable sequences.",
            when: ["clone", "clone3"], adds: ["clone", "clone3", "rseq"]),
        EnvironmentRule(
            name: "thread-start",
            explanation: "Where a thread registers its robust futexes, a newer library registers "
                + "for restartable sequences as well.",
            when: ["set_robust_list"], adds: ["rseq"]),
        EnvironmentRule(
            name: "rings",
            explanation: "The sandbox refuses to make a ring, and the program goes on without one; "
                + "a machine may make it, and then the ring is used.",
            when: ["io_uring_setup"], adds: ["io_uring_enter", "io_uring_register", "mmap"]),
    ]

    private init(name: String, explanation: String, when: [String] = [], adds: [String]) {
        self.name = name
        self.explanation = explanation
        condition = SyscallSet(when.compactMap { SyscallNumber(name: $0) })
        self.adds = SyscallSet(adds.compactMap { SyscallNumber(name: $0) })
    }

    func applies(to calls: SyscallSet) -> Bool {
        condition.isEmpty || !condition.intersection(calls).isEmpty
    }
}
