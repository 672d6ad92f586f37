internal import Syscalls
internal import Traces

/// The calls of a trace counted by role, phase and syscall.
struct TraceTally {
    struct Row {
        let role: Role
        let phase: Phase
        let number: SyscallNumber
        var calls = 0
        var returned = 0
        var errors = 0
    }

    /// By role and phase in order of first appearance, then by name.
    let rows: [Row]

    /// Counts the events; those behind the end of `phases` are left out.
    init(_ trace: Trace, phases: [Phase]) {
        struct Key: Hashable {
            let role: Role
            let phase: Phase
            let number: SyscallNumber
        }
        var rows: [Row] = []
        var positions: [Key: Int] = [:]
        for (event, phase) in zip(trace.events, phases) {
            let role = trace.threads[Int(event.thread)].role
            let key = Key(role: role, phase: phase, number: event.number)
            let position = positions[key] ?? rows.count
            if position == rows.count {
                positions[key] = position
                rows.append(Row(role: role, phase: phase, number: event.number))
            }
            rows[position].count(event)
        }
        self.rows = rows
    }

    /// One row for each call; its role and phase are those of its first appearance.
    var byCall: [Row] { Self.merge(rows) }

    /// The rows of each role, in order of first appearance, with its phases merged.
    var byRole: [(role: Role, rows: [Row])] {
        Self.group(rows) { $0.role }.map { role, rows in
            (role, Self.merge(rows))
        }
    }

    /// The rows of each phase of each role, in order of first appearance.
    var byPhase: [(role: Role, phase: Phase, rows: [Row])] {
        Self.group(rows) { $0.role }.flatMap { role, rows in
            Self.group(rows) { $0.phase }.map { phase, rows in
                (role, phase, Self.merge(rows))
            }
        }
    }

    private static func group<Key: Hashable>(
        _ rows: [Row], by key: (Row) -> Key
    ) -> [(key: Key, rows: [Row])] {
        var groups: [(key: Key, rows: [Row])] = []
        for row in rows {
            let key = key(row)
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].rows.append(row)
            } else {
                groups.append((key, [row]))
            }
        }
        return groups
    }

    /// One row for each call, by name.
    private static func merge(_ rows: [Row]) -> [Row] {
        group(rows) { $0.number }.map { _, rows in
            rows.dropFirst().reduce(into: rows[0]) { sum, row in
                sum.calls += row.calls
                sum.returned += row.returned
                sum.errors += row.errors
            }
        }.sorted { $0.number.name < $1.number.name }
    }
}

extension TraceTally.Row {
    fileprivate mutating func count(_ event: Event) {
        calls += 1
        if event.result != nil { returned += 1 }
        if event.error != nil { errors += 1 }
    }
}
