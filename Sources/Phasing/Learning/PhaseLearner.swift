package import Syscalls
package import Traces

/// Learns from traces where the life of each role is best divided.
///
/// A filter can only tighten, so a phase's is the union of what is still to come, in any trace.
/// Triggers are chosen so that the area under that union is smallest: by threat level of its calls,
/// over the part of its life, weighted by exposure to input, that a process spends there. The same
/// traces give the same model, whatever their order.
package struct PhaseLearner: Sendable {
    private var table = LifeTable()

    /// More transitions cost an enforcer more than they take away.
    private static let mostTransitions = 3
    /// What part of the undivided area a transition must save that begins with a wait: a program
    /// comes to it whatever it is given.
    private static let leastGainOfWait = 0.01
    /// The same for a first one that begins with anything else. Below, it is chance which of
    /// several calls saves most: it depends on the rare paths that a campaign has come upon.
    private static let leastFirstGain = 0.12
    /// The same for a second one and a third, beside a first that is not left to chance.
    private static let leastFurtherGain = 0.06
    /// So many lives ask for twice the gain, and fewer for up to ``mostLeastGain``: what is to come
    /// is least complete at the end of a life, which makes whatever stands before it gain too much.
    private static let fewLives = 16.0
    private static let mostLeastGain = 0.25
    /// What part of the undivided area a trigger must save for each step that it is less simple:
    /// the third call of a kind, or one at a certain place, is another call on paths that this
    /// campaign did not take, and another campaign would choose otherwise.
    private static let priceOfComplexity = 0.015
    /// The same for a trigger that no life would come to.
    private static let priceOfAbsence = 0.1
    /// Areas that differ by less are the same; the simpler trigger is taken.
    private static let tolerance = 0.004
    /// What part of the undivided area may be given away for a trigger that every life comes to,
    /// or for a wait: which of the others a campaign has seen more of is chance.
    private static let generosity = 0.03
    /// A wait that so many lives do not come to is not preferred.
    private static let mostAbsenceOfWait = 0.05
    private static let refinements = 3

    package init() {}

    /// How many lives have to leave a call behind, and come past a trigger without it, before it
    /// counts as over: a fuzzer keeps one example of a rare path, not all that the path may be
    /// followed by.
    package static func livesThatDecide(among lives: Int) -> Int { lives < 12 ? 1 : 3 }

    /// Takes in a trace from `execve` on.
    package mutating func add(_ trace: Trace) {
        table.add(trace)
    }

    /// The phases of every role that has processes of its own; nil when there are no traces.
    package func model() -> PhaseModel? {
        guard !table.lives.isEmpty else { return nil }
        var rules: [Phase: [Trigger]] = [:]
        for role in [Role.root, .worker] {
            let waits = usualWaits(of: role)
            for (phase, triggers) in PhaseNames.assign(to: transitions(of: role), waits: waits) {
                rules[phase, default: []] += triggers
            }
        }
        return PhaseModel(
            name: Self.modelName, entry: .initialization,
            rules: PhaseNames.order.compactMap { phase in
                rules[phase].map { triggers in
                    PhaseModel.Rule(
                        phase: phase, summary: PhaseNames.summary(of: phase), triggers: triggers)
                }
            })
    }

    /// Calls by which a program waits for those that it serves.
    package static let waits = CallKind.waits

    /// What models are called that were learned.
    package static let modelName = "learned"

    /// How often a process of the role waits for others, the median.
    private func usualWaits(of role: Role) -> Int {
        let counts = table.lives.filter { $0.role == role }.map(waitCount)
        return counts.sorted().dropFirst(counts.count / 2).first ?? 0
    }

    private func waitCount(in life: RoleLife) -> Int {
        life.steps.count { CallKind.waits.contains(table.kinds[$0].syscall) }
    }

    /// The triggers of a role's phases, in order.
    private func transitions(of role: Role) -> [TriggerCandidate] {
        let own = table.lives.filter { $0.role == role && !$0.steps.isEmpty }
        // Servers are ended from outside: what ends by itself is mostly one that did not start.
        let telling = own.filter { $0.isComplete || waitCount(in: $0) > 0 }
        let lives = (telling.isEmpty ? own : telling).sorted { $0.steps.count < $1.steps.count }
        guard !lives.isEmpty else { return [] }
        let candidates = CandidateSearch(role: role, lives: lives, kinds: table.kinds).candidates()
        let waits = candidates.filter(\.isWait)
        let whole = own.reduce(into: SyscallSet()) { $0.formUnion($1.toCome(from: 0)) }
        let undivided = Self.area(of: [], whole: whole, lives: lives.count)
        var chosen: [TriggerCandidate] = []
        var area = undivided
        while chosen.count < Self.mostTransitions {
            var isLonger = false
            for offers in [candidates, waits] where !isLonger {
                guard let next = Self.best(offers, beside: chosen, whole, lives.count, undivided)
                else { continue }
                let longer = Self.sorted(chosen + [next])
                let smaller = Self.price(of: longer, whole, lives.count, undivided)
                let least = Self.leastGain(of: next, beside: chosen, lives.count)
                guard area - smaller >= least * undivided else { continue }
                (chosen, area, isLonger) = (longer, smaller, true)
            }
            guard isLonger else { break }
            for _ in 0..<Self.refinements {
                let refined = Self.refined(
                    chosen, candidates, waits, whole, lives.count, undivided)
                guard refined.map(\.trigger) != chosen.map(\.trigger) else { break }
                chosen = refined
                area = Self.price(of: chosen, whole, lives.count, undivided)
            }
        }
        return chosen
    }

    private static func leastGain(
        of next: TriggerCandidate, beside chosen: [TriggerCandidate], _ lives: Int
    ) -> Double {
        if chosen.isEmpty, next.isWait { return leastGainOfWait }
        let least = chosen.isEmpty ? leastFirstGain : leastFurtherGain
        return min(mostLeastGain, least * (1 + fewLives / Double(max(1, lives))))
    }

    /// Chooses each anew beside the others, a wait among the waits.
    private static func refined(
        _ chosen: [TriggerCandidate], _ candidates: [TriggerCandidate],
        _ waits: [TriggerCandidate], _ whole: SyscallSet, _ lives: Int, _ undivided: Double
    ) -> [TriggerCandidate] {
        var chosen = chosen
        for index in chosen.indices {
            var others = chosen
            others.remove(at: index)
            let offers = chosen[index].isWait ? waits : candidates
            guard let next = best(offers, beside: others, whole, lives, undivided) else {
                continue
            }
            chosen = sorted(others + [next])
        }
        return chosen
    }

    private static func sorted(_ candidates: [TriggerCandidate]) -> [TriggerCandidate] {
        candidates.sorted { left, right in
            let (first, second) = (left.meanPlace, right.meanPlace)
            return first == second ? left.isSimpler(than: right) : first < second
        }
    }

    /// The simplest of those that save most.
    private static func best(
        _ candidates: [TriggerCandidate], beside others: [TriggerCandidate], _ whole: SyscallSet,
        _ lives: Int, _ undivided: Double
    ) -> TriggerCandidate? {
        let areas = candidates.map { candidate in
            price(of: sorted(others + [candidate]), whole, lives, undivided)
        }
        let offers = zip(candidates, areas)
        guard let least = areas.min() else { return nil }
        let waits = offers.filter {
            others.isEmpty && $0.0.isWait && $0.0.absence < mostAbsenceOfWait
                && $0.1 <= least + generosity * undivided
        }
        if let best = waits.min(by: { $0.1 < $1.1 }) {
            return waits.first { $0.1 <= best.1 + tolerance * undivided }?.0
        }
        let leastUniversal = offers.filter { $0.0.absence < 0.01 }.map(\.1).min() ?? .infinity
        let isUniversal = leastUniversal <= least + generosity * undivided
        let most = (isUniversal ? leastUniversal : least) + tolerance * undivided
        // They are sorted by how simple they are.
        return offers.first { $0.1 <= most && (!isUniversal || $0.0.absence < 0.01) }?.0
    }

    /// The area under what is to come, and what the triggers cost that divide it.
    private static func price(
        of chain: [TriggerCandidate], _ whole: SyscallSet, _ lives: Int, _ undivided: Double
    ) -> Double {
        let share = chain.reduce(0) {
            $0 + priceOfComplexity * Double($1.trigger.complexity) + priceOfAbsence * $1.absence
        }
        return area(of: chain, whole: whole, lives: lives) + share * undivided
    }

    /// The mean over all lives of the weight of what is to come, over the part of the life in
    /// which it is.
    private static func area(
        of chain: [TriggerCandidate], whole: SyscallSet, lives: Int
    ) -> Double {
        // A thread goes to the last phase that it was shown, so later ones count for earlier ones.
        var weights: [Double] = []
        var toCome = SyscallSet()
        for candidate in chain.reversed() {
            toCome.formUnion(candidate.toCome)
            weights.append(weight(of: toCome))
        }
        weights.append(weight(of: whole))
        var sum = 0.0
        for life in 0..<lives {
            var end = 1.0
            for (weight, candidate) in zip(weights, chain.reversed()) {
                let begin = min(end, candidate.places[life])
                sum += weight * (end - begin)
                end = begin
            }
            sum += (weights.last ?? 0) * end
        }
        return sum / Double(max(1, lives))
    }

    private static func weight(of calls: SyscallSet) -> Double {
        calls.reduce(0) { $0 + Double($1.threatLevel.weight) }
    }
}
