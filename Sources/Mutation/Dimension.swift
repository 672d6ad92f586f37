package import TestCases

/// One part of a test case that a mutator changes.
package enum Dimension: Int, CaseIterable, Hashable, Sendable {
    case arguments, environment, standardInput, files
    /// A start in another or a very deep directory.
    case workingDirectory
    /// Descriptors that are a terminal, a file or the null device.
    case descriptors
    /// What is said on connections; does nothing for a test case without one.
    case sessions
    /// A start in a directory that is gone or cannot be read.
    case lostDirectory
    /// Descriptors that are closed, full or a pipe without a reader.
    case brokenDescriptors
    case limits
    case signals
    case faults

    /// How far a test case goes that was changed here.
    package var provocation: Provocation {
        switch self {
        case .arguments, .environment, .standardInput, .files, .workingDirectory, .descriptors,
            .sessions:
            .natural
        case .lostDirectory, .brokenDescriptors, .limits: .resource
        case .signals: .signal
        case .faults: .injected
        }
    }

    /// The dimensions in which two test cases differ: which arm of a schedule a find is due to.
    package static func changed(from parent: TestCase, to child: TestCase) -> Set<Dimension> {
        var changed: Set<Dimension> = []
        if parent.arguments != child.arguments { changed.insert(.arguments) }
        if parent.environment != child.environment { changed.insert(.environment) }
        if parent.standardInput != child.standardInput { changed.insert(.standardInput) }
        if parent.files != child.files { changed.insert(.files) }
        if parent.workingDirectory != child.workingDirectory {
            let isResource = child.workingDirectory.provocation == .resource
            changed.insert(isResource ? .lostDirectory : .workingDirectory)
        }
        for descriptor in child.descriptors where !parent.descriptors.contains(descriptor) {
            let isResource = descriptor.source.provocation == .resource
            changed.insert(isResource ? .brokenDescriptors : .descriptors)
        }
        if child.descriptors.count < parent.descriptors.count { changed.insert(.descriptors) }
        if parent.sessions != child.sessions {
            changed.insert(child.sessions.contains(where: \.sendsSignal) ? .signals : .sessions)
        }
        if parent.limits != child.limits { changed.insert(.limits) }
        if parent.signals != child.signals { changed.insert(.signals) }
        if parent.faults != child.faults { changed.insert(.faults) }
        return changed
    }
}

/// How often each dimension is chosen, relative to the others.
package struct DimensionWeights: Hashable, Sendable {
    private var weights: [UInt32]

    /// Nothing is chosen until weights are set.
    package init() {
        weights = Array(repeating: 0, count: Dimension.allCases.count)
    }

    /// Where a campaign starts before it has learned anything: arguments most, then input and
    /// files, and only dimensions of the provocations given.
    package init(allowing provocations: Set<Provocation>) {
        self.init()
        for dimension in Dimension.allCases where provocations.contains(dimension.provocation) {
            self[dimension] =
                switch dimension {
                case .arguments: 12
                case .standardInput, .files, .sessions: 6
                case .environment: 4
                default: 2
                }
        }
    }

    /// The same weights of these dimensions, none of others.
    func narrowed(to dimensions: Set<Dimension>) -> DimensionWeights {
        var narrowed = DimensionWeights()
        for dimension in dimensions { narrowed[dimension] = self[dimension] }
        return narrowed
    }

    package subscript(dimension: Dimension) -> UInt32 {
        get { weights[dimension.rawValue] }
        set { weights[dimension.rawValue] = newValue }
    }

    /// A dimension by weight; nil when all weights are zero.
    func draw(using generator: inout SeededGenerator) -> Dimension? {
        let total = weights.reduce(0) { $0 + Int($1) }
        var position = generator.below(total)
        for index in weights.indices {
            position -= Int(weights[index])
            if position < 0 { return Dimension(rawValue: index) }
        }
        return nil
    }
}
