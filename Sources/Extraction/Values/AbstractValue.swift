/// What is known about a 64-bit quantity at one place of a function, whatever way led there.
enum AbstractValue: Hashable, Sendable {
    /// Any number.
    case unknown
    /// One number; addresses count as numbers. What most values are, without storage of its own.
    case constant(UInt64)
    /// One of a few numbers, sorted, or none at all; see ``constants(_:)``.
    case oneOf([UInt64])
    /// What the caller passed.
    case parameter(Parameter)
    /// The address that the stack pointer held on entry, plus a distance.
    case stack(Int64)
    /// What memory held at a pointer of unknown value plus a distance.
    indirect case pointee(AbstractValue, Int64)

    /// Where a caller leaves an argument.
    enum Parameter: Hashable, Sendable {
        /// The zero-based argument in `rdi`, `rsi`, `rdx`, `rcx`, `r8`, `r9`; 6 is what `rax`
        /// holds, the first argument of functions of Go.
        case register(Int)
        /// Distance from the stack pointer on entry; 8 is the first argument on the stack.
        case stack(Int64)
        /// What a register argument points at, at a distance.
        case pointee(Int, Int64)
    }

    /// More numbers than this are as good as any.
    static let largestSet = 24

    /// - Parameter values: sorted, each once.
    static func constants(_ values: [UInt64]) -> AbstractValue {
        values.count == 1 ? .constant(values[0]) : .oneOf(values)
    }

    /// The only number it can be.
    var single: UInt64? {
        if case .constant(let value) = self { value } else { nil }
    }

    /// The only numbers it can be; nil where that is not known.
    var numbers: [UInt64]? {
        switch self {
        case .constant(let value): [value]
        case .oneOf(let values): values
        case .unknown, .parameter, .stack, .pointee: nil
        }
    }

    /// What is known when either value may be the one.
    func joined(_ other: AbstractValue) -> AbstractValue {
        if self == other { return self }
        guard let left = numbers, let right = other.numbers else { return .unknown }
        return Self.set(left + right)
    }

    private static func set(_ values: [UInt64]) -> AbstractValue {
        guard values.count > 1 else { return .constants(values) }
        var unique = values.sorted()
        var kept = 1
        for index in 1..<unique.count where unique[index] != unique[kept - 1] {
            unique[kept] = unique[index]
            kept += 1
        }
        unique.removeSubrange(kept...)
        return unique.count > largestSet ? .unknown : .constants(unique)
    }

    /// The number in the low bits of a register of that many bytes, upper bits cleared. The
    /// arguments of interest are 32-bit numbers, so those pass unchanged.
    func truncated(to width: Int) -> AbstractValue {
        guard width < 8 else { return self }
        let mask: UInt64 = (1 << UInt64(width * 8)) - 1
        switch self {
        case .constant(let value): return .constant(value & mask)
        case .oneOf(let values):
            if values.allSatisfy({ $0 <= mask }) { return self }
            return Self.set(values.map { $0 & mask })
        case .parameter, .pointee: return width == 4 ? self : .unknown
        case .stack, .unknown: return .unknown
        }
    }

    func signExtended(from width: Int) -> AbstractValue {
        guard width < 8 else { return self }
        let shift = UInt64(64 - width * 8)
        func extended(_ value: UInt64) -> UInt64 {
            UInt64(bitPattern: Int64(bitPattern: value << shift) >> shift)
        }
        switch self {
        case .constant(let value): return .constant(extended(value))
        case .oneOf(let values): return Self.set(values.map(extended))
        default: return truncated(to: width)
        }
    }

    /// The result of an operation on every pair of numbers.
    func combined(
        _ other: AbstractValue, _ operation: (UInt64, UInt64) -> UInt64
    ) -> AbstractValue {
        if case .constant(let left) = self, case .constant(let right) = other {
            return .constant(operation(left, right))
        }
        guard let left = numbers, let right = other.numbers,
            left.count * right.count <= Self.largestSet * Self.largestSet
        else { return .unknown }
        return Self.set(left.flatMap { first in right.map { operation(first, $0) } })
    }

    /// The result of an operation on every number.
    func mapped(_ operation: (UInt64) -> UInt64) -> AbstractValue {
        switch self {
        case .constant(let value): .constant(operation(value))
        case .oneOf(let values): Self.set(values.map(operation))
        case .unknown, .parameter, .stack, .pointee: .unknown
        }
    }

    /// Itself plus a constant.
    func advanced(by distance: Int64) -> AbstractValue {
        if case .stack(let start) = self { return .stack(start &+ distance) }
        return mapped { $0 &+ UInt64(bitPattern: distance) }
    }

    func adding(_ other: AbstractValue) -> AbstractValue {
        switch (self, other) {
        case (.stack(let distance), .constant(let value)),
            (.constant(let value), .stack(let distance)):
            return .stack(distance &+ Int64(bitPattern: value))
        default: return combined(other, &+)
        }
    }
}
