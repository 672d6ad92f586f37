internal import Sandboxing

/// A target in a sandbox of its own, executed as often as is asked for and never searched with.
package struct SandboxedRun: ~Copyable {
    private let worker: WorkerHandle
    private let testCase: String

    /// Starts a worker for the harness's base test case; `ways` are those that will be asked for.
    package static func start(
        _ harness: Harness, _ target: TargetFile, ways: [ExecutionWay]
    ) throws -> SandboxedRun {
        let request = CampaignRequest(harness: harness, target: target, folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.seeds = []
        let needsChoice = ways.contains { $0 == .forkServer || $0 == .standingServer }
        // Copies are wanted also where they differ.
        setup.executor = !needsChoice ? .exec : .forkServer
        guard let worker = try WorkerHandle.start(setup) else {
            throw WorkerFailure("the worker ended before it was ready")
        }
        return SandboxedRun(worker: worker, testCase: setup.base)
    }

    private init(worker: WorkerHandle, testCase: String) {
        self.worker = worker
        self.testCase = testCase
    }

    /// Executes the base test case from fresh files.
    package func execute(by way: ExecutionWay) throws -> ShownExecution {
        try worker.show(testCase, by: way)
    }
}
