package import Phasing
package import Syscalls
package import Traces

extension Policy {
    /// The policy that observations, a static set and options amount to.
    ///
    /// Without a static set no call is static-only. Throws when an observation is of a phase that
    /// the model does not have.
    ///
    /// - Parameter undecided: observations in phases where they were not made, of calls that the
    ///   evidence is too thin for to take them out.
    package init(
        target: Target, basis: Basis, model: PhaseModel, observations: [Observation],
        undecided: [Observation] = [],
        staticSet: StaticSet?, options: Options = Options(),
        convergence: [ResidualBound] = []
    ) throws(PolicyError) {
        let evidence = try CampaignEvidence(observations + undecided, model: model)
        let builder = RuleSetBuilder(
            options: options, undecided: Set(undecided.lazy.map(\.subject)),
            staticCalls: SyscallSet((staticSet?.entries ?? []).lazy.map(\.number)),
            everObserved: SyscallSet(observations.lazy.filter(\.role.isTarget).map(\.syscall)))
        version = Self.formatVersion
        self.target = target
        self.basis = basis
        self.options = options
        self.model = model
        self.convergence = convergence
        wholeLife = builder.rules(for: evidence.observations) { $0.role.isTarget }
        phases = evidence.roles.flatMap { role in
            evidence.phases(of: role).map { phase in
                let toCome = evidence.toCome(role: role, from: phase)
                let rules = builder.rules(for: toCome) { $0.role == role && $0.phase == phase }
                return PhaseRules(role: role, phase: phase, rules: rules)
            }
        }
        unknownNumbers = Set(observations.lazy.map(\.syscall).filter { !$0.isNamed }).sorted()
    }
}

/// Turns the observations of one stretch of time into rules.
private struct RuleSetBuilder {
    let options: Policy.Options
    let undecided: Set<Observation.Subject>
    let staticCalls: SyscallSet
    /// By the target itself at any tier: such a call is not static-only, in no phase.
    let everObserved: SyscallSet

    /// `isHere` tells the observations that the rules are about from those that are only to come.
    func rules(for observations: [Observation], isHere: (Observation) -> Bool) -> RuleSet {
        var byCall: [SyscallNumber: [Observation]] = [:]
        for observation in observations {
            byCall[observation.syscall, default: []].append(observation)
        }
        var entries: [SyscallNumber: RuleSet.Entry] = [:]
        for (call, seen) in byCall {
            entries[call] = entry(for: call, seen, isHere: isHere)
        }
        for call in staticCalls.subtracting(everObserved) where entries[call] == nil {
            entries[call] = RuleSet.Entry(
                syscall: call, reason: .staticOnly, action: staticOnlyAction, environment: [],
                evidence: nil)
        }
        addEnvironment(to: &entries)
        return RuleSet(entries: entries.values.sorted { $0.syscall < $1.syscall })
    }

    private func entry(
        for call: SyscallNumber, _ seen: [Observation], isHere: (Observation) -> Bool
    ) -> RuleSet.Entry {
        let allowed = seen.filter { options.tiers.contains($0.tier) }
        let reason: RuleSet.Reason =
            if allowed.contains(where: { isHere($0) && !undecided.contains($0.subject) }) {
                .observed
            } else if !allowed.isEmpty, allowed.allSatisfy({ undecided.contains($0.subject) }) {
                .undecided
            } else if allowed.contains(where: \.role.isTarget) {
                .observedElsewhere
            } else if !allowed.isEmpty {
                .startedProgram
            } else {
                .otherTier
            }
        let action: RuleSet.Action =
            if reason != .otherTier {
                .allow
            } else {
                staticCalls.contains(call) ? staticOnlyAction : .deny
            }
        return RuleSet.Entry(
            syscall: call, reason: reason, action: action, environment: [],
            evidence: RuleSet.Evidence(allowed.isEmpty ? seen : allowed),
            arguments: reason == .otherTier ? nil : arguments(of: call, allowed))
    }

    /// More values than this are no choice from a few.
    private static let mostChoices = 100

    /// The tests that the observed values pass; nil where any values are to pass: the call has no
    /// checked arguments, or of some observation they are not known.
    private func arguments(
        of call: SyscallNumber, _ allowed: [Observation]
    ) -> [[ArgumentTest]]? {
        guard options.arguments, !call.checkedArguments.isEmpty else { return nil }
        var choices: [[UInt64]]? = []
        for observation in allowed { choices = Observation.union(choices, observation.choices) }
        guard let choices, !choices.isEmpty, choices.count <= Self.mostChoices else { return nil }
        return choices.map(call.tests(for:))
    }

    /// Adds what the environment may cause, where nothing observed allows it already.
    ///
    /// What is allowed decides which rules apply, so a set that shrinks cannot gain calls.
    private func addEnvironment(to entries: inout [SyscallNumber: RuleSet.Entry]) {
        guard options.environment else { return }
        let observed = SyscallSet(
            entries.values.filter { $0.action == .allow && $0.reason != .staticOnly }
                .map(\.syscall))
        var names: [SyscallNumber: [String]] = [:]
        for rule in EnvironmentRule.standard where rule.applies(to: observed) {
            for call in rule.adds.subtracting(observed) {
                names[call, default: []].append(rule.name)
            }
        }
        for (call, rules) in names {
            entries[call] = RuleSet.Entry(
                syscall: call, reason: .environment, action: .allow, environment: rules,
                evidence: entries[call]?.evidence)
        }
    }

    private var staticOnlyAction: RuleSet.Action {
        switch options.staticOnly {
        case .deny: .deny
        case .log: .log
        case .allow: .allow
        }
    }
}
