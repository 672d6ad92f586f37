internal import Syscalls
package import Texts
package import Traces

/// What `trace` shows of one execution to people.
package struct TraceText: Sendable {
    private let trace: Trace
    private let tally: TraceTally

    private let unseen: [String]

    /// A text about a trace whose events are in the phases given, one for each event.
    ///
    /// - Parameter unseen: what the trace cannot show, in sentences.
    package init(_ trace: Trace, phases: [Phase], unseen: [String] = []) {
        self.trace = trace
        self.unseen = unseen
        tally = TraceTally(trace, phases: phases)
    }

    /// The process tree, then the calls of each role, or of each phase of each role.
    package func render(byPhase: Bool) -> ShownText {
        ([processTree, byPhase ? callsByPhase : callsByRole, ShownText(ending)]
            + unseen.map { ShownText($0) })
            .joined(separator: "\n\n")
    }

    private var processTree: ShownText {
        var table = TextTable([("PID", .left), ("ROLE", .left), ("IMAGE", .left), ("END", .left)])
        var depths: [Int] = []
        for thread in trace.threads {
            let depth = thread.parent.map { depths[$0] + 1 } ?? 0
            depths.append(depth)
            let indent = String(repeating: "  ", count: depth)
            table.append([
                indent + String(thread.threadID), Self.shortName(of: thread.role), thread.image,
                Self.describe(thread.exit),
            ])
        }
        return table.text
    }

    private var callsByRole: ShownText {
        var table = TextTable([
            ("ROLE", .left), ("SYSCALL", .left), ("CALLS", .right), ("ERRORS", .right),
        ])
        for (role, rows) in tally.byRole {
            for row in rows { table.append([role.name] + Self.cells(row)) }
        }
        return table.text
    }

    private var callsByPhase: ShownText {
        var table = TextTable([
            ("ROLE", .left), ("PHASE", .left), ("SYSCALL", .left), ("CALLS", .right),
            ("ERRORS", .right),
        ])
        for (role, phase, rows) in tally.byPhase {
            for row in rows { table.append([role.name, phase.name] + Self.cells(row)) }
        }
        return table.text
    }

    private static func cells(_ row: TraceTally.Row) -> [String] {
        [row.number.name, String(row.calls), row.errors == 0 ? "" : String(row.errors)]
    }

    private var ending: String {
        let calls = Set(trace.events.map(\.number)).count
        let end =
            switch trace.end {
            case .exited(let status): "ended with status \(status)"
            case .killed(let signal): "was killed by \(SignalName.of(signal))"
            case .stopped(let reason): "was stopped, bound: \(reason.rawValue)"
            }
        return "The command \(end) after \(Figures.count(trace.events.count, "call")) of "
            + "\(Figures.count(calls, "kind"))."
    }

    /// The image has a column of its own.
    private static func shortName(of role: Role) -> String {
        role.isTarget ? role.name : "exec"
    }

    private static func describe(_ exit: TracedThread.Exit?) -> String {
        switch exit {
        case .exited(let status): "status \(status)"
        case .killed(let signal): SignalName.of(signal)
        case nil: "executed another program"
        }
    }
}
