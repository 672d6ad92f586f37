package import Phasing
internal import Sandboxing
internal import Store
package import TestCases
internal import Traces

/// Executes a campaign's test cases again, each from fresh, in a sandbox of its own.
package struct Replay: ~Copyable {
    private let worker: WorkerHandle
    private let reader: CampaignReader

    /// Starts a worker for the campaign's target, which must be the file it was.
    ///
    /// - Parameter phases: how it tells phases apart; as the record does, unless given.
    package static func start(
        _ record: CampaignRecord, phases: PhaseModel? = nil
    ) throws -> Replay {
        let target = try TargetFile.inspect(
            record.setup.program, script: record.setup.script)
        let facts = try TargetFacts.gather(target)
        guard facts.sha256 == record.targetHash else {
            throw TargetError(
                "cannot replay: \(facts.path) is not the file that the campaign ran (SHA-256 "
                    + "\(facts.sha256.prefix(12)), then \(record.targetHash.prefix(12))); "
                    + "fuzz it anew")
        }
        if let script = record.script, script.sha256 != facts.script?.sha256 {
            throw TargetError(
                "cannot replay: \(script.path) is not what the campaign ran; fuzz it anew")
        }
        var setup = record.setup
        setup.plan = setup.plan.renewed { hidden, machine in
            // Campaigns of which nothing was hidden have no word about these.
            Exposures.reaching(
                [target.image, target.path] + (target.script.map { [$0] } ?? []), in: machine,
                hiding: hidden)
        }
        setup.seeds = []
        setup.phases = phases ?? record.phaseModel
        guard let worker = try WorkerHandle.start(setup) else {
            throw WorkerFailure("the worker ended before it was ready")
        }
        return Replay(
            worker: worker, reader: try CampaignReader.open(record.folder))
    }

    private init(worker: WorkerHandle, reader: consuming CampaignReader) {
        self.worker = worker
        self.reader = reader
    }

    /// The stored test case of an id, nil when there is none.
    package func testCase(_ id: String) throws -> TestCase? {
        try reader.testCase(id)
    }

    /// What a test case shows reliably.
    func measure(_ testCase: TestCase) throws -> Measurement {
        try worker.measure(String(decoding: testCase.inlineText(), as: UTF8.self))
    }

    /// One report for each execution.
    package func execute(_ testCase: TestCase, times: Int) throws -> [ExecutionReport] {
        try worker.execute(
            String(decoding: testCase.inlineText(), as: UTF8.self), times: times)
    }
}
