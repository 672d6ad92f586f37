internal import CLinux
internal import Glibc
package import Platform
package import TestCases
package import Traces

/// Servers that stay up for many executions.
extension TraceSession {
    /// Whether a server is up.
    package var hasServer: Bool { resting != nil }

    /// Starts a server and leaves it alone when it is ready; false when it does not come to that,
    /// and none of it is left then.
    ///
    /// With windows, by file, it writes down what it can of its calls, as does whatever comes of
    /// it; with nil it stops at each. See ``recordsServer``.
    package mutating func startServer(
        _ launch: Launch, options: TraceOptions, recording windows: [String: [CallWindow]]? = nil
    ) throws(TracingError) -> Bool {
        var options = options
        options.server?.sessions = []
        try begin(options, prefix: nil)
        staysUp = true
        defer { staysUp = false }
        try start(launch, recording: windows)
        try follow()
        guard service == .resting, !hasBrokenRecord else {
            recorder = nil
            recordsImages = false
            return false
        }
        resting = RestingServer(prefix: trace, tasks: table.tasks)
        return true
    }

    /// Plays sessions with the server that is up. The trace begins with how it came up, and does
    /// not have its end.
    ///
    /// Afterwards the server is up only if it waits as it did before, see ``hasServer``; nothing
    /// is left of one that is not. With `followsDrift` it is also up if it waits in another way,
    /// such as with a thread more: then the traces of later visits begin with this one, as what it
    /// is now comes of that.
    package mutating func visit(
        _ sessions: [TestCase.Session], keepsAnswers: Bool = false, followsDrift: Bool = false
    ) throws(TracingError) -> Trace? {
        guard let server = resting else { return nil }
        takeBack(to: server)
        conversation = Conversation(
            sessions, companion: options.server?.companion,
            keepsAnswers: keepsAnswers)
        isHeardOut = false
        stoppedSites.removeAll(keepingCapacity: true)
        firstEventOfTurn = trace.events.count
        service = .serving
        staysUp = true
        defer { staysUp = false }
        hasDrifted = false
        try follow()
        guard !hasBrokenRecord else {
            try endServer()
            return nil
        }
        guard service == .resting, server.isUnchanged(table, in: trace) else {
            hasDrifted = service == .resting
            if hasDrifted, followsDrift, table.early.isEmpty {
                resting = RestingServer(prefix: trace, tasks: table.tasks)
                return trace
            }
            let visit = trace
            try endServer()
            return visit
        }
        return trace
    }

    /// Kills the server that is up.
    package mutating func endServer() throws(TracingError) {
        guard resting != nil else { return }
        resting = nil
        service = .ending
        let end = trace.end
        if !table.tasks.isEmpty || !table.early.isEmpty {
            stopReason = nil
            stopEverything(.blocked)
            try follow()
        }
        trace.end = end
        recorder = nil
        recordsImages = false
    }

    /// Puts the trace back to where the server was ready.
    private mutating func takeBack(to server: RestingServer) {
        var pending: [(place: Int, event: Event)] = []
        for index in table.tasks.indices {
            table[index].takenBack = nil
            guard let former = server.tasks.first(where: { $0.id == table[index].id }),
                let place = former.event, let current = table[index].event
            else { continue }
            // It waits in the same call as then, perhaps in another place of its loop.
            let event = trace.events[current]
            let process = table[index].process
            if table.processes[process].log?.pending == current {
                table.processes[process].log?.pending = place
            }
            table[index].event = place
            pending.append((place, event))
        }
        trace.events.removeAll(keepingCapacity: true)
        trace.events.append(contentsOf: server.prefix.events)
        for (place, event) in pending { trace.events[place] = event }
        trace.threads = server.prefix.threads
        trace.end = .exited(status: 0)
    }
}
