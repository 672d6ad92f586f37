internal import Syscalls
package import Traces

/// What `trace` shows of one execution; its encoding is the JSON of a stable shape.
package struct TraceView: Sendable, Encodable {
    /// How the root process ended: one of the three.
    package struct Exit: Sendable, Encodable {
        package let status: Int32?
        package let signal: Int32?
        /// The bound that made the tracer end it.
        package let stopped: String?
    }

    /// One process or thread in one image.
    package struct Process: Sendable, Encodable {
        /// The kernel's id of the process or thread.
        package let pid: Int32
        package let role: String
        package let image: String
        /// Id of the task that made it; nil for the root.
        package let parent: Int32?
    }

    /// How often a call was made, by all roles.
    package struct Count: Sendable, Encodable {
        package let syscall: String
        /// Calls entered.
        package let calls: Int
        /// Calls that returned; `strace -c` counts these.
        package let returned: Int
        package let errors: Int
    }

    /// How often a role made a call.
    package struct RoleCount: Sendable, Encodable {
        package let role: String
        package let syscall: String
        package let calls: Int
    }

    /// The calls of a role in a phase.
    package struct PhaseCalls: Sendable, Encodable {
        package let role: String
        package let phase: String
        package let syscalls: [String]
    }

    package let command: [String]
    package let exit: Exit
    package let processes: [Process]
    package let syscalls: [String]
    package let counts: [Count]
    package let roles: [RoleCount]
    package let phases: [PhaseCalls]
    /// What the trace cannot show, in sentences.
    package let unseen: [String]

    /// A view of a trace whose events are in the phases given, one for each event.
    package init(_ trace: Trace, phases: [Phase], command: [String], unseen: [String] = []) {
        self.unseen = unseen
        let tally = TraceTally(trace, phases: phases)
        self.command = command
        exit = Self.exit(trace.end)
        processes = trace.threads.indices.map { index in
            let thread = trace.threads[index]
            return Process(
                pid: thread.threadID, role: thread.role.name, image: thread.image,
                parent: trace.creator(of: index).map { trace.threads[$0].threadID })
        }
        counts = tally.byCall.map { row in
            Count(
                syscall: row.number.name, calls: row.calls, returned: row.returned,
                errors: row.errors)
        }
        syscalls = counts.map(\.syscall)
        roles = tally.byRole.flatMap { role, rows in
            rows.map { row in
                RoleCount(role: role.name, syscall: row.number.name, calls: row.calls)
            }
        }
        self.phases = tally.byPhase.map { role, phase, rows in
            PhaseCalls(
                role: role.name, phase: phase.name, syscalls: rows.map(\.number.name))
        }
    }

    private static func exit(_ end: Trace.End) -> Exit {
        switch end {
        case .exited(let status): Exit(status: status, signal: nil, stopped: nil)
        case .killed(let signal): Exit(status: nil, signal: signal, stopped: nil)
        case .stopped(let reason): Exit(status: nil, signal: nil, stopped: reason.rawValue)
        }
    }
}
