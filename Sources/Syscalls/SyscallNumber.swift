/// The number of a system call in the x86-64 table.
///
/// Holds whatever a program put in `eax`; only numbers in ``table`` name a call the kernel knows.
package struct SyscallNumber: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    @inlinable
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The call of that name; accepts the kernel's and the manual pages' spellings, and
    /// `syscall_0x…` for a number without a name.
    package init?(name: some StringProtocol) {
        let name = String(name)
        if let raw = Self.numbers[Self.aliases[name] ?? name] {
            self.init(rawValue: raw)
        } else if name.hasPrefix("syscall_0x"), let raw = UInt32(name.dropFirst(10), radix: 16) {
            self.init(rawValue: raw)
        } else {
            return nil
        }
    }

    /// The kernel's name for the number, or `syscall_0x…` as strace prints an unknown one.
    package var name: String {
        if let known = Self.names[rawValue] { return known }
        return "syscall_0x" + String(rawValue, radix: 16)
    }

    /// Whether the kernel table has a call of this number.
    package var isNamed: Bool { Self.names[rawValue] != nil }

    /// What a tracer sets in the number of a call through the 32-bit gate, whose table is another.
    package static let compatibilityMark: UInt32 = 1 << 31

    /// Whether the call came through the 32-bit gate.
    package var isCompatibility: Bool { rawValue & Self.compatibilityMark != 0 }

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
    package static let execveat = SyscallNumber(rawValue: 322)
    package static let clone3 = SyscallNumber(rawValue: 435)
}
