internal import Extraction
internal import Mutation
internal import Syscalls

/// A system call that a campaign tries to reach, and how near functions of the target are to it.
struct Goal: Codable, Sendable {
    let syscall: SyscallNumber
    /// Offsets of functions, and the calls that lead from each to the goal; nearest first.
    let functions: [CallSite]
    let distances: [Int]

    /// More are no help: those that are near decide.
    static let mostFunctions = 400

    init(syscall: SyscallNumber, _ landmarks: [CallDistances.Landmark]) {
        self.syscall = syscall
        functions = landmarks.map(\.function)
        distances = landmarks.map(\.distance)
    }
}

/// Towards which calls that were never seen a campaign searches, and from which test cases.
///
/// A test case is as near to a goal as the nearest function that it entered; its children are made
/// in the hope that one goes a step further (after AFLGo: Böhme et al., Directed Greybox Fuzzing,
/// 2017, with distances of functions alone).
struct Direction: Sendable {
    /// What is known of one goal.
    private struct Aim: Sendable {
        let syscall: SyscallNumber
        let distances: [CallSite: Int]
        /// Of the test cases that are nearest, by id, the last ones found.
        var nearest: [String] = []
        var distance = Int.max
        var tries: UInt64 = 0
    }

    private var aims: [Aim]
    /// Entries of the corpus that are not known to have entered anything, by id.
    private var unseen: [String] = []
    /// Tries that were not reported, by number.
    private var unreported: [UInt32: UInt64] = [:]

    /// Of equally near test cases so many are kept: enough that not all are alike.
    private static let mostNearest = 16

    init(_ goals: [Goal]) {
        aims = goals.map { goal in
            Aim(
                syscall: goal.syscall,
                distances: Dictionary(
                    zip(goal.functions, goal.distances), uniquingKeysWith: { min($0, $1) }))
        }
    }

    /// Where it is to be told that a test case came past.
    var landmarks: Set<CallSite> { Set(aims.flatMap(\.distances.keys)) }

    /// Functions from which so few calls lead to a goal that what they compare may decide.
    var nearestFunctions: Set<CallSite> {
        Set(
            aims.flatMap { aim in
                aim.distances.filter { $0.value <= Self.decidingDistance }.keys
            })
    }

    /// Calls between a comparison and a goal.
    private static let decidingDistance = 2

    var hasGoals: Bool { !aims.isEmpty }

    /// Notes that the target made the call; nothing more is spent on it.
    mutating func noteReached(_ syscall: SyscallNumber) {
        aims.removeAll { $0.syscall == syscall }
    }

    mutating func append(entry id: String) {
        if hasGoals { unseen.append(id) }
    }

    /// An entry whose functions are still to be looked at.
    mutating func takeUnseen() -> String? { unseen.popLast() }

    /// Notes which functions an entry's execution entered.
    mutating func note(_ entered: [CallSite], of id: String) {
        for index in aims.indices {
            let near = entered.compactMap { aims[index].distances[$0] }.min()
            guard let near, near <= aims[index].distance else { continue }
            if near < aims[index].distance { aims[index].nearest = [] }
            aims[index].distance = near
            aims[index].nearest.append(id)
            if aims[index].nearest.count > Self.mostNearest { aims[index].nearest.removeFirst() }
        }
    }

    /// A test case to go on from, for the goal that deserves the next try: the nearer it is, and
    /// the less was tried.
    mutating func nextParent(using generator: inout SeededGenerator) -> String? {
        var best: Int?
        var least = Double.infinity
        for index in aims.indices where !aims[index].nearest.isEmpty {
            let price = Double(1 + aims[index].tries) * Double(1 + aims[index].distance)
            if price < least { (best, least) = (index, price) }
        }
        guard let best else { return nil }
        aims[best].tries += 1
        unreported[aims[best].syscall.rawValue, default: 0] += 1
        return generator.element(of: aims[best].nearest)
    }

    /// Tries by number since the last time.
    mutating func takeTries() -> [UInt32: UInt64] {
        defer { unreported = [:] }
        return unreported
    }
}
