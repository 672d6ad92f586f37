package import Campaigns

/// How a campaign's test cases are executed, all workers of its last run together.
package struct ExecutorView: Sendable, Encodable {
    /// `fork server` or `exec`; for workers that differ, what most use.
    package let name: String
    /// Why it is that one, as a clause.
    package let reason: String
    /// Executions from `execve`, by copies of a template, and by copies that were only stopped at
    /// calls that are not known.
    package let exec: UInt64
    package let forkServer: UInt64
    package let armed: UInt64
    /// Of those by copies, the ones that wrote their calls down themselves.
    package let recorded: UInt64
    /// Of those from `execve`, the ones that wrote their calls down themselves.
    package let recordedStarts: UInt64
    /// By copies that were only stopped where calls are entered.
    package let entries: UInt64
    /// Of those from `execve`, the ones that a copy would not do justice to, by the reason.
    package let byRule: [String: UInt64]
    /// Share of the workers' time that is spent in executions alone, from 0 to 1.
    package let executingShare: Double
    package let compared: UInt64
    package let differed: UInt64
    /// Comparisons that decided nothing, as fresh starts differ among themselves.
    package let undecided: UInt64
    package let difference: String?
    package let restarts: UInt64
    /// Executions by a server that was up already, how often one was started for them, and how
    /// often one was given up because it was not as before.
    package let visits: UInt64
    package let serverStarts: UInt64
    package let drifts: UInt64
    /// Connections that were made to servers.
    package let connections: UInt64
    package let visitsPerSecond: Double
    /// Connections that were made to one that was up, in each second of these executions.
    package let sessionsPerSecond: Double
    /// How many executions a server is up for at present, as the first worker has it.
    package let visitLimit: Int?
    package let visitRate: Double?
    /// What the workers' time went into, from 0 to 1, by the names of ``Work``; empty in campaigns
    /// from before that was told.
    package let timeShares: [String: Double]
    /// Executions of the base test case in a second, as the first worker measured them.
    package let execRate: Double
    package let forkServerRate: Double

    /// Of one worker.
    package init(_ state: ExecutorState) {
        self.init(first: state, all: [state])
    }

    init?(_ states: [ExecutorState]) {
        guard let first = states.first else { return nil }
        self.init(first: first, all: states)
    }

    private init(first: ExecutorState, all states: [ExecutorState]) {
        let copying = states.count { $0.usesForkServer }
        let usesForkServer = copying * 2 > states.count
        name = usesForkServer ? "fork server" : "exec"
        reason = states.first { $0.usesForkServer == usesForkServer }?.reason ?? first.reason
        exec = states.reduce(0) { $0 &+ $1.exec }
        forkServer = states.reduce(0) { $0 &+ $1.forkServer }
        armed = states.reduce(0) { $0 &+ $1.armed }
        recorded = states.reduce(0) { $0 &+ ($1.recorded ?? 0) }
        recordedStarts = states.reduce(0) { $0 &+ ($1.recordedStarts ?? 0) }
        entries = states.reduce(0) { $0 &+ $1.entries }
        byRule = states.reduce(into: [:]) { $0.merge($1.byRule, uniquingKeysWith: &+) }
        let elapsed = states.reduce(0) { $0 + Double($1.elapsed) }
        executingShare =
            elapsed > 0
            ? min(1, max(0, states.reduce(0) { $0 + Double($1.executing) } / elapsed)) : 0
        compared = states.reduce(0) { $0 &+ $1.compared }
        differed = states.reduce(0) { $0 &+ $1.differed }
        undecided = states.reduce(0) { $0 &+ ($1.undecided ?? 0) }
        difference = states.lazy.compactMap(\.difference).first
        restarts = states.reduce(0) { $0 &+ $1.restarts }
        visits = states.reduce(0) { $0 &+ ($1.visits ?? 0) }
        serverStarts = states.reduce(0) { $0 &+ ($1.serverStarts ?? 0) }
        drifts = states.reduce(0) { $0 &+ ($1.drifts ?? 0) }
        connections = states.reduce(0) { $0 &+ ($1.connections ?? 0) }
        let visiting = states.reduce(0) { $0 + Double($1.visiting ?? 0) }
        visitsPerSecond = visiting > 0 ? Double(visits) * 1e9 / visiting : 0
        let sessions = states.reduce(0) { $0 &+ ($1.visitConnections ?? 0) }
        sessionsPerSecond = visiting > 0 ? Double(sessions) * 1e9 / visiting : 0
        visitLimit = first.visitLimit
        visitRate = first.visitRate
        var work = states.reduce(into: [Work: Double]()) { sums, state in
            for (kind, spent) in state.work ?? [:] where spent > 0 {
                sums[kind, default: 0] += Double(spent)
            }
        }
        // That ends before the search begins.
        work[.selfTests] = nil
        let worked = max(1, work.values.reduce(0, +))
        timeShares = Dictionary(
            uniqueKeysWithValues: work.map { ($0.rawValue, $1 / worked) })
        execRate = first.execRate
        forkServerRate = first.forkServerRate
    }

    /// What was chosen when the campaign started, and why.
    package var choice: String {
        if let visitRate {
            return "\(reason): \(Figures.rate(visitRate)) executions a second by one that is up, "
                + "\(Figures.rate(execRate)) by one of their own"
        }
        guard forkServerRate > 0, execRate > 0 else { return "\(name): \(reason)" }
        return "\(name): \(reason); \(Figures.rate(forkServerRate)) executions a second by copies, "
            + "\(Figures.rate(execRate)) from execve"
    }

    private var watched: String {
        let parts = [(recorded, "recording"), (armed, "armed"), (entries, "entry-only")].filter {
            $0.0 > 0
        }
        return parts.map { "\(Figures.count($0.0)) of them \($0.1), " }.joined()
    }

    private static let workOfServers: [(Work, String)] = [
        (.sessions, "sessions"), (.serverStarts, "bringing servers up for them"),
        (.starts, "servers started in another way"), (.confirmations, "confirming"),
        (.search, "the rest"),
    ]

    private var writing: String { recorded > 0 ? " and wrote its calls down" : "" }

    /// For the status' table.
    var sentence: String {
        var parts = ["\(name): \(reason)"]
        if connections > 0, visits == 0, serverStarts == 0 {
            parts.append(Figures.count(connections, "connection"))
        }
        guard visits == 0, serverStarts == 0 else {
            parts.append(
                "\(Figures.count(visits)) by one that was up\(writing), "
                    + "\(Figures.rate(visitsPerSecond)) a second, \(Figures.count(exec)) by one of their own"
            )
            parts.append(
                "\(Figures.count(connections, "session")), \(Figures.rate(sessionsPerSecond)) a second "
                    + "by one that was up")
            let limit = visitLimit.map { ", now after \($0) executions at the latest" } ?? ""
            parts.append(
                "\(Figures.count(serverStarts)) restarts, \(Figures.count(drifts)) because of drift"
                    + limit)
            let spent = Self.workOfServers.compactMap { work, name in
                timeShares[work.rawValue].map { "\(Int(($0 * 100).rounded())) % \(name)" }
            }
            if !spent.isEmpty { parts.append("time: " + spent.joined(separator: ", ")) }
            return parts.joined(separator: "; ")
        }
        parts.append(
            "\(Figures.count(forkServer + armed + entries)) by copies, \(watched)"
                + "\(Figures.count(exec)) from execve"
                + (recordedStarts > 0 ? ", \(Figures.count(recordedStarts)) of them recording" : "")
        )
        if compared > 0 || undecided > 0 {
            parts.append(
                "\(Figures.count(compared)) compared, \(Figures.count(differed)) differed"
                    + (undecided > 0
                        ? ", \(Figures.count(undecided)) more decided nothing, as fresh starts differ"
                        : ""))
        }
        if restarts > 0 { parts.append("\(Figures.count(restarts)) restarts") }
        if differed > 0, let difference, name == "fork server" { parts.append(difference) }
        return parts.joined(separator: "; ")
    }
}
