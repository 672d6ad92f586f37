internal import Phasing
package import Policies
internal import Syscalls
internal import Traces

/// Which filter is installed when, computed before anything runs.
package struct EnforcementPlan: Sendable {
    /// What is done about denied calls.
    package struct Options: Hashable, Sendable {
        /// Nil for the policy's own answer.
        package var denial: Policy.Options.Denial?
        /// Whether to stay attached and say what is denied, as long as the program runs.
        package var explains = false
        /// Whether to follow the program to its shutdown as well, at the price of a stop for each
        /// call.
        package var includesShutdown = false

        package init() {}
    }

    /// What has to be watched of a process whose filter is in.
    enum Attention: Hashable, Sendable {
        /// Every call: one of them may begin the next phase.
        case calls
        /// Only births: the children have phases of their own.
        case births
        /// Nothing: it can be let go.
        case nothing
    }

    struct Step: Sendable {
        let phase: Int
        let rules: RuleSet
        let filter: FilterProgram
        let attention: Attention
    }

    let policy: Policy
    let recognizer: PhaseRecognizer
    let denial: Policy.Options.Denial
    let explains: Bool
    /// By role, in the order of the phases.
    private let steps: [Role: [Step]]

    /// Throws when the phases of a role loosen, or the policy holds none for the first process.
    package init(_ policy: Policy, options: Options = Options()) throws(EnforcementError) {
        self.policy = policy
        denial = options.denial ?? policy.options.denial
        explains = options.explains
        recognizer = PhaseRecognizer(model: policy.model)
        try Self.checkOrder(of: policy)
        let kept = policy.phases.filter { part in
            options.includesShutdown || !Self.endings.contains(part.phase)
        }
        var steps: [Role: [Step]] = [:]
        for part in kept where part.role == .root || part.role == .worker {
            guard let phase = policy.model.phases.firstIndex(of: part.phase) else { continue }
            let attention = Self.attention(after: part, among: kept, policy.model, options)
            let filter = try Self.filter(part.rules, denial, attention, options)
            steps[part.role, default: []].append(
                Step(phase: phase, rules: part.rules, filter: filter, attention: attention))
        }
        self.steps = steps.mapValues { $0.sorted { $0.phase < $1.phase } }
        guard let first = self.steps[.root]?.first, first.phase == 0 else {
            throw EnforcementError(
                .empty,
                "the policy has no filter for the phase load of role root, in which every program "
                    + "begins; export it again with --format policy")
        }
        guard denial == .log || first.rules.allowed.union(first.rules.logged).contains(.execve)
        else {
            throw EnforcementError(
                .empty,
                "its phase load of role root does not allow execve, with which every program "
                    + "begins, so that nothing could run under it; export it again with --format "
                    + "policy, from a campaign or a run that has shown something")
        }
    }

    /// Phases in which only the end is to come.
    private static let endings: Set<Phase> = [.shutdown, .exit]

    /// The filter that a process begins with.
    var base: Step? { steps[.root]?.first }

    /// Each filter that may be installed.
    var filters: [FilterProgram] {
        var filters: [FilterProgram] = []
        for step in steps.values.joined() where !filters.contains(step.filter) {
            filters.append(step.filter)
        }
        return filters
    }

    /// The filter for a process that has come to a phase: that of the last phase up to there for
    /// which there is one.
    func step(role: Role, phase: Int) -> Step? {
        steps[role]?.last { $0.phase <= phase }
    }

    // MARK: Making

    /// `seccomp` is allowed as long as another filter is to follow, which the program installs by
    /// it.
    private static func filter(
        _ rules: RuleSet, _ denial: Policy.Options.Denial, _ attention: Attention,
        _ options: Options
    ) throws(EnforcementError) -> FilterProgram {
        let extra: SyscallSet = attention == .nothing ? [] : [.seccomp]
        var map = ActionMap(rules: rules, denial: denial, alsoAllowing: extra)
        if options.explains {
            map = map.denying(with: .stopTracer)
            // What listens to a filter of its own is asked before the tracer, and could let pass.
            map = map.requiring(.makesNoListener, of: .seccomp, orElse: .notPermitted)
        }
        // Nobody is born without being announced, as long as anybody waits for it.
        if attention != .nothing {
            map = map.requiring(.makesTracedTask, of: .clone, orElse: .notPermitted)
        }
        do throws(PolicyError) {
            return try FilterProgram(
                map, ofOtherTables: options.explains ? .stopTracer : .killProcess)
        } catch {
            throw EnforcementError(.empty, error.description)
        }
    }

    private static func attention(
        after part: Policy.PhaseRules, among kept: [Policy.PhaseRules], _ model: PhaseModel,
        _ options: Options
    ) -> Attention {
        let ranks = model.phases
        let rank = ranks.firstIndex(of: part.phase) ?? 0
        func place(_ other: Policy.PhaseRules) -> Int { ranks.firstIndex(of: other.phase) ?? 0 }
        if kept.contains(where: { $0.role == part.role && place($0) > rank }) { return .calls }
        let makesTasks = !part.rules.allowed.intersection(Self.makingTasks).isEmpty
        let childrenHaveOwn = kept.contains {
            $0.role == .worker && (part.role == .root ? place($0) >= rank : place($0) > rank)
        }
        if makesTasks, childrenHaveOwn { return .births }
        return options.explains ? .births : .nothing
    }

    private static let makingTasks: SyscallSet = [.clone, .clone3, .fork, .vfork]

    /// Refuses a policy whose phases could come in an order in which a filter would have to be
    /// loosened.
    private static func checkOrder(of policy: Policy) throws(EnforcementError) {
        let order = policy.model.phases
        guard Set(order).count == order.count else {
            throw EnforcementError(
                .loosens,
                "the phases of the policy go in a circle, \(order.map(\.name).joined(separator: " to "))"
                    + ", and filters only ever tighten; let one phase stand for the loop")
        }
        for part in policy.phases {
            guard let rank = order.firstIndex(of: part.phase) else {
                throw EnforcementError(
                    .loosens, "nothing in the policy says when phase \(part.phase) begins")
            }
            for later in policy.phases where later.role == part.role {
                guard let laterRank = order.firstIndex(of: later.phase), laterRank > rank else {
                    continue
                }
                try checkTightening(from: part, to: later)
            }
            // A process begins with its maker's filter.
            let makes = !part.rules.allowed.intersection(makingTasks).isEmpty
            guard part.role == .root, makes,
                let child = policy.phases.first(where: {
                    $0.role == .worker && $0.phase == part.phase
                })
            else { continue }
            try checkTightening(from: part, to: child)
        }
    }

    private static func checkTightening(
        from part: Policy.PhaseRules, to later: Policy.PhaseRules
    ) throws(EnforcementError) {
        func passed(_ rules: RuleSet) -> SyscallSet { rules.allowed.union(rules.logged) }
        let gained =
            passed(later.rules).subtracting(passed(part.rules)).sortedNames
            + later.rules.entries.filter { entry in
                part.rules.entry(for: entry.syscall).map { entry.loosensArguments(of: $0) } ?? false
            }.map { "other arguments of \($0.syscall)" }
        guard !gained.isEmpty else { return }
        throw EnforcementError(
            .loosens,
            "phase \(later.phase) of \(later.role.name) allows \(gained.joined(separator: ", ")), "
                + "which phase \(part.phase) of \(part.role.name) does not, and the one follows "
                + "the other: filters only ever tighten; let one phase stand for both, or export "
                + "the policy again")
    }
}

extension FilterAction {
    /// Stops the tracer, or fails with `ENOSYS` where there is none: `SECCOMP_RET_TRACE`.
    static let stopTracer = FilterAction.other(0x7ff0_0000)
    /// `EPERM`, whatever the policy does about its own denials.
    static let notPermitted = FilterAction.error(1)
}

extension ArgumentTest {
    /// Without `SECCOMP_FILTER_FLAG_NEW_LISTENER`.
    static let makesNoListener = ArgumentTest(1, mask: 8, .equal, 0)
    /// Without `CLONE_UNTRACED`.
    static let makesTracedTask = ArgumentTest(0, mask: 0x0080_0000, .equal, 0)
}
