internal import Platform
internal import Syscalls

/// A named reason for which ordinary runs do not reach some calls: code behind it runs only when
/// the program fails, is asked for something unusual, or uses a part of its libraries.
///
/// A gate takes nothing out of a set; calls that only it leads to carry its name.
struct Gate: Sendable {
    let description: GateDescription
    /// The functions without which the calls would not be there.
    let functions: @Sendable (Reachability) -> Set<Reachability.Node>
    /// The only calls that the gate says something of, where its functions do other things too.
    let calls: SyscallSet?

    var name: String { description.name }

    private init(
        _ description: GateDescription, only calls: [SyscallNumber]? = nil,
        _ functions: @escaping @Sendable (Reachability) -> Set<Reachability.Node>
    ) {
        self.description = description
        self.functions = functions
        self.calls = calls.map { SyscallSet($0) }
    }

    private init(_ description: GateDescription, exports names: [String]) {
        self.init(description) { $0.program.exported(names) }
    }

    static let all = [
        Gate(.profiling) { $0.referring(toText: "Out of memory while initializing profiler\n") },
        // A library that audits is asked for its version first.
        Gate(.auditing) { $0.referring(toText: "la_version") },
        Gate(.loaderMessage) { $0.inLoader(making: .writev) },
        // Compilers put it into the function that does everything else.
        Gate(.loaderCommand, only: [.execve]) { $0.inLoader(making: .execve) },
        Gate(.executableStack) {
            $0.program.exported(["__nptl_change_stack_perm", "_dl_make_stack_executable"])
        },
        Gate(.abort, exports: ["abort"]),
        Gate(.assertion, exports: ["__assert_fail", "__assert_perror_fail", "__assert"]),
        // Its messages go out in one call, and abort follows.
        Gate(.libraryMessage) { $0.callers(ofAll: ["abort"], making: .writev) },
        Gate(.systemLog, exports: ["syslog", "__syslog_chk", "vsyslog", "__vsyslog_chk"]),
        // The function that looks a conversion library's functions up.
        Gate(.conversion) { $0.referring(toText: "gconv_init") },
        Gate(.nameCache) { $0.referring(toText: "/var/run/nscd/socket") },
        Gate(
            .asynchronousInput,
            exports: [
                "aio_read", "aio_read64", "aio_write", "aio_write64", "aio_fsync", "aio_fsync64",
                "lio_listio", "lio_listio64", "getaddrinfo_a",
            ]),
        Gate(
            .resolver,
            exports: [
                "getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname_r",
                "gethostbyname2", "gethostbyname2_r", "gethostbyaddr", "gethostbyaddr_r",
                "getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r",
                "getprotobyname", "getnetbyname", "__res_init", "res_query", "res_search",
                "res_nquery", "res_nsearch", "res_send", "res_nsend",
            ]),
        Gate(
            .accounts,
            exports: [
                "getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getpwent", "getgrnam",
                "getgrnam_r", "getgrgid", "getgrgid_r", "getgrent", "getgrouplist", "initgroups",
                "getspnam", "getspnam_r",
            ]),
        Gate(.threads, exports: ["pthread_create", "thrd_create"]),
        Gate(.cancellation, exports: ["pthread_cancel"]),
        Gate(
            .programs,
            exports: [
                "system", "popen", "posix_spawn", "posix_spawnp", "execve", "execv", "execvp",
                "execvpe", "execl", "execlp", "execle", "fexecve", "execveat",
            ]),
        Gate(.timers, exports: ["timer_create"]),
    ]

    /// The names of the gates that each call is behind, for calls that are behind one.
    static func gates(
        of numbers: NumberResolution, _ reachability: Reachability
    ) -> [SyscallNumber: [String]] {
        let calls = Parallel.map(all.count) { all[$0].calls(of: numbers, behind: reachability) }
        var result: [SyscallNumber: [String]] = [:]
        for (gate, calls) in zip(all, calls) {
            for number in calls { result[number, default: []].append(gate.name) }
        }
        return result
    }

    /// The calls that are behind it.
    private func calls(
        of numbers: NumberResolution, behind reachability: Reachability
    ) -> SyscallSet {
        let whole = numbers.syscalls
        let functions = functions(reachability).filter { reachability.isLive($0) }
        guard !functions.isEmpty else { return SyscallSet() }
        // What was reached otherwise in the first place stays; mostly that is all.
        let doubtful = reachability.descendants(of: functions)
        let certain = numbers.syscalls(whereLive: { !doubtful.contains($0) })
        let candidates = whole.subtracting(certain)
        guard !candidates.intersection(calls ?? candidates).isEmpty else { return SyscallSet() }
        let rest = reachability.without(functions)
        let gone = whole.subtracting(numbers.syscalls(whereLive: rest.isLive))
        // Every process makes that call; the functions are the loader's own way, into which the
        // compiler put the gate.
        guard calls != nil || !gone.contains(.setTidAddress) else { return SyscallSet() }
        return calls.map(gone.intersection) ?? gone
    }
}

extension Reachability {
    /// Some functions, and all that became live on account of them.
    fileprivate func descendants(of functions: Set<Node>) -> Set<Node> {
        var result = functions
        for node in order {
            guard case .function(let parent) = visits[node]?.origin, result.contains(parent) else {
                continue
            }
            result.insert(node)
        }
        return result
    }

    /// The functions that call one function of every name directly.
    fileprivate func callers(ofAll names: [String]) -> Set<Node> {
        let sets = names.map { name in
            Set(program.exported([name]).flatMap { callers(of: $0) }.map(\.caller))
        }
        return sets.dropFirst().reduce(sets.first ?? []) { $0.intersection($1) }
    }

    /// Those of them that make a call themselves.
    fileprivate func callers(ofAll names: [String], making call: SyscallNumber) -> Set<Node> {
        callers(ofAll: names).filter { makes(call, $0) }
    }

    /// The functions of the loader that make a call themselves.
    fileprivate func inLoader(making call: SyscallNumber) -> Set<Node> {
        Set(order.filter { $0.module == program.loader && makes(call, $0) })
    }

    private func makes(_ call: SyscallNumber, _ node: Node) -> Bool {
        let summary = program.modules[node.module].summary
        return summary.functions[node.index].sites.contains { index in
            summary.sites[index].number.numbers?.contains(UInt64(call.rawValue)) == true
        }
    }

    /// The functions of the loader and the C library that refer to a text.
    fileprivate func referring(toText text: String) -> Set<Node> {
        var result: Set<Node> = []
        for index in Set([program.cLibrary, program.loader].compactMap { $0 }) {
            let module = program.modules[index]
            for (position, function) in module.summary.functions.enumerated() {
                if module.refers(to: text, in: function) {
                    result.insert(Node(module: index, index: position))
                }
            }
        }
        return result
    }
}
