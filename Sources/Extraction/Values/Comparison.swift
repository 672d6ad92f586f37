internal import CZydis

/// What an instruction compared, for the conditional jump that follows.
struct Comparison: Hashable {
    /// Which result a conditional jump is taken on.
    enum Outcome {
        case equal, notEqual
        case below, notBelow, belowOrEqual, above
        case less, notLess, lessOrEqual, greater
        case negative, notNegative
    }

    let left: AbstractValue
    let right: AbstractValue
    /// Of the operands, in bytes.
    let width: Int
    /// Whether the bits that both operands have are compared with zero.
    let isTest: Bool

    /// Whether a jump on an outcome may be taken, and whether control may go on behind it.
    ///
    /// - Parameter unequal: a number that nothing else is equal to.
    func possibilities(
        _ outcome: Outcome, unequal: UInt64?
    ) -> (taken: Bool, notTaken: Bool) {
        if let unequal, !isTest, left.single == unequal || right.single == unequal {
            switch outcome {
            case .equal: return (false, true)
            case .notEqual: return (true, false)
            default: return (true, true)
            }
        }
        if case .constant(let left) = left, case .constant(let right) = right {
            let holds = holds(outcome, left, right)
            return (holds, !holds)
        }
        guard let lefts = left.numbers, let rights = right.numbers else { return (true, true) }
        var result = (taken: false, notTaken: false)
        for left in lefts {
            for right in rights {
                if holds(outcome, left, right) {
                    result.taken = true
                } else {
                    result.notTaken = true
                }
            }
        }
        return result
    }

    private func holds(_ outcome: Outcome, _ left: UInt64, _ right: UInt64) -> Bool {
        let shift = UInt64(64 - width * 8)
        // Shifted up, numbers of any width compare and overflow as 64-bit ones do.
        let left = (isTest ? left & right : left) << shift
        let right = (isTest ? 0 : right) << shift
        let signedLeft = Int64(bitPattern: left)
        let signedRight = Int64(bitPattern: right)
        return switch outcome {
        case .equal: left == right
        case .notEqual: left != right
        case .below: left < right
        case .notBelow: left >= right
        case .belowOrEqual: left <= right
        case .above: left > right
        case .less: signedLeft < signedRight
        case .notLess: signedLeft >= signedRight
        case .lessOrEqual: signedLeft <= signedRight
        case .greater: signedLeft > signedRight
        case .negative: signedLeft &- signedRight < 0
        case .notNegative: signedLeft &- signedRight >= 0
        }
    }
}

extension Comparison.Outcome {
    /// Nil for jumps on other flags, which may go either way.
    init?(_ mnemonic: ZydisMnemonic) {
        switch mnemonic {
        case ZYDIS_MNEMONIC_JZ: self = .equal
        case ZYDIS_MNEMONIC_JNZ: self = .notEqual
        case ZYDIS_MNEMONIC_JB: self = .below
        case ZYDIS_MNEMONIC_JNB: self = .notBelow
        case ZYDIS_MNEMONIC_JBE: self = .belowOrEqual
        case ZYDIS_MNEMONIC_JNBE: self = .above
        case ZYDIS_MNEMONIC_JL: self = .less
        case ZYDIS_MNEMONIC_JNL: self = .notLess
        case ZYDIS_MNEMONIC_JLE: self = .lessOrEqual
        case ZYDIS_MNEMONIC_JNLE: self = .greater
        case ZYDIS_MNEMONIC_JS: self = .negative
        case ZYDIS_MNEMONIC_JNS: self = .notNegative
        default: return nil
        }
    }
}
