internal import Phasing
package import Syscalls
internal import Traces

/// What one policy answers otherwise than another, found by asking their filters about every
/// number, not by comparing texts.
package struct PolicyDifference: Sendable, Encodable {
    /// What becomes of one call.
    package struct Change: Hashable, Sendable, Encodable {
        package enum Kind: String, Sendable, Encodable {
            /// Only the second policy lets it through.
            case gained
            /// Only the first does.
            case lost
            /// Both deny it, or both let it through, each in its own way.
            case changed
        }

        package let syscall: SyscallNumber
        /// Nil for any arguments, or for all but those that have a change of their own.
        package let arguments: String?
        package let kind: Kind
        package let before: String
        package let after: String
        /// Why each has the call or has it not: the reason of the entry, with its witness.
        package let evidenceBefore: String
        package let evidenceAfter: String
    }

    /// A stretch of time in which the policies differ.
    package struct Part: Sendable, Encodable {
        /// Nil for the whole life.
        package let role: String?
        package let phase: String?
        /// Which of the policies has this phase; nil when both have it.
        package let only: String?
        package let changes: [Change]
    }

    /// Only parts with changes, and those that one policy alone has.
    package let parts: [Part]
    /// What the policies were learned on, where that differs; one sentence each.
    package let basis: [String]

    package var isEmpty: Bool { parts.isEmpty }

    /// Names for what only one policy has.
    private static let (first, second) = ("first", "second")

    package init(from old: Policy, to new: Policy) throws(PolicyError) {
        basis = Self.basis(old, new)
        var parts: [Part] = []
        let whole = try Self.changes(
            old.wholeLife, old.options.denial, new.wholeLife, new.options.denial)
        if !whole.isEmpty { parts.append(Part(role: nil, phase: nil, only: nil, changes: whole)) }
        for part in old.phases {
            let (role, phase) = (part.role.name, part.phase.name)
            guard let other = new.rules(role: part.role, phase: part.phase) else {
                parts.append(Part(role: role, phase: phase, only: Self.first, changes: []))
                continue
            }
            let changes = try Self.changes(
                part.rules, old.options.denial, other, new.options.denial)
            guard !changes.isEmpty else { continue }
            parts.append(Part(role: role, phase: phase, only: nil, changes: changes))
        }
        for part in new.phases where old.rules(role: part.role, phase: part.phase) == nil {
            parts.append(
                Part(
                    role: part.role.name, phase: part.phase.name, only: Self.second, changes: []))
        }
        self.parts = parts
    }

    private static func basis(_ old: Policy, _ new: Policy) -> [String] {
        var sentences: [String] = []
        func compare(_ what: String, _ before: String, _ after: String) {
            if before != after { sentences.append("\(what): \(before), then \(after)") }
        }
        compare("target", old.target.path, new.target.path)
        compare("SHA-256 of the target", old.target.sha256, new.target.sha256)
        compare("script", old.target.script?.path ?? "none", new.target.script?.path ?? "none")
        compare(
            "SHA-256 of the script", old.target.script?.sha256 ?? "none",
            new.target.script?.sha256 ?? "none")
        compare("kernel", old.basis.kernel, new.basis.kernel)
        compare("C library", old.basis.library, new.basis.library)
        compare("denied calls", old.options.denial.rawValue, new.options.denial.rawValue)
        compare(
            "tiers", old.options.tiers.map(\.name).joined(separator: " "),
            new.options.tiers.map(\.name).joined(separator: " "))
        if old.model != new.model { sentences.append("the phases begin with other calls") }
        return sentences
    }

    private static func changes(
        _ old: RuleSet, _ oldDenial: Policy.Options.Denial, _ new: RuleSet,
        _ newDenial: Policy.Options.Denial
    ) throws(PolicyError) -> [Change] {
        let before = try FilterProgram(ActionMap(rules: old, denial: oldDenial))
        let after = try FilterProgram(ActionMap(rules: new, denial: newDenial))
        guard before != after else { return [] }
        var changes: [Change] = []
        for raw in 0...UInt32(SyscallSet.capacity) {
            let number = SyscallNumber(rawValue: raw)
            for point in points(of: number, old, new) {
                let (first, second) = (
                    try before.evaluate(point.input), try after.evaluate(point.input)
                )
                guard first != second else { continue }
                let kind: Change.Kind =
                    switch (first.letsThrough, second.letsThrough) {
                    case (false, true): .gained
                    case (true, false): .lost
                    default: .changed
                    }
                changes.append(
                    Change(
                        syscall: number, arguments: point.text, kind: kind,
                        before: first.description, after: second.description,
                        evidenceBefore: old.reason(for: number),
                        evidenceAfter: new.reason(for: number)))
            }
        }
        return changes
    }

    /// What filters are asked about a call: every list of arguments that either compares with, and
    /// one that none does, which stands for all others.
    private static func points(
        of number: SyscallNumber, _ old: RuleSet, _ new: RuleSet
    ) -> [(input: FilterInput, text: String?)] {
        let ways = [old, new].flatMap { $0.entry(for: number)?.arguments ?? [] }
        var other = FilterInput(number: number.rawValue)
        for argument in number.checkedArguments {
            let taken = Set(ways.joined().filter { $0.index == argument.index }.map(\.value))
            let free = (UInt64(0)...).first { !taken.contains($0) }
            other.arguments[argument.index] = free ?? 0
        }
        let tested = Set(ways).map { way in
            var input = other
            for test in way { input.arguments[test.index] = test.value }
            return (input, way.map { $0.describe(for: number) }.joined(separator: " and "))
        }
        return tested.sorted { $0.1 < $1.1 } + [(other, ways.isEmpty ? nil : "other arguments")]
    }
}

extension RuleSet {
    package func entry(for call: SyscallNumber) -> Entry? {
        entries.first { $0.syscall == call }
    }

    /// Why a call is in the set, with its witness, or that nothing is known of it.
    fileprivate func reason(for call: SyscallNumber) -> String {
        guard let entry = entry(for: call) else { return "no evidence" }
        let environment =
            entry.environment.isEmpty ? "" : " (\(entry.environment.joined(separator: ", ")))"
        guard let evidence = entry.evidence else { return entry.reason.rawValue + environment }
        let witness = evidence.witness.isEmpty ? "" : ", test case \(evidence.witness.prefix(12))"
        return entry.reason.rawValue + environment
            + " (\(evidence.tier.name), \(evidence.executions) executions\(witness))"
    }
}

extension FilterAction: CustomStringConvertible {
    /// Whether the call is made.
    package var letsThrough: Bool {
        switch self {
        case .allow, .log: true
        case .error, .killProcess, .other: false
        }
    }

    package var description: String {
        switch self {
        case .allow: "allowed"
        case .log: "logged"
        case .error(ActionMap.notPermitted): "EPERM"
        case .error(ActionMap.noSuchCall): "ENOSYS"
        case .error(let number): "error \(number)"
        case .killProcess: "killed"
        case .other(let value): "0x" + String(value, radix: 16)
        }
    }
}
