package import TestCases
package import Traces

/// What the store says about a test case that is kept.
package struct CorpusEntry: Hashable, Sendable {
    /// ``TestCases/TestCase/id``.
    package let id: String
    /// Id of the test case it was mutated from; nil for a seed, a sweep's or a fresh one. The
    /// parent may be one that is not kept.
    package let parent: String?
    package let tier: Tier
    /// ``TestCases/TestCase/size``.
    package let size: Int
    /// Which execution of the campaign it was, from 1.
    package let foundAtExecution: UInt64
    /// Seconds of campaign time.
    package let foundAtSeconds: Double
    /// Keys of the features that were novel with it, in no order.
    package let keptFor: [Bytes]
    /// Whether re-execution showed those features again.
    package let isConfirmed: Bool
    /// Whether it may be a parent; a corpus that was made smaller keeps witnesses that are none.
    package let isScheduled: Bool

    init(
        id: String, parent: String?, tier: Tier, size: Int, foundAtExecution: UInt64,
        foundAtSeconds: Double, keptFor: [Bytes], isConfirmed: Bool,
        isScheduled: Bool = true
    ) {
        self.id = id
        self.parent = parent
        self.tier = tier
        self.size = size
        self.foundAtExecution = foundAtExecution
        self.foundAtSeconds = foundAtSeconds
        self.keptFor = keptFor
        self.isConfirmed = isConfirmed
        self.isScheduled = isScheduled
    }
}

extension Tier {
    /// The tier of what a test case of that provocation shows.
    package init(_ provocation: Provocation) {
        self =
            switch provocation {
            case .natural: .natural
            case .resource: .resource
            case .signal: .signal
            case .injected: .injected
            }
    }
}
