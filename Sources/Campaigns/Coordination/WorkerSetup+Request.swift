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
            inputFile: request.harness.inputFile.map { String(word: $0) },
            server: request.harness.server, configuration: request.harness.configuration,
            client: request.harness.client, companion: request.harness.companion,
            prefix: request.harness.prefix.isEmpty ? nil : request.harness.prefix,
            script: request.target.script, fixed: Self.fixed(request.harness))
    }

    private static func fixed(_ harness: Harness) -> String? {
        guard !harness.fixedFiles.isEmpty else { return nil }
        var testCase = TestCase()
        testCase.files = harness.fixedFiles
        return testCase.inlineString
    }
}

/// What a request's files need to be seen in a sandbox.
enum Exposures {
    static func needed(by request: CampaignRequest) -> [Exposure] {
        var exposures: [Exposure] = []
        let harness = request.harness
        let programs =
            [request.target.image, harness.program]
            + (harness.companion.map { [$0.program] } ?? [])
        let script = request.target.script.map { [$0] } ?? []
        let named = harness.exposed.filter {
            !Exposure.isRuntimeState(SmallFile.resolve($0) ?? $0)
        }
        let others = script + named + (harness.project?.linked ?? [])
        for path in programs + others {
            // Where a link lies may be hidden as well as where it leads.
            for place in Set([SmallFile.resolve(path) ?? path, place(of: path)]).sorted() {
                guard let exposure = Exposure(reaching: place, in: harness.machine),
                    !exposures.contains(exposure)
                else { continue }
                exposures.append(exposure)
            }
        }
        return exposures
    }

    /// The path of a file without links in its folders.
    private static func place(of path: String) -> String {
        let parts = path.split(separator: "/")
        guard let name = parts.last, parts.count > 1,
            let folder = SmallFile.resolve("/" + parts.dropLast().joined(separator: "/"))
        else { return path }
        return folder + "/" + name
    }
}
