internal import Phasing
package import Syscalls
internal import Traces

/// What a program that has been taken over could still ask the kernel for: under each filter of a
/// policy, and without one.
package struct AttackSurface: Sendable, Encodable {
    /// One set of calls.
    package struct Row: Sendable, Encodable {
        /// Whose calls they are.
        package let name: String
        /// Nil for sets that belong to no phase.
        package let role: String?
        package let phase: String?
        package let calls: Int
        /// How many calls of each threat level, the first level first.
        package let byLevel: [Int]
        /// The calls, weighted by level as ``Syscalls/ThreatLevel/weight`` says.
        package let weight: Int
        /// Calls of the first level, by name.
        package let controlling: [String]
        /// Known vulnerabilities to which no way is left.
        package let closed: [String]
    }

    /// First what there is without a filter, then the whole life's, then that of each phase.
    package let rows: [Row]
    /// How many known vulnerabilities are looked at.
    package let vulnerabilities: Int

    /// - Parameter staticCalls: what the program's code could call; nil when it is not known.
    package init(_ policy: Policy, staticCalls: SyscallSet?) {
        vulnerabilities = KnownVulnerability.all.count
        var rows = [Self.row("Docker's default profile", DockerDefault.allowed)]
        if let staticCalls { rows.append(Self.row("the static set", staticCalls)) }
        rows.append(Self.row("whole life", policy.wholeLife.passed))
        rows += policy.phases.map { part in
            Self.row(
                "\(part.phase) of \(part.role.name)", part.rules.passed, role: part.role.name,
                phase: part.phase.name)
        }
        self.rows = rows
    }

    private static func row(
        _ name: String, _ calls: SyscallSet, role: String? = nil, phase: String? = nil
    ) -> Row {
        Row(
            name: name, role: role, phase: phase, calls: calls.count,
            byLevel: ThreatLevel.allCases.map { level in
                calls.filter { $0.threatLevel == level }.count
            },
            weight: calls.reduce(0) { $0 + $1.threatLevel.weight },
            controlling: SyscallSet(calls.filter { $0.threatLevel == .control }).sortedNames,
            closed: KnownVulnerability.all.filter { $0.isClosed(allowing: calls) }.map(\.name))
    }
}

extension RuleSet {
    /// What is let through, at least with some arguments.
    package var passed: SyscallSet { allowed.union(logged) }
}
