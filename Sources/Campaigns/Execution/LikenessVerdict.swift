import Traces

/// What it says when an execution is held against two fresh starts with the same test case.
///
/// Every faster way of executing is judged by this alone.
enum LikenessVerdict: Hashable, Sendable {
    case same
    /// The fresh starts agree with each other and not with the execution; a sentence says where.
    case differs(String)
    /// The fresh starts differ too much among themselves to tell.
    case undecided

    /// Where the fresh starts made the same calls in the same order, so has the execution. Where
    /// they did not, threads or hashed orders being what they are, it has to lie between them: with
    /// each call that both made and none that neither did, role by role.
    init(of trace: Trace, fresh: Trace, again: Trace) {
        guard again.difference(from: fresh) != nil else {
            self = trace.difference(from: fresh).map(LikenessVerdict.differs) ?? .same
            return
        }
        guard let difference = trace.strangeness(between: fresh, and: again) else {
            self = .same
            return
        }
        // One fresh start has to lie between the other and itself for that to mean something.
        let agree = again.strangeness(between: fresh, and: fresh) == nil
        self = agree ? .differs(difference) : .undecided
    }
}

/// What comparisons of one way of executing have said.
struct ComparisonCount: Hashable, Sendable {
    /// One decided comparison in so many may differ; a target that looks at the time or at other
    /// processes differs now and then.
    private static let toleratedDifferences: UInt64 = 20
    /// So many more than those that decide something may decide nothing.
    private static let toleratedDoubts: UInt64 = 2

    private(set) var decided: UInt64 = 0
    private(set) var differed: UInt64 = 0
    private(set) var undecided: UInt64 = 0

    init() {}

    mutating func note(_ comparison: LikenessVerdict) {
        switch comparison {
        case .same: decided += 1
        case .differs:
            decided += 1
            differed += 1
        case .undecided: undecided += 1
        }
    }

    /// Whether the way is not like fresh starts; `least` differences are none.
    func differs(tolerating least: UInt64) -> Bool {
        differed > least && differed * Self.toleratedDifferences > decided
    }

    /// Whether nothing is known of the way, as fresh starts differ among themselves.
    var isDoubtful: Bool { undecided > decided + Self.toleratedDoubts }

    /// Whether comparisons were made and none has decided anything.
    var isUnproven: Bool { undecided > 0 && decided == 0 }
}
