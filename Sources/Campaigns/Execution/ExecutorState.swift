package import Contact

/// What a user says about how test cases are executed.
package enum ExecutorChoice: String, Codable, Sendable, CaseIterable {
    /// By copies of a template where they are like fresh starts.
    case automatic
    /// From `execve`, each.
    case exec
    /// By copies also where they differ from fresh starts.
    case forkServer = "fork-server"
}

/// How a worker's test cases are executed, and why so.
package struct ExecutorState: Codable, Sendable, Hashable {
    /// Whether copies of a process that stands at `main` are used.
    package var usesForkServer = false
    /// Why the fork server is used, or is not: a clause.
    package var reason = "not tried yet"
    /// Executions of one test case in a second of wall time, measured when the worker started.
    package var execRate = 0.0
    package var forkServerRate = 0.0
    /// Executions by executor.
    package var exec: UInt64 = 0
    package var forkServer: UInt64 = 0
    package var armed: UInt64 = 0
    /// Of those by copies that were traced in full, the ones that wrote their own calls down to the
    /// end; nil in states from before there were any.
    package var recorded: UInt64?
    /// Of those from `execve`, the ones that wrote their own calls down; nil in states from before
    /// there were any.
    package var recordedStarts: UInt64?
    /// By copies of which the entries of calls were seen and not the results.
    package var entries: UInt64 = 0
    /// Nanoseconds of wall time in executions alone, and in everything since the search began.
    package var executing: Int64 = 0
    package var elapsed: Int64 = 0
    /// Of the armed, those that met a call that was not known and were executed again in full.
    package var novel: UInt64 = 0
    /// Executions that were made to learn what the target compares its input with; nil in states of
    /// campaigns from before there were any.
    package var captured: UInt64?
    /// Executions from `execve` of test cases that a copy would not do justice to, by rule.
    package var byRule: [String: UInt64] = [:]
    /// Faster executions that were compared with one of the same test case from `execve`, where
    /// that decided something.
    package var compared: UInt64 = 0
    /// Comparisons that decided nothing, as two executions from `execve` differed; nil in states
    /// from before they were counted.
    package var undecided: UInt64?
    /// Comparisons that differed where two executions from `execve` did not.
    package var differed: UInt64 = 0
    /// What differed last, with the test case's id.
    package var difference: String?
    /// How often the template had to be started again because something had ended it.
    package var restarts: UInt64 = 0
    /// Of a server: where it was reached in its first execution; nil for targets that are none.
    package var addresses: [Address]?
    /// Where the target connected or sent to in its first execution.
    package var destinations: [Address]?
    /// How a companion failed in the first execution, a clause.
    package var companionFailure: String?
    /// Connections that were made to a server, or by a client.
    package var connections: UInt64?
    /// Executions by a server that was up already, and the nanoseconds that they took.
    package var visits: UInt64?
    package var visiting: Int64?
    /// Connections of the visits, and how many visits a server is up for at present.
    package var visitConnections: UInt64?
    package var visitLimit: Int?
    /// Visits in a second with the base test case, measured when the worker started.
    package var visitRate: Double?
    /// How often a server was started for them, and how often it then was not as before a visit.
    package var serverStarts: UInt64?
    package var drifts: UInt64?
    /// Nanoseconds by what they were spent on; nil in states from before that was told.
    package var work: [Work: Int64]?

    /// What the target sees of the machine as it is, and not through an overlay; nil in states from
    /// before that was told.
    package var unsealed: [String]?

    /// Where the first process of the first execution has executed another program in its place:
    /// that one's path, and its arguments.
    package var lastImage: [String]?

    /// An address of a server.
    package typealias Address = FirstContact.Address
}
