package import Phasing
package import Syscalls

/// What a filter answers for every number of the x86-64 table, as ranges.
package struct ActionMap: Hashable, Sendable {
    /// Each range reaches to the start of the next; the first starts at zero, neighbours differ,
    /// and the last reaches to the end of the numbers.
    package let ranges: [Range]

    package struct Range: Hashable, Sendable {
        package let start: UInt32
        package let action: FilterAction
        /// Arguments for which the answer is another.
        package let exceptions: Exceptions?
    }

    /// An answer that depends on arguments.
    package struct Exceptions: Hashable, Sendable {
        /// It holds when all tests of one of these lists do; each test is for a value.
        package let ways: [[ArgumentTest]]
        package let action: FilterAction
    }

    /// The answers of a rule set.
    ///
    /// `alsoAllowing` are calls of whoever installs the filter, such as the `prctl` and `seccomp`
    /// of the next switch; they are not the program's and have no entry.
    package init(
        rules: RuleSet, denial: Policy.Options.Denial, alsoAllowing extra: SyscallSet = []
    ) {
        var conditions: [SyscallNumber: [[ArgumentTest]]] = [:]
        for entry in rules.entries where !extra.contains(entry.syscall) {
            conditions[entry.syscall] = entry.arguments
        }
        self.init(
            allowed: rules.allowed.union(extra), logged: rules.logged, conditions: conditions,
            denial: denial)
    }

    /// The answers where exactly these calls are allowed; see ``EnvironmentRule`` for what another
    /// machine may cause besides.
    package init(allowing calls: SyscallSet, denial: Policy.Options.Denial) {
        self.init(allowed: calls, logged: [], conditions: [:], denial: denial)
    }

    /// The same with another answer for each call that is denied.
    package func denying(with answer: FilterAction) -> ActionMap {
        var changed: [Range] = []
        for range in ranges {
            let isDenied =
                switch range.action {
                case .error, .killProcess: true
                case .allow, .log, .other: false
                }
            let action = isDenied ? answer : range.action
            Self.append(
                Range(start: range.start, action: action, exceptions: range.exceptions),
                to: &changed)
        }
        return ActionMap(ranges: changed)
    }

    /// The same where a call that passes has to pass a test of its arguments besides.
    package func requiring(
        _ test: ArgumentTest, of call: SyscallNumber, orElse answer: FilterAction
    ) -> ActionMap {
        let number = call.rawValue
        var changed: [Range] = []
        for (place, range) in ranges.enumerated() {
            let end = place + 1 < ranges.count ? ranges[place + 1].start : .max
            guard range.start <= number, number < end else {
                Self.append(range, to: &changed)
                continue
            }
            if range.start < number { Self.append(range, to: &changed) }
            Self.append(Self.narrowed(range, to: number, test, orElse: answer), to: &changed)
            guard number + 1 < end else { continue }
            let rest = Range(
                start: number + 1, action: range.action, exceptions: range.exceptions)
            Self.append(rest, to: &changed)
        }
        return ActionMap(ranges: changed)
    }

    private static func narrowed(
        _ range: Range, to number: UInt32, _ test: ArgumentTest, orElse answer: FilterAction
    ) -> Range {
        if let exceptions = range.exceptions {
            let ways = exceptions.ways.map { $0 + [test] }
            return Range(
                start: number, action: range.action,
                exceptions: Exceptions(ways: ways, action: exceptions.action))
        }
        switch range.action {
        case .allow, .log:
            return Range(
                start: number, action: answer,
                exceptions: Exceptions(ways: [[test]], action: range.action))
        case .error, .killProcess, .other:
            return Range(start: number, action: range.action, exceptions: nil)
        }
    }

    private init(ranges: [Range]) {
        self.ranges = ranges
    }

    /// Adds a range that does not answer as the last one.
    private static func append(_ range: Range, to ranges: inout [Range]) {
        if let last = ranges.last, last.action == range.action, last.exceptions == range.exceptions
        {
            return
        }
        ranges.append(range)
    }

    private init(
        allowed: SyscallSet, logged: SyscallSet, conditions: [SyscallNumber: [[ArgumentTest]]],
        denial: Policy.Options.Denial
    ) {
        var ranges: [Range] = []
        for raw in 0...UInt32(SyscallSet.capacity) {
            let number = SyscallNumber(rawValue: raw)
            let action: FilterAction =
                if allowed.contains(number) {
                    .allow
                } else if logged.contains(number) {
                    .log
                } else {
                    Self.action(denying: number, denial)
                }
            let answer = Self.action(denying: number, denial)
            let isPassing = allowed.contains(number) || logged.contains(number)
            let range =
                if isPassing, let ways = conditions[number] {
                    Range(
                        start: raw, action: answer,
                        exceptions: Exceptions(ways: ways, action: action))
                } else {
                    Range(start: raw, action: action, exceptions: nil)
                }
            Self.append(range, to: &ranges)
        }
        self.ranges = ranges
    }

    /// A number without a name is newer than the table: `ENOSYS` makes a library fall back as it
    /// would on an older kernel, where `EPERM` would make it give up.
    static func action(
        denying number: SyscallNumber, _ denial: Policy.Options.Denial
    ) -> FilterAction {
        switch denial {
        case .error: .error(number.isNamed ? notPermitted : noSuchCall)
        case .kill: .killProcess
        case .log: .log
        }
    }

    /// `EPERM`
    static let notPermitted: UInt16 = 1
    /// `ENOSYS`
    static let noSuchCall: UInt16 = 38
}
