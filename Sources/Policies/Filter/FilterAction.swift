/// What a filter answers for a call, the upper and lower half of its return value.
package enum FilterAction: Hashable, Sendable {
    case allow
    /// The call is made and logged.
    case log
    /// The call is not made and fails with the error number.
    case error(UInt16)
    /// The whole process is killed with `SIGSYS`.
    case killProcess
    /// Any other value that a foreign filter returns.
    case other(UInt32)

    /// The value of linux/seccomp.h.
    package var returnValue: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .log: 0x7ffc_0000
        case .error(let number): 0x0005_0000 | UInt32(number)
        case .killProcess: 0x8000_0000
        case .other(let value): value
        }
    }

    package init(returnValue: UInt32) {
        switch returnValue & 0xffff_0000 {
        case 0x7fff_0000: self = .allow
        case 0x7ffc_0000: self = .log
        case 0x0005_0000: self = .error(UInt16(truncatingIfNeeded: returnValue))
        case 0x8000_0000: self = .killProcess
        default: self = .other(returnValue)
        }
    }
}
