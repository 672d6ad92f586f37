package import Syscalls

/// What a filter answers for every number of the x86-64 table, as ranges.
package struct ActionMap: Hashable, Sendable {
    /// Each range reaches to the start of the next; the first starts at zero, neighbours differ,
    /// and the last reaches to the end of the numbers.
    package let ranges: [Range]

    package struct Range: Hashable, Sendable {
        package let start: UInt32
        package let action: FilterAction
    }

    /// The answers of a rule set.
    ///
    /// `alsoAllowing` are calls of whoever installs the filter, such as the `prctl` and `seccomp`
    /// of the next switch; they are not the program's and have no entry.
    package init(
        rules: RuleSet, denial: Policy.Options.Denial, alsoAllowing extra: SyscallSet = []
    ) {
        self.init(allowed: rules.allowed.union(extra), logged: rules.logged, denial: denial)
    }

    /// The answers where exactly these calls are allowed; see ``EnvironmentRule`` for what another
    /// machine may cause besides.
    package init(allowing calls: SyscallSet, denial: Policy.Options.Denial) {
        self.init(allowed: calls, logged: [], denial: denial)
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
            guard action != changed.last?.action else { continue }
            changed.append(Range(start: range.start, action: action))
        }
        return ActionMap(ranges: changed)
    }

    private init(ranges: [Range]) {
        self.ranges = ranges
    }

    private init(allowed: SyscallSet, logged: SyscallSet, denial: Policy.Options.Denial) {
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
            guard action != ranges.last?.action else { continue }
            ranges.append(Range(start: raw, action: action))
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
