internal import TestCases
internal import Tracing

/// The templates of one target: one whose copies are traced in full, one whose copies run under a
/// filter that lets known calls through.
struct ForkServers: ~Copyable {
    var full: ForkServer?
    var armed: ForkServer?
    /// What templates are started with; copies have environments of their own.
    var environment: [TestCase.Variable] = []
    /// Calls that the template made between its entry point and `main`.
    var prefixCalls: [UInt32] = []
    /// What templates have as standard descriptors, once one was started.
    var nullDescriptors: [Launch.Descriptor] = []
    var known = KnownCalls()
    /// What the armed template's filter was made from.
    var armedCount = 0
    /// Armed executions that were stopped since that filter was made.
    var stopsSinceArmed = 0

    init() {}

    /// Whether a template may be alive.
    var exist: Bool {
        switch full {
        case .some: return true
        case .none: break
        }
        switch armed {
        case .some: return true
        case .none: return false
        }
    }
}

@available(*, unavailable)
extension ForkServers: Sendable {}
