/// The vocabulary of a scalar argument: what its values are called, and which bits count.
///
/// Values are those of the x86-64 ABI, from the kernel's uapi headers of Linux 6.1.
package enum ArgumentKind: Hashable, Sendable {
    case openFlags, accessMode, atFlags, renameFlags, whence, fallocateMode, fileAdvice
    case lockOperation, fcntlCommand, ioctlCommand, epollOperation, clock
    case protection, mapFlags, remapFlags, syncFlags, memoryAdvice, memoryFileFlags
    case socketDomain, socketType, protocolNumber, messageFlags, socketLevel
    case cloneFlags, waitOptions, prctlOption, threadStateCode, futexOperation
    case signal, resource, mountFlags
    /// A choice whose values have no names here; printed in hexadecimal.
    case word

    /// The bits of the register that the kernel gives a meaning to.
    @inlinable
    package var mask: UInt64 {
        switch self {
        case .openFlags: 0o37_777_703
        case .protection: 0x0300_001f
        case .atFlags: 0xffff
        case .mapFlags: 0x071f_ffff
        default: 0xffff_ffff
        }
    }

    /// The manual pages' name of the parameter.
    package var name: String {
        switch self {
        case .openFlags, .atFlags, .renameFlags, .mapFlags, .remapFlags, .syncFlags,
            .memoryFileFlags, .messageFlags, .cloneFlags, .mountFlags:
            "flags"
        case .accessMode, .fallocateMode: "mode"
        case .whence: "whence"
        case .fileAdvice, .memoryAdvice: "advice"
        case .lockOperation, .epollOperation, .futexOperation: "op"
        case .fcntlCommand, .ioctlCommand: "cmd"
        case .clock: "clock"
        case .protection: "prot"
        case .socketDomain: "domain"
        case .socketType: "type"
        case .protocolNumber: "protocol"
        case .socketLevel: "level"
        case .waitOptions: "options"
        case .prctlOption: "option"
        case .threadStateCode: "code"
        case .signal: "sig"
        case .resource: "resource"
        case .word: "value"
        }
    }

    /// The value in the manual pages' spelling, unnamed rests in hexadecimal.
    package func describe(_ value: UInt64) -> String {
        guard isFlagWord else {
            return names.first { $0.value == value }.map { "\($0.name)" } ?? Self.hexadecimal(value)
        }
        var rest = value & ~choiceMask
        var parts: [String] = []
        if choiceMask != 0 || value == 0 {
            let choice = value & choiceMask
            let named = names.first { $0.value == choice && choice & ~choiceMask == 0 }
            if let named { parts.append("\(named.name)") } else { rest = value }
        }
        for (bits, name) in names where bits & choiceMask == 0 && bits != 0 {
            guard rest & bits == bits else { continue }
            rest &= ~bits
            parts.append("\(name)")
        }
        if rest != 0 || parts.isEmpty { parts.append(Self.hexadecimal(rest)) }
        return parts.joined(separator: "|")
    }

    /// Whether a value is several names joined, not one.
    private var isFlagWord: Bool {
        switch self {
        case .openFlags, .accessMode, .atFlags, .renameFlags, .fallocateMode, .lockOperation,
            .protection, .mapFlags, .remapFlags, .syncFlags, .memoryFileFlags, .socketType,
            .messageFlags, .cloneFlags, .waitOptions, .futexOperation, .mountFlags:
            true
        default: false
        }
    }

    /// The bits of a flag word that are one choice, not flags of their own.
    private var choiceMask: UInt64 {
        switch self {
        case .openFlags: 0x3
        case .mapFlags: 0x3
        case .socketType: 0xf
        case .futexOperation: 0x7f
        case .cloneFlags: 0x7f
        default: 0
        }
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        "0x" + String(value, radix: 16)
    }
}
