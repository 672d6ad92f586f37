internal import Campaigns
internal import Phasing
internal import Platform
internal import Policies
internal import Reporting
internal import Texts
internal import Traces

/// The phases of one traced run.
struct TracedPhases {
    /// Where the rules come from.
    enum Source {
        case model(PhaseModel)
        /// Learned from the run itself.
        case run
        case campaign(CampaignRecord)
    }

    private let model: PhaseModel
    private let observations: [Observation]
    /// One for each event.
    let list: [Phase]
    /// What the run did that the campaign's phases exclude, a sentence each.
    let contradictions: [String]

    init(_ trace: Trace, source: Source) {
        switch source {
        case .model(let given): model = given
        case .run:
            var learner = PhaseLearner()
            learner.add(trace)
            model = learner.model() ?? .commandLine
        case .campaign(let record): model = record.phaseModel
        }
        let segmentation = PhaseRecognizer(model: model).segmentation(of: trace)
        list = trace.events.indices.map { segmentation.phase(ofEvent: $0) ?? .load }
        observations = trace.observations(
            segmentation: segmentation, tier: .natural, witness: "", execution: 1, seconds: 0,
            isStable: true)
        contradictions =
            if case .campaign(let record) = source, let policy = try? Self.everything(record) {
                PhaseContradictions.sentences(observations, under: policy).map { "The run \($0)." }
            } else {
                []
            }
    }

    private static func everything(_ record: CampaignRecord) throws -> Policy {
        try Policy(
            record, options: Policy.Options(tiers: Set(Tier.allCases), environment: false),
            tool: Fathom.tool)
    }

    /// What this one run would be allowed: evidence of one execution, and no test case.
    func policy(of trace: Trace, options: Policy.Options) throws -> Policy {
        let facts = try TargetFacts.gather(TargetFile.inspect(trace.threads[0].image))
        let files = trace.modules.sorted().compactMap { path -> LearnedFile? in
            guard path.hasPrefix("/"), path != facts.path, let file = try? MappedFile.open(path)
            else { return nil }
            return LearnedFile(path: path, sha256: file.contentHash())
        }
        return try Policy(
            target: Policy.Target(path: facts.path, sha256: facts.sha256),
            basis: Policy.Basis(
                architecture: facts.architecture, kernel: facts.kernel, library: facts.library,
                tool: Fathom.tool, files: files),
            model: model, observations: observations, staticSet: nil, options: options)
    }

    /// Where each role's life is divided, and what ends there.
    func table(of trace: Trace) throws -> ShownText {
        let policy = try Policy(
            target: Policy.Target(path: trace.threads[0].image, sha256: ""),
            basis: Policy.Basis(architecture: "", kernel: "", library: "", tool: ""),
            model: model, observations: observations, staticSet: nil,
            options: Policy.Options(environment: false))
        return PhaseTable(policy).text(width: 100)
    }
}
