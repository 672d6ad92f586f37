internal import Syscalls
internal import Phasing
internal import Sandboxing
internal import TestCases
internal import Platform
internal import Traces
package enum Trial {
    package static func run(_ words: [String]) throws {
        let target = try TargetFile.inspect(try Executable.find(words[0]))
        let harness = Harness.forCommand(program: target.path, arguments: Array(words.dropFirst()))
        let setup = WorkerSetup(
            plan: SandboxRoot.Plan(exposures: [Exposure(reaching: target.image)].compactMap { $0 }, scratchSize: 64 << 20),
            program: harness.program, image: target.image, bounds: harness.bounds,
            phases: .commandLine, base: String(decoding: harness.base.inlineText(), as: UTF8.self),
            seeds: [], words: [], lines: [], tiers: [.natural], seed: 1)
        let worker = try WorkerHandle.start(setup)
        try worker.send(.fuzz(executions: 10000))
        var seen: Set<String> = []
        var total: UInt64 = 0
        while let report = try worker.receive(waiting: true) {
            switch report {
            case .find(let find):
                for o in find.observations where o.role.isTarget { if seen.insert(o.syscall.name).inserted { print(find.execution, o.syscall.name, seen.count) } }
            case .progress(let p): total += p.executions; print("progress", total)
            case .done(let p): total += p.executions; print("done", total, seen.count, seen.sorted())
            case .failed(let s): print(s)
            default: print(report)
            }
        }
    }
}
