package import Syscalls
package import Traces

/// The static set of a program held against what a campaign observed of it.
package struct ReconciliationTable: Hashable, Sendable {
    /// One for each call that either set has, in the order of their numbers.
    package let rows: [Row]
    /// What programs did that the target started, one for each image, sorted. The static set is
    /// of the target's own image, so it says nothing about them.
    package let foreignPrograms: [ForeignProgram]
    package let siteCheck: SiteCheck

    /// Calls of programs other than the target.
    package struct ForeignProgram: Hashable, Sendable, Encodable {
        package let role: Role
        package let syscalls: SyscallSet
        /// Test case in which it was first started.
        package let witness: String
    }

    /// Where in the target's life a call was observed.
    package struct Place: Hashable, Comparable, Sendable, Encodable {
        package let role: Role
        package let phase: Phase

        package static func < (left: Place, right: Place) -> Bool {
            (left.role.name, left.phase) < (right.role.name, right.phase)
        }
    }

    /// One system call.
    package struct Row: Hashable, Sendable {
        package let syscall: SyscallNumber
        package let verdict: Verdict
        /// Set for calls that the kernel or the tracer can make, whatever the verdict.
        package let kernelMade: KernelMadeCall?
        package let isStatic: Bool
        package let isDynamic: Bool
        /// The most ordinary tier at which it was observed.
        package let tier: Tier?
        /// Where it was observed, sorted.
        package let places: [Place]
        /// Every place in code that it was observed at, sorted.
        package let sites: [CallSite]
        /// Test case to replay: of the most ordinary tier, stable if any is, first seen.
        package let witness: String?
        /// One sentence or a few that say why the verdict is what it is.
        package let evidence: String
        /// The execution that showed it first, from 1: until then the call was static-only.
        package let firstExecution: UInt64?
        /// Campaign time of that execution in seconds.
        package let firstSeconds: Double?
        /// For a call that was never observed, how many calls lead to it from code that ran; nil
        /// when no such way is known.
        package let distance: Int?
        /// The conditions that every static path to it needs.
        package let gates: [GateDescription]
        /// Test cases that were made towards it as long as it was not seen; nil for none.
        package let tries: UInt64?
    }

    /// Compares a static set with observations of any roles, phases and tiers.
    ///
    /// Call sites compare by path and offset as given; both sides resolve links. With a set that
    /// begins at `main`, what was observed in the loader is left out, as that set cannot have it.
    ///
    /// - Parameter tries: test cases made towards calls that were not seen.
    package init(
        static set: StaticSet, observations: [Observation], tries: [SyscallNumber: UInt64] = [:]
    ) {
        var own: [SyscallNumber: [Observation]] = [:]
        var foreign: [Role: [Observation]] = [:]
        for observation in observations {
            if !observation.role.isTarget {
                foreign[observation.role, default: []].append(observation)
            } else if set.convention == .wholeProcess || observation.phase != .load {
                own[observation.syscall, default: []].append(observation)
            }
        }
        siteCheck = SiteCheck(static: set, observations: observations)
        let entries = Dictionary(set.entries.map { ($0.number, $0) }) { first, _ in first }
        rows = Set(own.keys).union(entries.keys).sorted().map { number in
            Comparison(
                syscall: number, entry: entries[number], observations: own[number] ?? [], set: set,
                tries: tries[number]
            ).row
        }
        foreignPrograms = foreign.sorted { $0.key.name < $1.key.name }.map { role, observations in
            ForeignProgram(
                role: role, syscalls: SyscallSet(observations.map(\.syscall)),
                witness: observations.min { $0.isBetterWitness(than: $1) }?.witness ?? "")
        }
    }

    /// The calls of a verdict.
    package func syscalls(with verdict: Verdict) -> SyscallSet {
        SyscallSet(rows.lazy.filter { $0.verdict == verdict }.map(\.syscall))
    }

    /// Never observed, in the order in which they are worth trying for: by verdict, then the
    /// nearest to code that ran, then by name.
    package var unreached: [Row] {
        let ranks = Dictionary(
            Verdict.allCases.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return rows.filter { !$0.isDynamic }.sorted {
            (ranks[$0.verdict] ?? 0, $0.distance ?? .max, $0.syscall.name)
                < (ranks[$1.verdict] ?? 0, $1.distance ?? .max, $1.syscall.name)
        }
    }

    /// In the static set, never observed.
    package var staticOnly: SyscallSet {
        SyscallSet(rows.lazy.filter { $0.isStatic && !$0.isDynamic }.map(\.syscall))
    }

    /// Observed, not in the static set; calls that the kernel made included.
    package var dynamicOnly: SyscallSet {
        SyscallSet(rows.lazy.filter { $0.isDynamic && !$0.isStatic }.map(\.syscall))
    }
}
