/// What a static set says about the system that the program runs on.
extension StaticSet {
    /// A program that the analysed one runs, directly or through others, with a set of its own.
    package struct ProgramRun: Hashable, Sendable, Codable {
        /// A path, or a name that is looked up along `PATH`, as the code has it.
        package let name: String
        /// The file, links resolved; nil when nothing is installed under the name.
        package let path: String?
        /// The program that executes the file, when it is a script.
        package let interpreter: String?
        /// The path of the program that runs it first on the way from the analysed one.
        package let parent: String
        /// 1 for programs that the analysed one runs itself.
        package let depth: Int
        /// The instructions that lead to it: calls of the C library's functions.
        package let sites: [CallSite]
        /// What it can call from its `execve` on, without the programs that it runs in turn.
        package let syscalls: SyscallSet
        /// Why ``syscalls`` is empty; nil when it is known.
        package let reason: String?

        package init(
            name: String, path: String?, interpreter: String? = nil, parent: String, depth: Int,
            sites: [CallSite], syscalls: SyscallSet = SyscallSet(), reason: String? = nil
        ) {
            self.name = name
            self.path = path
            self.interpreter = interpreter
            self.parent = parent
            self.depth = depth
            self.sites = sites
            self.syscalls = syscalls
            self.reason = reason
        }
    }

    /// A configuration file that the set depends on.
    package struct Input: Hashable, Sendable, Codable {
        /// As that system names it, without a sysroot.
        package let path: String
        /// The first digits of the SHA-256 of its contents; nil for a file that is not there.
        package let hash: String?

        package init(path: String, hash: String?) {
            self.path = path
            self.hash = hash
        }
    }

    /// What a filter must allow for all that the program's code can do: filters stay in force
    /// across `execve`, so the calls of the programs that it runs count, and the kernel itself
    /// resumes an interrupted call with `restart_syscall`.
    package var syscallsUnderFilter: SyscallSet {
        programs.reduce(syscalls.union([.restartSyscall])) { $0.union($1.syscalls) }
    }
}
