internal import Contact
internal import Mutation
internal import Phasing
internal import Sandboxing
internal import Syscalls
package import Traces

/// What a coordinator says to a worker.
enum Order: Codable, Sendable {
    case setUp(WorkerSetup)
    /// Take over what is in the store already, before the first step.
    case restore([RestoredEntry], FuzzerState?)
    /// Fuzz until told to stop, or until so many executions are made.
    case fuzz(executions: UInt64?)
    /// A test case that another worker found, all bytes inline.
    case adopt(String)
    /// Test cases from elsewhere, all bytes inline, to be executed before it goes on; none when
    /// there are no more.
    case seeds([String])
    /// Execute one test case and say which features it shows.
    case measure(String)
    /// Execute one test case so many times and describe each execution.
    case execute(testCase: String, times: Int)
    /// Execute one test case and say what the target says.
    case ask(testCase: String)
    /// Execute one test case in the way that is named and say all about it.
    case show(testCase: String, way: ExecutionWay)
    case stop
}

/// What a worker says to its coordinator.
enum Report: Codable, Sendable {
    /// The sandbox stands, the target has been executed once, and this is how it will be.
    case ready(ExecutorState, FirstContact?)
    case find(Find)
    /// All seeds that were sent are executed and what they showed is reported; here is room for
    /// more. With how many of them no progress has counted.
    case wantsSeeds(executed: Int)
    case measured(Measurement)
    case progress(Progress)
    case executed(ExecutionReport)
    case answered(Answer)
    case shown(ShownExecution)
    /// The worker is at its end, with its last progress; nothing follows.
    case done(Progress)
    /// The worker cannot go on, for a reason that a person can act on.
    case failed(String)
}

/// What a worker needs to know of the target.
struct WorkerSetup: Codable, Sendable {
    var plan: SandboxRoot.Plan
    var program: String
    /// The file whose strings are mined: the program's own code.
    var image: String
    var bounds: Harness.Bounds
    var phases: PhaseModel
    /// Test cases, all bytes inline.
    var base: String
    var seeds: [String]
    var words: [[UInt8]]
    var lines: [[UInt8]]
    var tiers: [Tier]
    var seed: UInt64
    /// Which processor the worker keeps to, counted round those that there are; nil for all.
    var processor: UInt32?
    /// Nil for the automatic choice, and for what is set up without one.
    var executor: ExecutorChoice?
    var comparisonInterval: UInt64?
    /// Where inputs from elsewhere go: the path of a file; nil for standard input.
    var inputFile: String?
    /// Files whose functions are watched for their first entry; nil for none.
    var visitedModules: [String]?
    /// Calls that the static set has and that were never seen.
    var goals: [Goal]?
    /// What test cases are made of; mined once for all workers. Nil for one that only executes
    /// what it is given.
    var vocabulary: Vocabulary?
    /// Nil for a target that is no server.
    var server: Harness.Server?
    /// Nil for the usual ones.
    var settings: SearchSettings?
    /// Nil for what is set up without any.
    var configuration: [Configuration]?
    /// Nil for a target that connects to nobody.
    var client: Harness.Client?
    var companion: Harness.Companion?
    /// Arguments before those of every test case; nil for none.
    var prefix: [[UInt8]]?
    /// Of what the program runs, see ``Harness/script``.
    var script: String?
    /// A test case whose files stand in every other's tree, all bytes inline; nil for none.
    var fixed: String?
    /// Whether seeds are added that speak at addresses of the server which no other speaks at.
    var speaksEverywhere: Bool?
}

/// What an execution said.
struct Answer: Codable, Sendable {
    /// Of an exit; nil for a signal or a bound.
    var status: Int32?
    /// Whether it was ended by a bound.
    var isStopped: Bool
    var output: [UInt8]
    var errors: [UInt8]
}

/// A corpus entry or a known feature set from the store.
struct RestoredEntry: Codable, Sendable {
    var testCase: String
    var kind: UInt8
    var tier: Tier
    var features: [UInt64]
    var cost: Double
}

/// What a worker has done since its last progress.
struct Progress: Codable, Sendable {
    var executions: UInt64
    /// Executions that showed a call in a phase, by tier and the key of that feature.
    var tally: [Tally]
    /// Test cases that met a bound, by the name of the reason.
    var stops: [String: UInt64]
    /// Files that the target mapped for execution and that were not reported before.
    var mapped: [String]
    /// Functions that were entered for the first time, when that is asked for.
    var entered: [CallSite]?
    /// What test cases that were drawn anew have shown.
    var fresh: FreshReport
    /// What became of each option, by its index in the vocabulary's entries; nil where nothing
    /// was executed since the last time.
    var options: [OptionUsage.Count]?
    /// Test cases made towards calls that were never seen, by number; nil for none.
    var tries: [UInt32: UInt64]?
    /// Calls that the target wrote down and that were never shown otherwise, by number; nil for
    /// none.
    var claims: [UInt32: UInt64]?
    /// How test cases are executed, with counts since the worker began.
    var executor: ExecutorState
    var state: FuzzerState?
    /// Of the seeds that were sent, in the order in which they came.
    var executedSeeds: Int
    /// Whether sessions have shown calls that nothing has confirmed yet.
    var hasUnconfirmedCalls: Bool
}

/// What a test case shows reliably.
struct Measurement: Codable, Sendable {
    var features: [UInt64]
    /// Relative price of an execution.
    var cost: Double
}

/// How often executions of a tier showed a feature.
struct Tally: Codable, Sendable {
    var tier: Tier
    var key: UInt64
    var executions: UInt64
}

/// One execution as `replay` shows it.
package struct ExecutionReport: Codable, Sendable {
    package var observations: [Observation]
    package var events: [EventLine]
    package var end: String
    package var output: [UInt8]
    package var errors: [UInt8]
    /// How a companion failed, and its last words; nil where none did.
    package var companionFailure: String?

    /// One system call in words.
    package struct EventLine: Codable, Sendable {
        package var role: String
        package var phase: String
        package var syscall: String
        package var text: String
        package var site: String
    }
}
