internal import Campaigns
internal import Texts
package import Traces

/// How much of what further executions can show has been seen, and how sure that is.
package struct ConvergenceView: Sendable, Encodable {
    /// What is said of one phase of one tier, or of all phases of it together.
    package struct Row: Sendable, Encodable {
        package let tier: Tier
        /// Nil for all phases.
        package let phase: String?
        /// Executions of test cases that were drawn anew.
        package let executions: UInt64
        /// Calls that these showed.
        package let seen: Int
        /// The share of what such executions show that was seen, by weight; an estimate.
        package let coverage: Double?
        /// On the probability that the next such execution shows a call that none has shown.
        package let upperBound: Double
        /// About how many executions to the next new call.
        package let executionsToNext: UInt64
    }

    package let confidence: Double
    /// Whether all of it is of a program that comes to nothing, and so means nothing.
    package let baseFails: Bool
    /// By tier, then phase, all phases of a tier first; tiers without an execution are left out.
    package let rows: [Row]
    /// Earlier bounds that as many executions again have kept to, and all earlier bounds.
    package let boundsKept: Int
    package let boundsTried: Int
    /// Executions of any kind since a call was seen for the first time.
    package let executionsSinceLastNew: UInt64
    /// Campaign time since then.
    package let secondsSinceLastNew: Double

    init(
        _ convergence: Convergence, baseFails: Bool = false, executionsSinceLastNew: UInt64,
        secondsSinceLastNew: Double
    ) {
        self.baseFails = baseFails
        confidence = NoveltyEstimate.confidence
        rows = convergence.rows(of: Tier.allCases).map { row in
            let estimate = row.estimate
            return Row(
                tier: row.tier, phase: row.phase, executions: estimate.executions,
                seen: estimate.seen, coverage: estimate.coverage,
                upperBound: estimate.upperBound, executionsToNext: estimate.executionsToNext)
        }
        (boundsKept, boundsTried) = convergence.kept
        self.executionsSinceLastNew = executionsSinceLastNew
        self.secondsSinceLastNew = secondsSinceLastNew
    }

    /// A sentence on the most ordinary tier for which there is something to say.
    package var sentence: String {
        guard !baseFails else { return "none: the base case fails" }
        guard let row = rows.first(where: { $0.phase == nil && $0.upperBound < 1 }) else {
            return "none yet: too few test cases were drawn anew"
        }
        let tried =
            boundsTried == 0
            ? "not tried yet"
            : "\(Figures.count(UInt64(boundsKept))) of \(Figures.count(UInt64(boundsTried))) "
                + "earlier bounds have held"
        return """
            at most one in \(Self.rate(row.upperBound)) fresh \(row.tier.name) test cases shows a \
            call that is new to its phase (95 %; \(tried))
            """
    }

    /// The rows for people, at most `width` columns wide.
    func text(width: Int) -> ShownText {
        var table = TextTable([
            ("TIER", .left), ("PHASE", .left), ("DRAWN", .right), ("SEEN", .right),
            ("COVERED", .right), ("NEW IN", .right), ("NEXT IN", .right),
        ])
        for row in rows {
            table.append([
                row.phase == nil ? row.tier.name : "", row.phase ?? "all",
                row.phase == nil ? Figures.count(row.executions) : "",
                Figures.count(row.seen), row.coverage.map(Self.percent) ?? "",
                row.upperBound < 1 ? "1/" + Self.rate(row.upperBound) : "any",
                Figures.count(row.executionsToNext),
            ])
        }
        return table.text(width: width, indent: 2)
    }

    static func rate(_ bound: Double) -> String {
        Figures.count(UInt64((1 / max(bound, 1e-15)).rounded(.down)))
    }

    /// Rounded down, so that what is not complete does not look so.
    private static func percent(_ share: Double) -> String {
        let thousandths = Int((share * 1000).rounded(.down))
        return "\(thousandths / 10).\(thousandths % 10) %"
    }
}
