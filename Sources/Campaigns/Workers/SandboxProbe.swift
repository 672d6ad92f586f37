internal import Phasing
internal import Sandboxing
internal import TestCases
internal import Traces

/// Trying out whether this machine can fuzz at all.
package enum SandboxProbe {
    package enum Outcome: Sendable {
        /// How the program would be executed.
        case works(ExecutorState)
        /// Why nothing can be, in a sentence.
        case fails(String)
    }

    /// Starts a worker in a sandbox and traces executions of the program in it.
    package static func run(_ program: String) -> Outcome {
        var base = TestCase()
        base.environment = Harness.plainEnvironment
        let harness = Harness(name: program, program: program, base: base)
        do {
            let target = try TargetFile.inspect(program)
            let started = try WorkerHandle.start(
                WorkerSetup(
                    plan: SandboxRoot.Plan(
                        exposures: [], hiding: .ofMachine(besides: []),
                        scratchSize: harness.bounds.scratchSize),
                    program: program, image: target.image, bounds: harness.bounds,
                    phases: .commandLine, base: harness.base.inlineString, seeds: [], words: [],
                    lines: [], tiers: [.natural], seed: 1))
            guard let worker = started else { return .fails("the worker in it died") }
            let reports = try worker.execute(harness.base.inlineString, times: 1)
            guard reports.contains(where: { !$0.observations.isEmpty }) else {
                return .fails("the execution showed no system call")
            }
            return .works(worker.executor)
        } catch let error as SandboxError {
            // Its remedy leads to whoever asks here.
            return .fails("\(error.cause)")
        } catch {
            return .fails("\(error)")
        }
    }
}
