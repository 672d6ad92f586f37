/// How likely the next execution is to show a system call that was never seen.
///
/// The rule of three: what did not happen in n independent trials has, with a confidence of 95 %,
/// a chance of at most 3/n in the next. Executions of a fuzzer are not independent, and what has
/// not been provoked at all may need inputs of another kind, so the figure describes the campaign
/// as it was run and no more. It is never zero.
package struct NoveltyBound: Hashable, Sendable, Encodable {
    package let method: String
    package let confidence: Double
    /// Executions since a call was seen for the first time.
    package let executionsSinceLastNew: UInt64
    /// Campaign time since then.
    package let secondsSinceLastNew: Double
    /// Upper bound on the probability, from above zero to one.
    package let upperBound: Double

    package init(executionsSinceLastNew: UInt64, secondsSinceLastNew: Double) {
        method = "rule of three"
        confidence = 0.95
        self.executionsSinceLastNew = executionsSinceLastNew
        self.secondsSinceLastNew = secondsSinceLastNew
        upperBound = executionsSinceLastNew <= 3 ? 1 : 3 / Double(executionsSinceLastNew)
    }

    /// A sentence for people.
    package var sentence: String {
        guard upperBound < 1 else {
            return "none yet: too few executions since the last new system call"
        }
        return """
            at most one in \(Figures.count(UInt64((1 / upperBound).rounded(.down)))) further \
            executions shows a new system call (rule of three, 95 %, as if executions were \
            independent)
            """
    }
}
