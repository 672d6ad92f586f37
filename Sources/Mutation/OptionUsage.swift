package import TestCases

/// What became of the options of a vocabulary in a campaign, and what that says about drawing them
/// again: one that the program does not know, or two that it does not take together, are drawn
/// less.
package struct OptionUsage: Sendable {
    /// Of one option, by its index among ``Vocabulary/entries``.
    package struct Count: Hashable, Sendable, Codable {
        package var executed: UInt64 = 0
        package var accepted: UInt64 = 0
        package var refused: UInt64 = 0
        /// Executions in which the program said that it has no such option.
        package var unknown: UInt64 = 0

        package init() {}

        /// Adds what another worker has counted.
        package static func += (left: inout Count, right: Count) {
            left.executed &+= right.executed
            left.accepted &+= right.accepted
            left.refused &+= right.refused
            left.unknown &+= right.unknown
        }

        /// Whether the program has never taken it and has said that it is none of its options.
        var isUnknown: Bool { unknown > 0 && accepted == 0 }
    }

    /// What a campaign keeps of it.
    package struct State: Hashable, Sendable, Codable {
        package var counts: [Count] = []
        /// Two entries each, the lower first: taken alone, refused together.
        package var conflicts: [[Int]] = []
        /// Pairs of which one may be such a conflict, to be tried.
        package var suspects: [[Int]] = []

        package init() {}
    }

    /// More say little, and would slow drawing down.
    private static let conflictCapacity = 4_096

    private let entries: [Vocabulary.Entry]
    private let refusals: Refusals
    private var own: [Bytes: Int] = [:]
    private var ofCommands: [Bytes: [Bytes: Int]] = [:]
    private var conflicts: Set<[Int]> = []
    package private(set) var state = State()

    package init(of vocabulary: Vocabulary) {
        entries = vocabulary.entries
        refusals = vocabulary.refusals
        for (index, entry) in entries.enumerated() {
            if let command = entry.command {
                ofCommands[command, default: [:]][entry.option.spelling] = index
            } else {
                own[entry.option.spelling] = index
            }
        }
        state.counts = Array(repeating: Count(), count: entries.count)
    }

    /// Goes on with what was kept; of another vocabulary nothing is taken.
    package mutating func restore(_ state: State) {
        guard state.counts.count == entries.count,
            (state.conflicts + state.suspects).allSatisfy({ pair in
                pair.count == 2 && pair.allSatisfy(entries.indices.contains)
            })
        else { return }
        self.state = state
        conflicts = Set(state.conflicts)
    }

    // MARK: - Noting

    /// The entries that a command line uses, each once, in order.
    package func options(in arguments: [Bytes]) -> [Int] {
        var found: [Int] = []
        var table: [Bytes: Int] = [:]
        var isValue = false
        func index(_ spelling: Bytes) -> Int? { table[spelling] ?? own[spelling] }
        func add(_ index: Int) { if !found.contains(index) { found.append(index) } }
        for argument in arguments {
            if isValue {
                isValue = false
                continue
            }
            guard argument.first == 0x2d, argument.count > 1 else {
                if let equals = argument.firstIndex(of: UInt8(ascii: "=")),
                    let known = index(Bytes(argument[...equals]))
                {
                    add(known)
                }
                if table.isEmpty, let options = ofCommands[argument] { table = options }
                continue
            }
            if argument == [0x2d, 0x2d] { break }
            if let known = index(argument) {
                add(known)
                isValue = entries[known].option.argument == .required
            } else if let equals = argument.firstIndex(of: UInt8(ascii: "=")),
                let known = index(Bytes(argument[..<equals]))
            {
                add(known)
            } else if argument[1] != 0x2d {
                // Letters behind one dash, up to one that takes the rest as its value.
                for (position, letter) in argument.enumerated().dropFirst() {
                    guard let known = index([0x2d, letter]) else { break }
                    add(known)
                    let kind = entries[known].option.argument
                    if kind == .required { isValue = position == argument.count - 1 }
                    if kind == .required || kind == .optional { break }
                }
            }
        }
        return found
    }

    /// Counts an execution of a command line that ended so.
    package mutating func note(_ arguments: [Bytes], _ ending: Ending) {
        let options = options(in: arguments)
        var refused = 0
        for index in options {
            state.counts[index].executed += 1
            switch refusals.verdict(on: entries[index].option, ending) {
            case .accepted: state.counts[index].accepted += 1
            case .refused:
                state.counts[index].refused += 1
                refused += 1
            case .unknown: state.counts[index].unknown += 1
            case .open: break
            }
        }
        // What is unknown or was never taken alone explains a refusal without a conflict.
        guard refused > 0, (2...4).contains(options.count),
            options.allSatisfy({ state.counts[$0].accepted > 0 })
        else { return }
        if options.count == 2 {
            noteConflict(options.sorted())
        } else if options.count == arguments.count(where: { $0.first == 0x2d }) {
            suspect(options.sorted())
        }
    }

    private mutating func noteConflict(_ pair: [Int]) {
        guard conflicts.count < Self.conflictCapacity, conflicts.insert(pair).inserted else {
            return
        }
        state.conflicts.append(pair)
    }

    private mutating func suspect(_ options: [Int]) {
        for (position, first) in options.enumerated() {
            for second in options[(position + 1)...]
            where state.suspects.count < 64 && !conflicts.contains([first, second])
                && !state.suspects.contains([first, second])
            {
                state.suspects.append([first, second])
            }
        }
    }

    // MARK: - What it says

    /// Two options that were refused among others, to be tried alone together.
    package mutating func takeSuspects() -> [Vocabulary.Entry]? {
        guard !state.suspects.isEmpty else { return nil }
        return state.suspects.removeFirst().map { entries[$0] }
    }

    /// Whether the program's own option of this spelling is none to the program.
    func isUnknown(_ spelling: Bytes) -> Bool {
        own[spelling].map { state.counts[$0].isUnknown } ?? false
    }

    /// Whether the option was refused beside one that the command line has.
    func conflicts(_ spelling: Bytes, with arguments: [Bytes]) -> Bool {
        guard !conflicts.isEmpty, let index = own[spelling] else { return false }
        return options(in: arguments).contains {
            conflicts.contains([min($0, index), max($0, index)])
        }
    }
}
