package import TestCases

/// Test cases that try one thing at a time, by index: every option once, then with all its values
/// and operands of every shape, every variable, every kind of file, every limit, every single
/// fault, and at last every pair of options and of faults.
///
/// Made on demand, so that a campaign can stop at an index and go on from there later; the same
/// vocabulary and base give the same test case for an index.
package struct Sweep: Sendable {
    /// A run of indices with one rule.
    struct Section: Sendable {
        let count: Int
        let make: @Sendable (Int, OptionUsage?) -> TestCase?
    }

    private let sections: [Section]
    /// Indices below are worth trying before anything else: the surroundings, and every option
    /// that something more than its looks knows of, once.
    package let firstPass: Int

    init(sections: [Section], firstPass: Int = 0) {
        self.sections = sections.filter { $0.count > 0 }
        self.firstPass = firstPass
    }

    /// How many indices there are.
    package var count: Int { sections.reduce(0) { $0 + $1.count } }

    /// The test case of the index; nil where there is none to try, which says nothing about later
    /// indices, and from ``count`` on. Options that the usage calls unknown are tried once only.
    package func testCase(at index: Int, given usage: OptionUsage? = nil) -> TestCase? {
        guard index >= 0 else { return nil }
        var index = index
        for section in sections {
            if index < section.count {
                guard var testCase = section.make(index, usage) else { return nil }
                InputLimits.apply(to: &testCase)
                return testCase
            }
            index -= section.count
        }
        return nil
    }
}

extension Mutator {
    /// The sweep over what the vocabulary has now; sections that are short and telling come first.
    ///
    /// - Parameters:
    ///   - isBaseDear: whether an execution of the base takes long; then what changes nothing but its
    ///     surroundings comes last of the first pass.
    ///   - seeds: what options are tried with besides operands of every shape.
    package func sweep(
        base: TestCase, isBaseDear: Bool = false, seeds: [TestCase] = [],
        allowing provocations: Set<Provocation>
    ) -> Sweep {
        let builder = SweepBuilder(vocabulary: vocabulary, base: base, seeds: seeds)
        var sections: [Sweep.Section] = []
        var firstPass = 0
        if provocations.contains(.natural) {
            let surroundings = builder.surroundings()
            firstPass = surroundings.reduce(0) { $0 + $1.count }
            if !base.sessions.isEmpty {
                let said = [
                    builder.messages(), builder.manners(), builder.notifications(),
                    builder.configurations(),
                ]
                firstPass += said.reduce(0) { $0 + $1.count }
                sections += said
            }
            if base.sessions.isEmpty { sections.append(builder.configurations()) }
            let sizes = builder.sizes()
            let commands = builder.everyCommand()
            let options = builder.everyOption()
            let accompanied = builder.accompaniedOptions()
            let together = [accompanied.first, builder.usageForms()]
            firstPass += commands.count + options.founded.count + sizes.count
            firstPass += together.reduce(0) { $0 + $1.count }
            // Large inputs cost the most, so they come last of what is tried at once.
            let interface = [commands, options.founded] + together
            sections +=
                isBaseDear
                ? interface + surroundings + [sizes] : surroundings + interface + [sizes]
            sections += options.others + [accompanied.others]
            // A server has to be started anew for each.
            if base.sessions.isEmpty { sections.append(builder.knownVariables()) }
        }
        if provocations.contains(.signal) { sections.append(builder.signalsBetweenSessions()) }
        if provocations.contains(.resource) { sections += builder.shortages() }
        if provocations.contains(.natural) {
            sections.append(builder.configurationPairs())
            sections += builder.interface()
            if !base.sessions.isEmpty { sections.append(builder.knownVariables()) }
        }
        if provocations.contains(.signal) {
            sections += builder.signals()
        }
        if provocations.contains(.injected) { sections.append(builder.faults()) }
        if provocations.contains(.natural) { sections.append(builder.optionPairs()) }
        if provocations.contains(.injected) { sections.append(builder.faultPairs()) }
        return Sweep(sections: sections, firstPass: firstPass)
    }
}
