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
        Gate(name: "system log") {
            $0.program.exported(["syslog", "__syslog_chk", "vsyslog", "__vsyslog_chk"])
        },
    ]

    /// The names of the gates that each call is behind, for calls that are behind one.
    static func gates(
        of numbers: NumberResolution, _ reachability: Reachability
    ) -> [SyscallNumber: [String]] {
        var result: [SyscallNumber: [String]] = [:]
        for gate in all {
            let functions = gate.functions(reachability).filter { reachability.isLive($0) }
            guard !functions.isEmpty else { continue }
            let rest = NumberResolution(reachability.without(functions)).syscalls
            for number in numbers.syscalls.subtracting(rest) {
                result[number, default: []].append(gate.name)
            }
        }
        return result
    }
}

extension Reachability {
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
