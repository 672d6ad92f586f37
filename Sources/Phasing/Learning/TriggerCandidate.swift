internal import Syscalls
internal import Traces

/// A trigger that could begin a phase of a role, with what it would achieve.
struct TriggerCandidate: Sendable {
    let trigger: Trigger
    /// What begins the phase as well, whichever comes first.
    let others: [Trigger]
    /// For each life, which part of its exposure comes before the trigger; 1 where it never does.
    let places: [Double]
    /// What is to come from the trigger on in any life.
    let toCome: SyscallSet
    /// Of the places.
    let meanPlace: Double
    /// The share of the lives that do not come to it.
    let absence: Double

    init(
        _ trigger: Trigger, others: [Trigger] = [], places: [Double], toCome: SyscallSet
    ) {
        self.trigger = trigger
        self.others = others
        self.places = places
        self.toCome = toCome
        absence = Double(places.count { $0 >= 1 }) / Double(max(1, places.count))
        meanPlace = places.reduce(0, +) / Double(max(1, places.count))
    }

    var triggers: [Trigger] { [trigger] + others }

    /// Whether it begins with the process waiting for those that it serves.
    var isWait: Bool { CallKind.waits.contains(trigger.syscall) }

    /// How much an enforcer and a reader have to know to recognise it; of those that are alike the
    /// earliest first. No two are equal.
    func isSimpler(than other: TriggerCandidate) -> Bool {
        let (left, right) = (trigger, other.trigger)
        if left.complexity != right.complexity { return left.complexity < right.complexity }
        if meanPlace != other.meanPlace { return meanPlace < other.meanPlace }
        if left.tests.count != right.tests.count { return left.tests.count < right.tests.count }
        if left.syscall != right.syscall { return left.syscall < right.syscall }
        if left.occurrence != right.occurrence { return left.occurrence < right.occurrence }
        let (leftTest, rightTest) = (left.tests.first, right.tests.first)
        if leftTest != rightTest {
            return (leftTest?.index ?? -1, leftTest?.value ?? 0)
                < (rightTest?.index ?? -1, rightTest?.value ?? 0)
        }
        guard let leftSite = left.site, let rightSite = right.site else { return left.site == nil }
        return leftSite < rightSite
    }
}

extension Trigger {
    /// A wait is where a process rests, whatever it is given to do, and counts as simplest.
    var complexity: Int {
        (CallKind.waits.contains(syscall) ? 0 : 1) + (site == nil ? 0 : 2)
            + 2 * Int(occurrence - 1)
    }

    fileprivate func counted(_ occurrence: Int) -> Trigger {
        Trigger(
            syscall, occurrence: UInt32(occurrence), tests: tests, site: site, role: role)
    }
}

/// Finds the triggers that one role's lives offer.
struct CandidateSearch {
    private let role: Role
    private let lives: [RoleLife]
    private let kinds: [CallKind]
    /// Before each step of each life, from 0 to 1.
    private let exposures: [[Double]]
    /// What any of the lives calls.
    private let whole: SyscallSet
    private var triggers: [Trigger] = []
    private var indexes: [Trigger: Int] = [:]
    /// By kind: the triggers that a call of the kind counts for, without their occurrence.
    private var triggersOfKind: [[Int]] = []

    private static let occurrences = 3

    init(role: Role, lives: [RoleLife], kinds: [CallKind]) {
        self.role = role
        self.lives = lives
        self.kinds = kinds
        whole = lives.reduce(into: SyscallSet()) { $0.formUnion($1.toCome(from: 0)) }
        exposures = lives.map { life in
            let total = life.steps.reduce(0) { $0 + kinds[$1].exposure }
            var before = 0.0
            return life.steps.map { kind in
                defer { before += kinds[kind].exposure }
                return before / max(1, total)
            }
        }
        for kind in kinds { triggersOfKind.append(triggerIndexes(of: kind)) }
    }

    private mutating func triggerIndexes(of kind: CallKind) -> [Int] {
        var all = [Trigger(kind.syscall, role: role)]
        all += kind.tests.map { Trigger(kind.syscall, tests: [$0], role: role) }
        // Code that no file is behind is at no place that could be recognised again.
        if let site = kind.site, site.module.hasPrefix("/") {
            all.append(Trigger(kind.syscall, site: site, role: role))
        }
        return all.map { trigger in
            if let known = indexes[trigger] { return known }
            indexes[trigger] = triggers.count
            triggers.append(trigger)
            return triggers.count - 1
        }
    }

