internal import Platform
internal import Sandboxing
internal import TestCases

extension WorkerSetup {
    /// The setup of every worker that serves the request, without a vocabulary; seeds that cannot
    /// be read are skipped and noted.
    init(_ request: CampaignRequest, note: (String) -> Void) {
        let loaded = request.harness.corpus.map(Seeds.load) ?? (seeds: [], skipped: [])
        for skipped in loaded.skipped {
            note("seed \(skipped.path) skipped: \(skipped.problem)")
        }
        self.init(
            plan: SandboxRoot.Plan(
                exposures: Exposures.needed(by: request),
                scratchSize: request.harness.bounds.scratchSize, user: request.harness.user,
                machine: request.harness.machine,
                overlays: request.harness.overlays),
            program: request.harness.program, image: request.target.image,
            bounds: request.harness.bounds, phases: request.phases,
            base: request.harness.base.inlineString,
            seeds: (request.harness.seeds + loaded.seeds).map {
                request.harness.completed($0).inlineString
            },
            words: request.harness.words, lines: request.harness.lines, tiers: request.tiers,
            seed: request.seed,
            inputFile: request.harness.inputFile.map { String(decoding: $0, as: UTF8.self) },
            server: request.harness.server, configuration: request.harness.configuration,
            client: request.harness.client, companion: request.harness.companion)
    }
}

/// What a request's files need to be seen in a sandbox.
enum Exposures {
    static func needed(by request: CampaignRequest) -> [Exposure] {
        var exposures: [Exposure] = []
        let companion = request.harness.companion.map { [$0.program] } ?? []
        for path in [request.target.image, request.harness.program] + companion {
            let resolved = SmallFile.resolve(path) ?? path
            guard let exposure = Exposure(reaching: resolved, in: request.harness.machine),
                !exposures.contains(exposure)
            else { continue }
            exposures.append(exposure)
        }
        return exposures
    }
}
