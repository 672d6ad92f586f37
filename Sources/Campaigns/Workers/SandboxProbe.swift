internal import Phasing
internal import Sandboxing
internal import TestCases
internal import Traces

/// Trying out whether this machine can fuzz at all.
package enum SandboxProbe {
    /// Starts a worker in a sandbox and traces one execution of the program in it; says why that
    /// does not work, nil when it does.
    package static func obstacle(running program: String) -> String? {
        let harness = Harness.forCommand(program: program, arguments: [])
        do {
            let target = try TargetFile.inspect(program)
            let started = try WorkerHandle.start(
                WorkerSetup(
                    plan: SandboxRoot.Plan(
                        exposures: [], scratchSize: harness.bounds.scratchSize),
                    program: program, image: target.image, bounds: harness.bounds,
                    phases: .commandLine, base: harness.base.inlineString, seeds: [], words: [],
                    lines: [], tiers: [.natural], seed: 1, mines: false))
            guard let worker = started else { return "the worker in it died" }
            let reports = try worker.execute(harness.base.inlineString, times: 1)
            guard reports.contains(where: { !$0.observations.isEmpty }) else {
                return "the execution showed no system call"
            }
            return nil
        } catch let error as SandboxError {
            // Its remedy leads to whoever asks here.
            return "\(error.cause)"
        } catch {
            return "\(error)"
        }
    }
}
