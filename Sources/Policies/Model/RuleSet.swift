package import Phasing
package import Syscalls
package import Traces

/// What may be called in one stretch of time, and why.
package struct RuleSet: Hashable, Sendable, Codable {
    /// One for each call that there is any evidence for, also for those that are denied; sorted by
    /// number. What has no entry is denied.
    package let entries: [Entry]

    /// One call.
    package struct Entry: Hashable, Sendable, Codable {
        package let syscall: SyscallNumber
        package let reason: Reason
        package let action: Action
        /// The rules of the environment that add it; empty for other reasons.
        package let environment: [String]
        /// nil for calls that were never observed.
        package let evidence: Evidence?
        /// Where it is not nil, the call passes only when all tests of one of these lists hold.
        package let arguments: [[ArgumentTest]]?

        package init(
            syscall: SyscallNumber, reason: Reason, action: Action, environment: [String],
            evidence: Evidence?, arguments: [[ArgumentTest]]? = nil
        ) {
            self.syscall = syscall
            self.reason = reason
            self.action = action
            self.environment = environment
            self.evidence = evidence
            self.arguments = arguments
        }

        /// Whether the rule lets the call pass with these values of its checked arguments.
        package func passes(_ choice: [UInt64]) -> Bool {
            guard action != .deny else { return false }
            return arguments.map { $0.contains(syscall.tests(for: choice)) } ?? true
        }
    }

    /// Why a call has an entry: the first of these that holds.
    package enum Reason: String, CaseIterable, Hashable, Sendable, Codable {
        /// Observed in this phase of this role; for the whole life, in any of the target's roles.
        case observed
        /// Observed in a later phase, or in a role that this one may start.
        case observedElsewhere = "observed-elsewhere"
        /// Observed before this phase, by too few processes to say that it is over.
        case undecided
        /// Observed in another program that the target may start; a filter outlives `execve`.
        case startedProgram = "started-program"
        /// Not observed, but the machine may cause it, see ``EnvironmentRule``.
        case environment
        /// Observed, but only at tiers that the options leave out.
        case otherTier = "other-tier"
        /// In the static set and never observed.
        case staticOnly = "static-only"
    }

    package enum Action: String, Hashable, Sendable, Codable {
        case allow, log, deny
    }

    /// What stands behind an entry.
    package struct Evidence: Hashable, Sendable, Codable {
        /// Test case to replay.
        package let witness: String
        /// The most ordinary tier at which the call was observed.
        package let tier: Tier
        /// Sum over roles, phases and tiers of the executions that showed it there.
        package let executions: UInt64
        /// Whether replaying shows it reliably.
        package let isStable: Bool
        /// Where the call was made from, sorted.
        package let sites: [CallSite]
    }

    package var allowed: SyscallSet { syscalls(with: .allow) }
    package var logged: SyscallSet { syscalls(with: .log) }

    package func syscalls(with action: Action) -> SyscallSet {
        SyscallSet(entries.lazy.filter { $0.action == action }.map(\.syscall))
    }
}

extension RuleSet.Evidence {
    /// What several observations of one call say together; nil without any.
    init?(_ observations: [Observation]) {
        let best = observations.min { $0.isBetterWitness(than: $1) }
        guard let best else { return nil }
        witness = best.witness
        tier = best.tier
        isStable = best.isStable
        executions = observations.reduce(0) { total, observation in
            let (sum, overflow) = total.addingReportingOverflow(observation.executions)
            return overflow ? .max : sum
        }
        sites = Set(observations.flatMap(\.sites)).sorted()
    }
}

extension SyscallNumber {
    /// The tests that hold for these values of the checked arguments.
    func tests(for choice: [UInt64]) -> [ArgumentTest] {
        zip(checkedArguments, choice).map { argument, value in
            ArgumentTest(argument.index, mask: argument.mask, .equal, value)
        }
    }
}

extension RuleSet.Entry {
    /// The rule's arguments as ends of the sentence "allowed where …"; empty where any will do.
    package var argumentTexts: [String] {
        (arguments ?? []).map { way in
            way.map { $0.describe(for: syscall) }.joined(separator: " and ")
        }
    }
}

extension RuleSet.Entry {
    /// Whether it passes arguments that another rule for the call, which passes it, does not.
    package func loosensArguments(of other: RuleSet.Entry) -> Bool {
        guard action != .deny, other.action != .deny, let allowed = other.arguments else {
            return false
        }
        return arguments.map { !Set($0).isSubset(of: allowed) } ?? true
    }
}
