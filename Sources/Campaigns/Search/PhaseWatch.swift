internal import Phasing
internal import Traces

/// Learns phases while the search goes on, so that a call in a phase where it was not seen is
/// novel: a filter for the phase would lack it.
///
/// It learns at fixed numbers of executions, so that a campaign repeats. Phases are named by what
/// begins them: a phase that comes out alike the next time is the same.
struct PhaseWatch: Sendable {
    private let learns: Bool
    private(set) var model: PhaseModel?
    private var recognizer: PhaseRecognizer?
    private(set) var segmentation: Segmentation?
    /// What is learned from, encoded: that is a tenth of the size, and has an upper bound.
    private var kept: [(trace: [UInt8], tier: Tier)] = []
    private var next: UInt64 = 1000

    /// More traces would cost more than they tell.
    private static let mostKept = 800

    init(learns: Bool) {
        self.learns = learns
    }

    /// - Parameter trace: of ``Trace/encoded(fullEvents:)``.
    mutating func keep(_ trace: [UInt8], tier: Tier) {
        if learns, kept.count < Self.mostKept { kept.append((trace, tier)) }
    }

    /// The traces that are kept.
    var traces: some Sequence<(trace: Trace, tier: Tier)> {
        kept.lazy.compactMap { kept in
            Trace(encoded: kept.trace).map { (trace: $0, tier: kept.tier) }
        }
    }

    /// Goes on with what a campaign had learned when it was interrupted.
    mutating func restore(_ model: PhaseModel) {
        use(model)
        // Of the traces it was learned from none are at hand.
        next = .max
    }

    /// Learns when it is time; whether the phases are others than before.
    mutating func renew(executions: UInt64) -> Bool {
        guard learns, executions >= next else { return false }
        next *= 2
        var learner = PhaseLearner()
        for (trace, tier) in traces where tier == .natural { learner.add(trace) }
        guard let learned = learner.model() else { return false }
        let named = PhaseModel(
            name: learned.name, entry: .initialization,
            rules: learned.rules.dropFirst(2).map { rule in
                let beginnings = rule.triggers.map(\.description).joined(separator: " or ")
                return PhaseModel.Rule(
                    phase: Phase(name: beginnings), summary: rule.summary, triggers: rule.triggers)
            })
        guard named != model else { return false }
        use(named)
        return true
    }

    private mutating func use(_ model: PhaseModel) {
        self.model = model
        recognizer = PhaseRecognizer(model: model)
        segmentation = Segmentation(phases: [])
    }

    /// The trace divided by what was learned; nil before anything was.
    mutating func segment(_ trace: Trace) -> Segmentation? {
        guard var segmentation else { return nil }
        self.segmentation = nil
        recognizer?.segment(trace, into: &segmentation)
        self.segmentation = segmentation
        return segmentation
    }
}