    /// The triggers that are in all lives but early ends and a few; of those that come at the same
    /// places the simplest alone.
    func candidates() -> [TriggerCandidate] {
        let width = Self.occurrences
        var steps = [[Int32]](
            repeating: Array(repeating: -1, count: triggers.count * width), count: lives.count)
        for (number, life) in lives.enumerated() {
            var counts = [UInt8](repeating: 0, count: triggers.count)
            for (step, kind) in life.steps.enumerated() {
                for trigger in triggersOfKind[kind] where counts[trigger] < width {
                    steps[number][trigger * width + Int(counts[trigger])] = Int32(step)
                    counts[trigger] += 1
                }
            }
        }
        let loops = lives.map(loopBegin)
        var best: [[Double]: TriggerCandidate] = [:]
        for trigger in triggers.indices {
            for occurrence in 0..<width {
                let column = trigger * width + occurrence
                let found = steps.map { Int($0[column]) }
                guard isUsual(found), zip(found, loops).allSatisfy({ $0 <= $1 }) else { continue }
                let candidate = candidate(at: found, triggers[trigger].counted(occurrence + 1))
                if let known = best[candidate.places], known.isSimpler(than: candidate) { continue }
                best[candidate.places] = candidate
            }
        }
        var all = Array(best.values)
        if !all.contains(where: \.isWait), let wait = eitherWait(before: loops) { all.append(wait) }
        return all.sorted { $0.isSimpler(than: $1) }
    }

    /// The first wait of each life, by whatever call: a program that can be told to serve with one
    /// process or with several rests in another call each time.
    private func eitherWait(before loops: [Int]) -> TriggerCandidate? {
        let firsts = lives.compactMap { life in
            firstWait(of: life).map { kinds[life.steps[$0]].syscall }
        }
        let counts = Dictionary(firsts.map { ($0, 1) }, uniquingKeysWith: +)
        let common = counts.filter { $0.value >= PhaseLearner.livesThatDecide(among: lives.count) }
            .keys.sorted()
        guard common.count > 1 else { return nil }
        let calls = SyscallSet(common)
        let found = lives.map { life in
            life.steps.firstIndex { calls.contains(kinds[$0].syscall) } ?? -1
        }
        guard isUsual(found), zip(found, loops).allSatisfy({ $0 <= $1 }) else { return nil }
        let triggers = common.map { Trigger($0, role: role) }
        return candidate(at: found, triggers[0], others: Array(triggers.dropFirst()))
    }

    /// The step from which on a process waits and makes others in turn: what it does there comes
    /// again when it is asked again, so that nothing behind the first wait may divide it.
    private func loopBegin(_ life: RoleLife) -> Int {
        guard let wait = firstWait(of: life),
            life.steps[wait...].contains(where: { kinds[$0].makesTask })
        else {
            return .max
        }
        return wait
    }

    private func firstWait(of life: RoleLife) -> Int? {
        life.steps.firstIndex { CallKind.waits.contains(kinds[$0].syscall) }
    }

    /// - Parameter found: the trigger's step in each life, negative where it does not come.
    private func candidate(
        at found: [Int], _ trigger: Trigger, others: [Trigger] = []
    ) -> TriggerCandidate {
        var toCome = SyscallSet()
        var ended: [SyscallNumber: Int] = [:]
        for (life, step) in zip(lives, found) where step >= 0 {
            let rest = life.toCome(from: step)
            toCome.formUnion(rest)
            for call in life.toCome(from: 0).subtracting(rest) { ended[call, default: 0] += 1 }
        }
        // What too few lives were seen to leave behind may well come again.
        let enough = PhaseLearner.livesThatDecide(among: lives.count)
        toCome.formUnion(
            whole.subtracting(SyscallSet(ended.filter { $0.value >= enough }.map(\.key))))
        let places = zip(exposures, found).map { exposure, step in step < 0 ? 1 : exposure[step] }
        return TriggerCandidate(trigger, others: others, places: places, toCome: toCome)
    }

    /// A third of the complete lives must have it, and of those without it nine in ten must be
    /// shorter than half of those with it: runs that end early are a path of their own. The tenth
    /// is for a fuzzer's inputs: one odd path would otherwise decide for all.
    private func isUsual(_ found: [Int]) -> Bool {
        var (with, without): ([Int], [Int]) = ([], [])
        for (life, step) in zip(lives, found) {
            if step >= 0 { with.append(life.steps.count) } else { without.append(life.steps.count) }
        }
        guard with.count * 3 >= lives.count, !with.isEmpty else { return false }
        let usual = with.sorted()[with.count / 2]
        return without.count { $0 >= usual } * 10 <= lives.count
    }
}
