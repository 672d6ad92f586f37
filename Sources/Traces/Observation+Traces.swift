package import Syscalls

extension Observation {
    /// What two observations must share to be of the same thing.
    package struct Subject: Hashable, Sendable {
        package let syscall: SyscallNumber
        package let role: Role
        package let phase: Phase
        package let tier: Tier
    }

    package var subject: Subject {
        Subject(syscall: syscall, role: role, phase: phase, tier: tier)
    }

    /// Takes in what other executions showed of the same subject.
    ///
    /// The witness stays unless only the other one is stable: it is the smallest known, and
    /// whoever minimises sets it.
    package mutating func merge(_ other: Observation) {
        sites = Set(sites).union(other.sites).sorted()
        choices = Self.union(choices, other.choices)
        let (sum, overflow) = executions.addingReportingOverflow(other.executions)
        executions = overflow ? .max : sum
        if (other.firstExecution, other.firstSeconds) < (firstExecution, firstSeconds) {
            firstExecution = other.firstExecution
            firstSeconds = other.firstSeconds
        }
        if other.isStable && !isStable {
            witness = other.witness
            isStable = true
        }
    }

    /// Both lists of choices; nil where one of them is not known.
    package static func union(_ left: [[UInt64]]?, _ right: [[UInt64]]?) -> [[UInt64]]? {
        guard let left, let right else { return nil }
        return left == right ? left : sorted(Set(left).union(right))
    }

    static func sorted(_ choices: Set<[UInt64]>) -> [[UInt64]] {
        choices.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Whether a report should rather show this one's witness: more ordinary, then stable, then
    /// earlier, then by name so that the choice never depends on the order of a list.
    package func isBetterWitness(than other: Observation) -> Bool {
        if tier != other.tier { return tier < other.tier }
        if isStable != other.isStable { return isStable }
        return (firstExecution, witness) < (other.firstExecution, other.witness)
    }
}

extension Trace {
    /// What one execution shows, one observation for each call in each phase of each role, in the
    /// order of their first events.
    ///
    /// `witness` is the id of its test case, `execution` its place in the campaign, from 1.
    package func observations(
        segmentation: Segmentation, tier: Tier, witness: String, execution: UInt64,
        seconds: Double, isStable: Bool
    ) -> [Observation] {
        var found: [Observation] = []
        var positions: [Observation.Subject: Int] = [:]
        var sites: [Set<CallSite>] = []
        var choices: [Set<[UInt64]>] = []
        for (index, event) in events.enumerated() {
            guard threads.indices.contains(Int(event.thread)),
                let phase = segmentation.phase(ofEvent: index)
            else { continue }
            let subject = Observation.Subject(
                syscall: event.number, role: threads[Int(event.thread)].role, phase: phase,
                tier: tier)
            let position = positions[subject] ?? found.count
            if position == found.count {
                positions[subject] = position
                sites.append([])
                choices.append([])
                found.append(
                    Observation(
                        syscall: event.number, role: subject.role, phase: phase, tier: tier,
                        sites: [], executions: 1, witness: witness, firstExecution: execution,
                        firstSeconds: seconds, isStable: isStable))
            }
            if modules.indices.contains(Int(event.module)), let site = site(of: event) {
                sites[position].insert(site)
            }
            if !event.number.checkedArguments.isEmpty {
                choices[position].insert(event.number.checkedValues(of: event.arguments))
            }
        }
        for index in found.indices {
            found[index].sites = sites[index].sorted()
            if !choices[index].isEmpty {
                found[index].choices = Observation.sorted(choices[index])
            }
        }
        return found
    }
}
