internal import TestCases
internal import Tracing

/// The templates of one target: one whose copies are traced in full, one whose copies run under a
/// filter of what is known, and one with breakpoints at functions that compare.
struct ForkServers: ~Copyable {
    var full: ForkServer?
    var filtered: ForkServer?
    var capturing: ForkServer?
    /// Those of ``capturing``, once they were looked for.
    var captureBreakpoints: [Breakpoint]?
    /// Functions whose entry is told as well by copies of ``capturing``; nil when nobody asks.
    var landmarks: FunctionBreakpoints?
    /// Instructions whose operands are told by copies of ``capturing``.
    var comparedNumbers = ComparisonBreakpoints()
    /// Functions whose first entry is told, by copies that are traced in full; nil when nobody asks.
    var visits: FunctionVisits?
    /// Whether the filter lets nothing through, for every call to be seen when it is entered;
    /// otherwise it lets known calls through.
    var showsEntries = false
    /// What templates are started with; copies have environments of their own.
    var environment: [TestCase.Variable] = [] {
        didSet {
            var base = TestCase()
            base.environment = environment
            conditions = LoadConditions(of: base)
        }
    }
    /// What of that takes effect before `main`.
    private(set) var conditions = LoadConditions(of: TestCase())
    /// Calls that the template made between its entry point and `main`.
    var prefixCalls: [UInt32] = []
    /// What templates have as standard descriptors, once one was started.
    var nullDescriptors: [Launch.Descriptor] = []
    /// Nil where copies are not to write their calls down, because those that did differed from
    /// fresh starts.
    var recorded: RecordedCalls? = RecordedCalls()
    /// Templates that are loaded under other conditions.
    var loadTemplates = LoadTemplates()
    /// Of the way in which copies are made now.
    var comparisons = ComparisonCount()
    var known = KnownCalls()
    /// What the filter was made from.
    var armedCount = 0
    /// Armed executions that were stopped since that filter was made.
    var stopsSinceArmed = 0

    init() {}

    /// Has the copies of a new template write down what those of others did, where they are to.
    func record(in server: inout ForkServer) {
        guard let recorded, server.record() else { return }
        recorded.divert(in: &server)
    }
}

@available(*, unavailable)
extension ForkServers: Sendable {}
