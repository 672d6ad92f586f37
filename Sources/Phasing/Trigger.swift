package import Syscalls
package import Traces

/// A call by which the beginning of a phase is recognised while the program runs.
///
/// It is looked at on entry to the call, from registers alone, so the tracer, an enforcer and a
/// stored trace come to the same answer. The call belongs to the phase that it begins.
package struct Trigger: Hashable, Sendable, Codable {
    package let syscall: SyscallNumber
    /// Which matching call it is, from 1, counted from the program's entry point; a new thread or
    /// fork goes on from its maker's count.
    package let occurrence: UInt32
    /// All of them must hold.
    package let tests: [ArgumentTest]
    /// Where the call must come from; nil for anywhere.
    package let site: CallSite?
    /// Whose call it must be; nil for any role.
    package let role: Role?

    package init(
        _ syscall: SyscallNumber, occurrence: UInt32 = 1, tests: [ArgumentTest] = [],
        site: CallSite? = nil, role: Role? = nil
    ) {
        self.syscall = syscall
        self.occurrence = occurrence
        self.tests = tests
        self.site = site
        self.role = role
    }

    /// Whether a call is one that counts towards ``occurrence``.
    package func matches(
        _ number: SyscallNumber, _ arguments: InlineArray<6, UInt64>, by caller: Role,
        from callSite: @autoclosure () -> CallSite?
    ) -> Bool {
        guard number == syscall, tests.allSatisfy({ $0.holds(for: arguments) }),
            role == nil || role == caller
        else { return false }
        return site.map { $0 == callSite() } ?? true
    }
}

/// A comparison of some bits of one argument register with a constant.
package struct ArgumentTest: Hashable, Sendable, Codable {
    package enum Relation: String, Sendable, Codable {
        case equal = "=="
        case different = "!="
    }

    /// Which of the six argument registers, from 0.
    package let index: Int
    /// The bits that are compared.
    package let mask: UInt64
    package let relation: Relation
    package let value: UInt64

    /// Compares the low 32 bits unless a mask is given: descriptors and counts are `int`s.
    package init(
        _ index: Int, mask: UInt64 = 0xffff_ffff, _ relation: Relation, _ value: UInt64
    ) {
        self.index = index
        self.mask = mask
        self.relation = relation
        self.value = value
    }

    package func holds(for arguments: InlineArray<6, UInt64>) -> Bool {
        guard (0..<6).contains(index) else { return false }
        return (arguments[index] & mask == value) == (relation == .equal)
    }
}

extension Trigger: CustomStringConvertible {
    /// Such as `openat (occurrence 2) where flags & O_CLOEXEC == 0`.
    package var description: String {
        descriptionWithoutRole + (role.map { " by \($0.name)" } ?? "")
    }

    /// For lists of one role.
    package var descriptionWithoutRole: String {
        var text = occurrence == 1 ? syscall.name : "\(syscall.name) (occurrence \(occurrence))"
        if !tests.isEmpty {
            text += " where "
            text += tests.map { $0.describe(for: syscall) }.joined(separator: " and ")
        }
        if let site { text += " at \(site)" }
        return text
    }
}

extension ArgumentTest {
    /// The test with the parameter's name and the names of its values, where they have some.
    package func describe(for syscall: SyscallNumber) -> String {
        let kind = syscall.scalarArguments.first { $0.index == index }?.kind
        let left = kind?.name ?? "argument \(index)"
        guard mask != 0xffff_ffff, mask != .max else {
            let right = kind?.describe(value) ?? String(value)
            return "\(left) \(relation.rawValue) \(right)"
        }
        // A mask of flags reads well by name; the choice in the low bits of open's flags does not.
        let named = mask & 3 == 0 ? kind?.describe(mask & (kind?.mask ?? 0)) : nil
        let bits = named?.split(separator: "|").filter { $0 != "O_RDONLY" }.joined(separator: "|")
        return "\(left) & \(bits ?? "0x" + String(mask, radix: 16)) \(relation.rawValue) \(value)"
    }
}
