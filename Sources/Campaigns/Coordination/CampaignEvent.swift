package import Syscalls
package import Traces

/// What happens in a running campaign, for whoever shows it.
package enum CampaignEvent: Sendable {
    /// Something begins that may take a while, a clause such as "reading the code of /bin/ls"; nil
    /// when it is over.
    case step(String?)
    /// The static set is there; sizes for people.
    case extracted(StaticSet)
    /// Workers are fuzzing; how the first does, and how many executions earlier runs made.
    case started(jobs: Int, executor: ExecutorState, earlierExecutions: UInt64)
    /// A call of the target's own code, never seen at this tier or a lower one.
    case newSyscall(SyscallNumber, Tier, seconds: Double)
    case progress(CampaignProgress)
    /// Something a person should know, in one sentence.
    case note(String)
}

/// Where a campaign stands.
package struct CampaignProgress: Sendable {
    /// Campaign time, earlier runs included.
    package var seconds = 0.0
    package var executions: UInt64 = 0
    /// Of the last seconds.
    package var executionsPerSecond = 0.0
    package var corpus = 0
    package var syscalls = TieredSyscalls()
    /// Campaign time at which the last new system call was seen.
    package var lastNew: Double?

    package init() {}
}

/// The calls of a target's own code, each under the lowest tier that showed it.
package struct TieredSyscalls: Sendable {
    private var tiers: [SyscallNumber: Tier] = [:]

    package init() {}

    package init(_ observations: [Observation]) {
        for observation in observations { insert(observation) }
    }

    /// Returns whether the call is new, or seen at a lower tier than before.
    @discardableResult
    package mutating func insert(_ observation: Observation) -> Bool {
        guard observation.role.isTarget else { return false }
        if let known = tiers[observation.syscall], known <= observation.tier { return false }
        tiers[observation.syscall] = observation.tier
        return true
    }

    package subscript(tier: Tier) -> SyscallSet {
        SyscallSet(tiers.filter { $0.value == tier }.keys)
    }

    package var count: Int { tiers.count }
}
