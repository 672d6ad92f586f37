internal import Syscalls
package import Traces

/// What `trace` shows of one execution, as a table and as JSON of a stable shape.
package struct TraceView: Sendable, Encodable {
    package struct Process: Sendable, Encodable {
        package let pid: Int32
        package let role: String
        package let image: String
        package let parent: Int32?
    }

    package struct Count: Sendable, Encodable {
        package let syscall: String
        /// Calls entered.
        package let calls: Int
        /// Calls that returned; `strace -c` counts these.
        package let returned: Int
        package let errors: Int
    }

    package let command: [String]
    package let exit: [String: String]
    package let processes: [Process]
    package let syscalls: [String]
    package let counts: [Count]

    package init(_ trace: Trace, command: [String]) {
        self.command = command
        exit = Self.describe(trace.end)
        processes = trace.threads.map { thread in
            Process(
                pid: thread.threadID, role: thread.role.name, image: thread.image,
                parent: thread.parent.map { trace.threads[$0].threadID })
        }
        counts = Self.count(trace.events)
        syscalls = counts.map(\.syscall)
    }

    private static func count(_ events: [Event]) -> [Count] {
        var totals: [SyscallNumber: (calls: Int, returned: Int, errors: Int)] = [:]
        for event in events {
            totals[event.number, default: (0, 0, 0)].calls += 1
            if event.result != nil { totals[event.number, default: (0, 0, 0)].returned += 1 }
            if event.error != nil { totals[event.number, default: (0, 0, 0)].errors += 1 }
        }
        return totals.map { number, total in
            Count(
                syscall: number.name, calls: total.calls, returned: total.returned,
                errors: total.errors)
        }.sorted { $0.syscall < $1.syscall }
    }

    private static func describe(_ end: Trace.End) -> [String: String] {
        switch end {
        case .exited(let status): ["status": String(status)]
        case .killed(let signal): ["signal": String(signal)]
        case .stopped(let reason): ["stopped": reason.rawValue]
        }
    }
    package func text(byPhase: Bool) -> String {
        counts.map { "\($0.syscall) \($0.calls)" }.joined(separator: "\n")
    }
}
