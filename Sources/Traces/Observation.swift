package import Syscalls

/// One system call in one phase of one role at one tier, as a whole campaign has seen it.
///
/// The unit of evidence: the store keeps them, reconciliation, policies and reports read them.
package struct Observation: Hashable, Sendable, Codable {
    package var syscall: SyscallNumber
    package var role: Role
    package var phase: Phase
    package var tier: Tier
    /// Every place the call was made from, sorted.
    package var sites: [CallSite]
    /// How many executions showed it.
    package var executions: UInt64
    /// Id of the test case that a replay uses: the smallest that shows it.
    package var witness: String
    /// Which execution of the campaign showed it first, from 1.
    package var firstExecution: UInt64
    /// Seconds of campaign time at which it was first seen.
    package var firstSeconds: Double
    /// Whether re-execution of a witness shows it reliably. Unstable ones count in a policy.
    package var isStable: Bool
    /// Which values of its ``Syscalls/SyscallNumber/checkedArguments`` it was made with, each list
    /// in their order, sorted; nil for calls that have none, and where they were not recorded.
    package var choices: [[UInt64]]?

    package init(
        syscall: SyscallNumber, role: Role, phase: Phase, tier: Tier, sites: [CallSite],
        executions: UInt64, witness: String, firstExecution: UInt64, firstSeconds: Double,
        isStable: Bool, choices: [[UInt64]]? = nil
    ) {
        self.syscall = syscall
        self.role = role
        self.phase = phase
        self.tier = tier
        self.sites = sites
        self.executions = executions
        self.witness = witness
        self.firstExecution = firstExecution
        self.firstSeconds = firstSeconds
        self.isStable = isStable
        self.choices = choices
    }
}

extension Role: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let role = Role(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "no role is named \(name)")
        }
        self = role
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
