internal import Syscalls
package import Traces

/// The phases of a program and the rules by which they are told apart.
///
/// Data, not code: the same value segments stored traces, drives the enforcer and is printed in
/// reports. Each thread goes through the phases in order and never back; it may skip some. A
/// thread or process begins in the phase in which its parent was when it made it.
package struct PhaseModel: Hashable, Sendable, Codable {
    /// One phase and what begins it.
    package struct Rule: Hashable, Sendable, Codable {
        package let phase: Phase
        /// What happens when the phase begins, for people: ends the sentence "begins when …".
        package let summary: String
        /// Any of them begins the phase; empty for the two that `execve` and the entry point begin.
        package let triggers: [Trigger]

        package init(phase: Phase, summary: String, triggers: [Trigger] = []) {
            self.phase = phase
            self.summary = summary
            self.triggers = triggers
        }
    }

    package let name: String
    /// In order; the first is ``Phase/load``, the second begins at the program's entry point.
    package let rules: [Rule]

    package var phases: [Phase] { rules.map(\.phase) }

    /// Whether it is of fixed rules for any program, which what is learned takes the place of.
    package var isGeneral: Bool { self == .commandLine || self == .server }

    /// A model whose first phase is ``Phase/load``, followed by the rules given.
    ///
    /// `entry` names the phase that begins at the program's entry point. At most 254 rules count.
    package init(name: String, entry: Phase, rules: [Rule]) {
        self.name = name
        let load = Rule(phase: .load, summary: "the kernel has executed the program")
        let entry = Rule(phase: entry, summary: "the program's entry point is reached")
        self.rules = [load, entry] + rules.prefix(254)
    }
}

extension Phase {
    /// From the entry point to the first sign of work.
    package static let initialization = Phase(name: "init")
    /// Where the program handles what it was started for.
    package static let work = Phase(name: "work")
    /// When the program has nothing left to do but to leave.
    package static let exit = Phase(name: "exit")
}

extension PhaseModel {
    /// For programs that handle their arguments and input and are done.
    ///
    /// The rules know registers only, no paths. They were read off traces of pwd, ls, diff, grep
    /// and sqlite3: the C library opens its own files (locales, users, time zones) with
    /// `O_CLOEXEC` and never to write, so an open without it is the program's own. libsigsegv's
    /// look into `/proc/self/maps` is the known exception: it lets diff and grep begin work a few
    /// calls early.
    package static let commandLine = PhaseModel(
        name: "command-line", entry: .initialization,
        rules: [
            Rule(
                phase: .work,
                summary: """
                    it reads standard input, a directory or its working directory's name, opens a \
                    file of its own or to write, writes to standard output, or waits for input
                    """,
                triggers: inputTriggers + openTriggers + outputTriggers + waitTriggers),
            Rule(
                phase: .exit, summary: "it closes standard output or exits",
                triggers: [Trigger(.close, tests: [ArgumentTest(0, .equal, 1)])] + exitTriggers),
        ])

    /// For programs that wait for requests.
    ///
    /// Reading a configuration, writing a log and binding sockets are initialisation. An
    /// `epoll_wait` for a single event is none of an event loop: nginx's worker tests with it
    /// whether the kernel reports closed connections.
    package static let server = PhaseModel(
        name: "server", entry: .initialization,
        rules: [
            Rule(
                phase: .work,
                summary: "it waits for a connection, a request or a signal for the first time",
                triggers: waitTriggers),
            Rule(phase: .exit, summary: "it exits", triggers: exitTriggers),
        ])

    private static let inputTriggers =
        named(["read", "readv", "pread64", "preadv"], tests: [ArgumentTest(0, .equal, 0)])
        + named(["getdents", "getdents64", "getcwd"])

    private static let outputTriggers = named(
        ["write", "writev", "pwrite64", "sendfile"], tests: [ArgumentTest(0, .equal, 1)])

    private static let openTriggers =
        [("open", 1), ("openat", 2)].flatMap { name, flags in
            named([name], tests: [ArgumentTest(flags, mask: 0o2_000_000, .equal, 0)])
                + named([name], tests: [ArgumentTest(flags, mask: 0o3, .different, 0)])
        } + named(["creat"])

    private static let waitTriggers =
        named(
            ["epoll_wait", "epoll_pwait", "epoll_pwait2"], tests: [ArgumentTest(2, .different, 1)])
        + named([
            "poll", "ppoll", "select", "pselect6", "accept", "accept4", "rt_sigsuspend",
            "rt_sigtimedwait", "pause", "io_uring_enter",
        ])

    private static let exitTriggers = [Trigger(.exitGroup), Trigger(.exit)]

    private static func named(_ names: [String], tests: [ArgumentTest] = []) -> [Trigger] {
        names.compactMap { SyscallNumber(name: $0) }.map { Trigger($0, tests: tests) }
    }
}

extension PhaseModel: CustomStringConvertible {
    /// The rules as text: a line for each phase, and one for each of its triggers.
    package var description: String {
        rules.map { rule in
            (["\(rule.phase) begins when \(rule.summary)"]
                + rule.triggers.map { "    \($0)" }).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
