internal import Extraction
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
            plan: Exposures.plan(for: request),
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
    static func plan(for request: CampaignRequest) -> SandboxRoot.Plan {
        let harness = request.harness
        let named = harness.exposed.filter {
            !Exposure.isRuntimeState(SmallFile.resolve($0) ?? $0)
        }
        let hidden = HiddenPlaces.ofMachine(
            besides: named + harness.asked + harness.overlays.map(\.path),
            for: request.target.image)
        return SandboxRoot.Plan(
            exposures: needed(by: request, naming: named, hiding: hidden), hiding: hidden,
            scratchSize: harness.bounds.scratchSize, user: harness.user,
            machine: harness.machine, overlays: harness.overlays)
    }

    private static func needed(
        by request: CampaignRequest, naming named: [String], hiding hidden: HiddenPlaces
    ) -> [Exposure] {
        let harness = request.harness
        var programs =
            [request.target.image, harness.program]
            + (harness.companion.map { [$0.program] } ?? [])
        // What lies in a home may load what lies elsewhere in it.
        for program in programs
        where Exposure(reaching: program, in: harness.machine, hiding: hidden) != nil {
            programs += LinkedFiles.paths(of: program)
        }
        let script = request.target.script.map { [$0] } ?? []
        let others = script + named + harness.asked + (harness.project?.linked ?? [])
        return reaching(programs + others, in: harness.machine, hiding: hidden)
    }

    /// What has to be exposed for all of these files.
    static func reaching(
        _ files: [String], in machine: MachineView, hiding hidden: HiddenPlaces
    ) -> [Exposure] {
        var exposures: [Exposure] = []
        for path in files {
            // Where a link lies may be hidden as well as where it leads.
            for place in Set([SmallFile.resolve(path) ?? path, place(of: path)]).sorted() {
                guard
                    let exposure = Exposure(reaching: place, in: machine, hiding: hidden),
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
