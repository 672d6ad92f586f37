/// The number of a system call in the x86-64 table, or in the one that the 32-bit gate has.
///
/// Holds whatever a program put in `eax`; only numbers in ``table`` name a call the kernel knows.
/// Calls of the other table are kept apart by ``compatibilityMark`` and named `i386:getpid`.
package struct SyscallNumber: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    @inlinable
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// What a tracer saw in the register of a call. The two tables are told apart by how the call
    /// was made, never by the number, which the program chooses.
    package init(seen number: UInt64, isNative: Bool) {
        if isNative {
            let raw = UInt32(truncatingIfNeeded: number)
            // No kernel has a call of such a number, which only looks like one of the other table.
            self.init(rawValue: Self.isMarked(raw) ? raw | 1 << 30 : raw)
        } else {
            let last = UInt64(Self.largestCompatibilityNumber)
            self.init(rawValue: Self.compatibilityMark | UInt32(min(number, last)))
        }
    }

    /// The call of that name; accepts the kernel's and the manual pages' spellings, `syscall_0x…`
    /// for a number without a name, and `i386:` before a name of the 32-bit table.
    package init?(name: some StringProtocol) {
        let name = String(name)
        if let raw = Self.numbers[Self.aliases[name] ?? name] {
            self.init(rawValue: raw)
        } else if name.hasPrefix(Self.compatibilityPrefix) {
            let rest = name.dropFirst(Self.compatibilityPrefix.count)
            guard
                let raw = Self.compatibilityNumbers[String(rest)]
                    ?? (rest.hasPrefix("0x") ? UInt32(rest.dropFirst(2), radix: 16) : nil),
                raw <= Self.largestCompatibilityNumber
            else { return nil }
            self.init(rawValue: Self.compatibilityMark | raw)
        } else if name.hasPrefix("syscall_0x"), let raw = UInt32(name.dropFirst(10), radix: 16) {
            self.init(rawValue: raw)
        } else {
            return nil
        }
    }

    /// The kernel's name for the number, or `syscall_0x…` as strace prints an unknown one; for a
    /// call of the 32-bit table that one's, behind `i386:`.
    package var name: String {
        if isCompatibility {
            let raw = rawValue & ~Self.compatibilityMark
            return Self.compatibilityPrefix
                + (Self.compatibilityNames[raw] ?? "0x" + String(raw, radix: 16))
        }
        if let known = Self.names[rawValue] { return known }
        return "syscall_0x" + String(rawValue, radix: 16)
    }

    /// Whether the kernel table has a call of this number.
    package var isNamed: Bool { Self.names[rawValue] != nil }

    /// What a tracer sets in the number of a call through the 32-bit gate, whose table is another.
    package static let compatibilityMark: UInt32 = 1 << 31

    /// Whether the call came through the 32-bit gate.
    package var isCompatibility: Bool { Self.isMarked(rawValue) }

    /// Above all numbers of that table; larger ones that programs try are kept as this.
    private static let largestCompatibilityNumber: UInt32 = 0xfff

    private static func isMarked(_ raw: UInt32) -> Bool {
        raw & ~largestCompatibilityNumber == compatibilityMark
    }

    static let compatibilityPrefix = "i386:"

    /// Whether the number asks for the x32 table, which shares the entry of the 64-bit one.
    package var isX32: Bool { rawValue >> 30 == 1 }

    @inlinable
    package static func < (left: SyscallNumber, right: SyscallNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Spellings of the manual pages and of older kernels that mean a row of ``table``.
    private static let aliases = [
        "fstatat": "newfstatat", "fstatat64": "newfstatat", "pread": "pread64",
        "pwrite": "pwrite64", "sendfile64": "sendfile", "umount": "umount2",
        "fadvise": "fadvise64", "posix_fadvise": "fadvise64", "_exit": "exit",
        "sysctl": "_sysctl", "prlimit": "prlimit64",
    ]

    private static let names: [UInt32: String] = Dictionary(
        uniqueKeysWithValues: table.map { (UInt32($0.number), "\($0.name)") })

    private static let compatibilityNames: [UInt32: String] = Dictionary(
        uniqueKeysWithValues: compatibilityTable.map { (UInt32($0.number), "\($0.name)") })

    private static let compatibilityNumbers: [String: UInt32] = Dictionary(
        uniqueKeysWithValues: compatibilityTable.map { ("\($0.name)", UInt32($0.number)) })

    private static let numbers: [String: UInt32] = Dictionary(
        uniqueKeysWithValues: table.map { ("\($0.name)", UInt32($0.number)) })
}

extension SyscallNumber: CustomStringConvertible {
    package var description: String { name }
}

extension SyscallNumber: Codable {
    /// Numbers travel as names, so stored and printed JSON can be read by people.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let number = SyscallNumber(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "no system call is named \(name)")
        }
        self = number
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

extension SyscallNumber {
    package static let read = SyscallNumber(rawValue: 0)
    package static let write = SyscallNumber(rawValue: 1)
    package static let close = SyscallNumber(rawValue: 3)
    package static let mmap = SyscallNumber(rawValue: 9)
    package static let munmap = SyscallNumber(rawValue: 11)
    package static let rtSigreturn = SyscallNumber(rawValue: 15)
    package static let writev = SyscallNumber(rawValue: 20)
    package static let bind = SyscallNumber(rawValue: 49)
    package static let clone = SyscallNumber(rawValue: 56)
    package static let fork = SyscallNumber(rawValue: 57)
    package static let vfork = SyscallNumber(rawValue: 58)
    package static let execve = SyscallNumber(rawValue: 59)
    package static let exit = SyscallNumber(rawValue: 60)
    package static let setTidAddress = SyscallNumber(rawValue: 218)
    package static let restartSyscall = SyscallNumber(rawValue: 219)
    package static let exitGroup = SyscallNumber(rawValue: 231)
    package static let setRobustList = SyscallNumber(rawValue: 273)
    package static let seccomp = SyscallNumber(rawValue: 317)
    package static let execveat = SyscallNumber(rawValue: 322)
    package static let clone3 = SyscallNumber(rawValue: 435)
}
