internal import CLinux
package import Syscalls

/// A classic BPF program for seccomp(2): lets known system calls through and stops at the others.
///
/// Made for speed, not to confine: what is let through is what an execution may do unseen.
package struct SyscallFilter: Sendable {
    /// `struct sock_filter` of linux/filter.h, in the byte order of the machine.
    private(set) var instructions: [UInt64] = []

    /// A call and the combinations of its scalar arguments that are let through, in the order of
    /// ``SyscallNumber/scalarArguments``; nil for all.
    package struct Permission: Hashable, Sendable {
        package var number: SyscallNumber
        package var values: [[UInt64]]?

        package init(number: SyscallNumber, values: [[UInt64]]?) {
            self.number = number
            self.values = values
        }
    }

    /// A filter that was assembled elsewhere: `struct sock_filter` each, at most 4,096.
    package init(instructions: [UInt64]) {
        self.instructions = instructions
    }

    /// Of what no permission is for, every call stops, in whatever table its number is.
    ///
    /// Permissions that do not fit the kernel's 4,096 instructions are left out.
    package init(allowing permissions: [Permission]) {
        add(.load, Offset.architecture)
        add(.jumpIfEqual, 0xC000_003E, ifTrue: 1)  // AUDIT_ARCH_X86_64
        add(.return, Action.trace)
        add(.load, Offset.number)
        // Numbers that need no argument first: the kernel remembers such verdicts.
        for permission in permissions where permission.values == nil {
            guard hasRoom(for: 2) else { break }
            add(.jumpIfEqual, permission.number.rawValue, ifFalse: 1)
            add(.return, Action.allow)
        }
        for permission in permissions where permission.values != nil { add(permission) }
        addTemplateCalls()
        add(.return, Action.trace)
    }

    /// Lets the calls through that a fork server's copies write down, told by their addresses, but
    /// for those that the tracer has to see; everything else stops.
    init(recordingIn areas: [UInt64]) {
        add(.load, Offset.architecture)
        add(.jumpIfEqual, 0xC000_003E, ifTrue: 1)  // AUDIT_ARCH_X86_64
        add(.return, Action.trace)
        for area in areas { add(recordingIn: area) }
        addTemplateCalls()
        add(.return, Action.trace)
    }

    private mutating func add(recordingIn area: UInt64) {
        let size = UInt32(CLINUX_RECORDER_AREA)
        let stopping = CallRecorder.alwaysStopping.map(\.rawValue)
        var body = SyscallFilter(instructions: [])
        body.add(.load, Offset.instructionPointer)
        body.add(.and, 0xff)
        body.add(.jumpIfEqual, UInt32(CLINUX_RECORDER_CALL), ifTrue: 1)
        body.add(.return, Action.trace)
        body.add(.load, Offset.number)
        for number in stopping {
            body.add(.jumpIfEqual, number, ifFalse: 1)
            body.add(.return, Action.trace)
        }
        // mmap and mprotect that make memory executable, prlimit64 of another process.
        for (number, argument, mask) in [(9, 2, 4), (10, 2, 4), (302, 0, UInt32.max)] {
            body.add(.jumpIfEqual, UInt32(number), ifFalse: 4)
            body.add(.load, Offset.arguments + UInt32(argument) * 8)
            body.add(.and, mask)
            body.add(.jumpIfEqual, 0, ifTrue: 1)
            body.add(.return, Action.trace)
            body.add(.load, Offset.number)
        }
        body.add(.return, Action.allow)
        add(.load, Offset.instructionPointer + 4)
        add(.jumpIfEqual, UInt32(truncatingIfNeeded: area >> 32), ifTrue: 1)
        let first = instructions.count
        add(.jump, 0)
        add(.load, Offset.instructionPointer)
        add(.and, ~(size - 1))
        add(.jumpIfEqual, UInt32(truncatingIfNeeded: area), ifTrue: 1)
        let second = instructions.count
        add(.jump, 0)
        instructions += body.instructions
        for jump in [first, second] {
            instructions[jump] = Self.instruction(.jump, UInt32(instructions.count - jump - 1))
        }
    }

    private mutating func hasRoom(for count: Int) -> Bool {
        instructions.count + count + 32 <= 4096
    }

    private mutating func add(_ permission: Permission) {
        guard let classes = permission.values, !classes.isEmpty else { return }
        let arguments = permission.number.scalarArguments
        // Two words of at most three instructions for each argument, and one to return.
        let size = classes.count * (arguments.count * 6 + 1) + 4
        guard hasRoom(for: size) else { return }
        add(.jumpIfEqual, permission.number.rawValue, ifTrue: 1)
        let jump = instructions.count
        add(.jump, 0)
        for values in classes {
            let words = zip(arguments, values).flatMap { argument, value in
                Self.words(of: argument, value)
            }
            for (index, word) in words.enumerated() {
                add(.load, word.offset)
                add(.and, word.mask)
                let left = (words.count - index - 1) * 3 + 1
                add(.jumpIfEqual, word.value, ifFalse: UInt8(left))
            }
            add(.return, Action.allow)
        }
        // Whatever follows compares the number again.
        add(.load, Offset.number)
        instructions[jump] = Self.instruction(.jump, UInt32(instructions.count - jump - 1))
    }

    private static func words(
        of argument: ScalarArgument, _ value: UInt64
    ) -> [(offset: UInt32, mask: UInt32, value: UInt32)] {
        let mask = argument.value(of: .max)
        let offset = Offset.arguments + UInt32(argument.index) * 8
        let low = (
            offset: offset, mask: UInt32(truncatingIfNeeded: mask),
            value: UInt32(truncatingIfNeeded: value)
        )
        let high = (
            offset: offset + 4, mask: UInt32(truncatingIfNeeded: mask >> 32),
            value: UInt32(truncatingIfNeeded: value >> 32)
        )
        return high.mask == 0 ? [low] : [low, high]
    }

    /// The two instructions by which a fork server makes its calls, told by their addresses.
    private mutating func addTemplateCalls() {
        for index in 0..<2 {
            let address = clinux_template_call_address(Int32(index))
            add(.load, Offset.instructionPointer)
            add(.jumpIfEqual, UInt32(truncatingIfNeeded: address), ifFalse: 3)
            add(.load, Offset.instructionPointer + 4)
            add(.jumpIfEqual, UInt32(truncatingIfNeeded: address >> 32), ifFalse: 1)
            add(.return, Action.allow)
        }
    }

    // MARK: Instructions

    /// Codes of linux/bpf_common.h.
    private enum Code: UInt16 {
        case load = 0x20
        case and = 0x54
        case jump = 0x05
        case jumpIfEqual = 0x15
        case `return` = 0x06
    }

    /// Fields of `struct seccomp_data`.
    private enum Offset {
        static let number: UInt32 = 0
        static let architecture: UInt32 = 4
        static let instructionPointer: UInt32 = 8
        static let arguments: UInt32 = 16
    }

    private enum Action {
        static let allow: UInt32 = 0x7FFF_0000
        static let trace: UInt32 = 0x7FF0_0000
    }

    private mutating func add(
        _ code: Code, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0
    ) {
        instructions.append(Self.instruction(code, operand, ifTrue, ifFalse))
    }

    private static func instruction(
        _ code: Code, _ operand: UInt32, _ ifTrue: UInt8 = 0, _ ifFalse: UInt8 = 0
    ) -> UInt64 {
        UInt64(code.rawValue) | UInt64(ifTrue) << 16 | UInt64(ifFalse) << 24
            | UInt64(operand) << 32
    }
}
