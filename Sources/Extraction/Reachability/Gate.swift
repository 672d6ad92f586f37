internal import Syscalls

/// A named reason for which ordinary runs do not reach some calls: code behind it runs only when
/// the program fails or is asked for something unusual.
///
/// A gate takes nothing out of a set; calls that only it leads to carry its name.
struct Gate: Sendable {
    let name: String
    /// The functions without which the calls would not be there.
    let functions: @Sendable (Reachability) -> Set<Reachability.Node>

    static let all = [
        Gate(name: "LD_PROFILE") {
            $0.referring(toText: "Out of memory while initializing profiler\n")
        },
        // A mutex with a priority ceiling makes its owner a real-time thread.
        Gate(name: "priority-ceiling mutex") {
            $0.callers(ofAll: ["sched_getparam", "sched_getscheduler"])
                .union($0.callers(ofAll: ["sched_get_priority_min", "sched_get_priority_max"]))
        },
        Gate(name: "system log") {
            $0.exported(["syslog", "__syslog_chk", "vsyslog", "__vsyslog_chk"])
        },
    ]

    /// The names of the gates that each call is behind, for calls that are behind one.
    static func gates(
        of numbers: NumberResolution, _ reachability: Reachability, _ flows: ValueFlows
    ) -> [SyscallNumber: [String]] {
        var result: [SyscallNumber: [String]] = [:]
        for gate in all {
            let functions = gate.functions(reachability).filter { reachability.isLive($0) }
            guard !functions.isEmpty else { continue }
            let rest = NumberResolution(reachability.without(functions), flows).syscalls
            for number in numbers.syscalls.subtracting(rest) {
                result[number, default: []].append(gate.name)
            }
        }
        return result
    }
}

extension Reachability {
    /// The functions that modules export under any of the names.
    fileprivate func exported(_ names: [String]) -> Set<Node> {
        var result: Set<Node> = []
        for (index, module) in program.modules.enumerated() {
            let table = module.file.contents.symbols
            for symbol in names.flatMap({ table.exported[$0] ?? [] }) {
                guard
                    let function = module.summary.function(
                        containing: table.symbols[symbol].value)
                else { continue }
                result.insert(Node(module: index, index: function))
            }
        }
        return result
    }

    /// The functions that call one function of every name directly.
    fileprivate func callers(ofAll names: [String]) -> Set<Node> {
        let sets = names.map { name in
            Set(exported([name]).flatMap { callers[$0] ?? [] }.map(\.caller))
        }
        return sets.dropFirst().reduce(sets.first ?? []) { $0.intersection($1) }
    }

    /// The functions of the loader and the C library that refer to a text.
    fileprivate func referring(toText text: String) -> Set<Node> {
        let library = program.lookUp("__libc_start_main", scope: program.modules.indices)?.module
        var result: Set<Node> = []
        for index in Set([library, program.loader].compactMap { $0 }) {
            let module = program.modules[index]
            for (position, function) in module.summary.functions.enumerated() {
                let refers = module.summary.references[function.references].contains {
                    $0.kind == .address
                        && module.file.string(at: $0.target, limit: text.utf8.count + 1) == text
                }
                if refers { result.insert(Node(module: index, index: position)) }
            }
        }
        return result
    }
}
