package import Phasing
package import Traces

/// What a user asks of `fuzz`.
package struct CampaignRequest: Sendable {
    package var harness: Harness
    package var target: TargetFile
    /// The campaign's folder; made when it is not there, resumed when it is.
    package var folder: String
    /// How long everything may take.
    package var budget = TimeBudget()
    /// How many executions to make, over all jobs; nil without a limit.
    package var executions: UInt64?
    /// Whether to stop as soon as the bounds of every tier are at ``Convergence/threshold``.
    package var stopsWhenConverged = false
    package var jobs = 1
    /// Decides every random choice of a new campaign; a resumed one goes on with its own.
    package var seed: UInt64 = 1
    package var tiers: [Tier] = [.natural]
    package var executor = ExecutorChoice.automatic
    /// One in so many copies of a fork server is compared with an execution from `execve`.
    package var comparisonInterval: UInt64 = 100
    /// Whether a test case is kept as well that has a function entered for the first time.
    package var watchesFunctions = false
    package var settings = SearchSettings()

    /// What is meant, rather than what runs it: a script where the command line names one.
    package var subject: String {
        harness.prefix.isEmpty ? harness.program : target.script ?? harness.program
    }

    /// How the search tells phases apart: as the harness says, or by fixed rules.
    package var phases: PhaseModel {
        harness.phases ?? (harness.server == nil ? .commandLine : .server)
    }

    package init(harness: Harness, target: TargetFile, folder: String) {
        self.harness = harness
        self.target = target
        self.folder = folder
    }
}

/// How a run of `fuzz` ended.
package enum CampaignOutcome: Sendable {
    case completed
    case interrupted
}
