package import Campaigns
internal import Contact
package import Policies
package import Reconciliation
internal import Store
internal import Syscalls
package import Traces

/// Where a campaign stands; its encoding is the JSON of a stable shape.
package struct StatusView: Sendable, Encodable {
    /// Names of calls, each under the most ordinary tier that showed it.
    package struct Tiers: Sendable, Encodable {
        package let natural: [String]
        package let resource: [String]
        package let signal: [String]
        package let injected: [String]

        init(_ calls: TieredSyscalls) {
            natural = calls[.natural].sortedNames
            resource = calls[.resource].sortedNames
            signal = calls[.signal].sortedNames
            injected = calls[.injected].sortedNames
        }
    }

    /// The system call that was the last to be seen for the first time.
    package struct LastNew: Sendable, Encodable {
        package let syscall: String
        package let tier: Tier
        package let execution: UInt64
        /// Campaign time.
        package let seconds: Double
    }

    /// A program that the target started; its calls are not the target's.
    package struct ForeignProgram: Sendable, Encodable {
        package let image: String
        package let syscalls: [String]
        package let witness: String
    }

    package let campaign: String
    package let name: String
    /// Path of the file that is executed, as it was asked for: the target, a link to it, or a
    /// script that it interprets.
    package let program: String
    /// Path of the program whose code runs.
    package let target: String
    /// The program and the words that name what it runs.
    package let commandLine: [String]
    /// The text that the target runs; nil for other programs, and where it is not known.
    package let script: String?
    /// What of that is not what the campaign ran, a sentence each.
    package let changes: [String]
    package let running: Bool
    /// Process that writes to the campaign, while it runs.
    package let processID: Int32?
    package let executions: UInt64
    package let elapsedSeconds: Double
    /// Over the whole campaign time.
    package let executionsPerSecond: Double
    /// Over the last seconds that were recorded.
    package let recentExecutionsPerSecond: Double
    /// Executions that a bound of the harness ended, by the name of the bound.
    package let stops: [String: UInt64]
    /// Nil in campaigns from before it was kept.
    package let firstContact: FirstContactView?
    /// What of the target's doings cannot be seen, in sentences.
    package let unseen: [String]
    /// Calls that stood in the target's own memory alone; no evidence, and in no policy.
    package let claimed: [String]
    /// Nil before a worker has reported.
    package let executor: ExecutorView?
    /// Test cases that are kept for something that re-execution shows again.
    package let corpus: Int
    package let syscalls: Tiers
    /// Size of the static set; nil when there is none.
    package let staticSyscalls: Int?
    package let staticOnly: [String]
    package let dynamicOnly: [String]
    /// Every site that was seen, held against the static set; nil without one.
    package let siteCheck: SiteCheck?
    package let foreignPrograms: [ForeignProgram]
    package let lastNew: LastNew?
    package let convergence: ConvergenceView
    /// Where the life of each role is divided; nil where that cannot be said.
    package let phases: PhaseTable?
    /// What an attacker could call under the policy that an export would write; nil like the phases.
    package let attackSurface: AttackSurface?

    /// `changes` are those of the target's files since; `owner` is the process that writes to the campaign, nil when it does not run.
    package init(_ record: CampaignRecord, owner: Int32?, changes: [String] = []) {
        let table = record.staticSet.map {
            ReconciliationTable(static: $0, observations: record.observations, tries: record.tries)
        }
        let last = Self.lastNew(record.observations)
        campaign = record.folder
        name = record.name
        program = record.program
        target = record.targetPath
        commandLine =
            [record.program] + record.prefix.map { String(decoding: $0, as: UTF8.self) }
        script = record.script?.path
        self.changes = changes
        running = owner != nil
        processID = owner
        executions = record.executions
        elapsedSeconds = record.seconds
        executionsPerSecond = record.seconds > 0 ? Double(record.executions) / record.seconds : 0
        recentExecutionsPerSecond = Self.recentRate(record) ?? executionsPerSecond
        stops = record.stops
        firstContact = record.contact.map { FirstContactView($0) }
        unseen = record.gaps.map(\.sentence)
        claimed = record.claims.keys.map(\.description).sorted()
        executor = ExecutorView(record.executors)
        corpus = record.corpus.count { $0.isConfirmed }
        syscalls = Tiers(TieredSyscalls(record.observations))
        staticSyscalls = record.staticSet?.entries.count
        staticOnly = table?.staticOnly.sortedNames ?? []
        dynamicOnly = table?.dynamicOnly.sortedNames ?? []
        siteCheck = table?.siteCheck
        foreignPrograms = Self.foreignPrograms(record.observations)
        lastNew = last
        // What the store counts may lag behind what it has found.
        let since = record.executions.subtractingReportingOverflow(last?.execution ?? 0)
        convergence = ConvergenceView(
            record.convergence, baseFails: firstContact?.failure != nil,
            executionsSinceLastNew: since.overflow ? 0 : since.partialValue,
            secondsSinceLastNew: max(0, record.seconds - (last?.seconds ?? 0)))
        let options = Policy.Options(tiers: Set(Tier.allCases), environment: false)
        phases = (try? Policy(record, options: options, tool: "")).map { PhaseTable($0) }
        attackSurface =
            (try? Policy(record, options: Policy.Options(tiers: record.allowedTiers), tool: "")).map
        {
            AttackSurface($0, staticCalls: record.staticSet?.syscalls)
        }
    }

    private static func lastNew(_ observations: [Observation]) -> LastNew? {
        var first: [SyscallNumber: Observation] = [:]
        for observation in observations where observation.role.isTarget {
            guard let known = first[observation.syscall] else {
                first[observation.syscall] = observation
                continue
            }
            if (observation.firstExecution, observation.tier)
                < (known.firstExecution, known.tier)
            {
                first[observation.syscall] = observation
            }
        }
        let last = first.values.max {
            ($0.firstExecution, $0.syscall) < ($1.firstExecution, $1.syscall)
        }
        return last.map {
            LastNew(
                syscall: $0.syscall.name, tier: $0.tier, execution: $0.firstExecution,
                seconds: $0.firstSeconds)
        }
    }

    private static let recentSeconds = 10.0

    private static func recentRate(_ record: CampaignRecord) -> Double? {
        guard let last = record.samples.last,
            let earlier = record.samples.last(where: {
                last.seconds - $0.seconds >= recentSeconds
            }), last.executions >= earlier.executions
        else { return nil }
        return Double(last.executions - earlier.executions) / (last.seconds - earlier.seconds)
    }

    private static func foreignPrograms(_ observations: [Observation]) -> [ForeignProgram] {
        let byRole = Dictionary(grouping: observations.filter { !$0.role.isTarget }, by: \.role)
        return byRole.compactMap { role, observations in
            guard case .exec(let image) = role else { return nil }
            return ForeignProgram(
                image: image, syscalls: SyscallSet(observations.map(\.syscall)).sortedNames,
                witness: observations.min { $0.isBetterWitness(than: $1) }?.witness ?? "")
        }.sorted { $0.image < $1.image }
    }
}
