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

    /// Of what no permission is for, every call stops, in whatever table its number is; what is
    /// forbidden is answered where a permission is for it.
    ///
    /// Permissions that do not fit the kernel's 4,096 instructions are left out.
    package init(allowing permissions: [Permission]) {
        var assembly = Self.ofNativeCalls()
        assembly.add(.load, Offset.number)
        // Numbers that need no argument first: the kernel remembers such verdicts.
        for permission in permissions where permission.values == nil {
            let verdict = Self.verdict(on: permission.number)
            guard Self.hasRoom(for: verdict.count + 1, in: assembly) else { break }
            assembly.add(
                .jumpIfEqual, permission.number.rawValue, ifFalse: UInt8(verdict.count))
            assembly.add(verdict)
        }
        for permission in permissions where permission.values != nil {
            Self.add(permission, to: &assembly)
        }
        assembly.addReturns(of: .stopping)
        self.init(endingWithTemplateCalls: assembly)
    }

    /// Lets the calls through that a fork server's copies write down, told by their addresses, but
    /// for those that the tracer has to see; everything else stops.
    init(recordingIn areas: [UInt64]) {
        var assembly = Self.ofNativeCalls()
        assembly.add(.load, Offset.number)
        assembly.addReturns(of: .stopping)
        for area in areas { Self.add(recordingIn: area, to: &assembly) }
        self.init(endingWithTemplateCalls: assembly)
    }

    /// What the 64-bit table has not stops.
    private static func ofNativeCalls() -> FilterAssembly {
        var assembly = FilterAssembly()
        assembly.add(.load, Offset.architecture)
        assembly.add(.jumpIfEqual, FilterAssembly.Architecture.native, ifTrue: 1)
        assembly.add(.return, Action.trace)
        return assembly
    }

    /// Allows a fork server's own calls, told by their addresses, and stops at everything else.
    private init(endingWithTemplateCalls assembly: FilterAssembly) {
        var assembly = assembly
        for index in 0..<2 {
            let address = clinux_template_call_address(Int32(index))
            assembly.add(.load, Offset.instructionPointer)
            assembly.add(.jumpIfEqual, UInt32(truncatingIfNeeded: address), ifFalse: 3)
            assembly.add(.load, Offset.instructionPointer + 4)
            assembly.add(.jumpIfEqual, UInt32(truncatingIfNeeded: address >> 32), ifFalse: 1)
            assembly.add(.return, Action.allow)
        }
        assembly.add(.return, Action.trace)
        instructions = assembly.instructions
    }

    private static func add(recordingIn area: UInt64, to assembly: inout FilterAssembly) {
        let size = UInt32(CLINUX_RECORDER_AREA)
        assembly.add(.load, Offset.instructionPointer + 4)
        assembly.add(.jumpIfEqual, UInt32(truncatingIfNeeded: area >> 32), ifTrue: 1)
        let first = assembly.addJump()
        assembly.add(.load, Offset.instructionPointer)
        assembly.add(.and, ~(size - 1))
        assembly.add(.jumpIfEqual, UInt32(truncatingIfNeeded: area), ifTrue: 1)
        let second = assembly.addJump()
        assembly.add(.load, Offset.instructionPointer)
        assembly.add(.and, 0xff)
        assembly.add(.jumpIfEqual, UInt32(CLINUX_RECORDER_CALL), ifTrue: 1)
        assembly.add(.return, Action.trace)
        assembly.add(.load, Offset.number)
        assembly.addReturns(in: stoppingInPlaces[...])
        // mmap and mprotect that make memory executable, prlimit64 of another process.
        for (number, argument, mask) in [(9, 2, 4), (10, 2, 4), (302, 0, UInt32.max)] {
            assembly.add(.jumpIfEqual, UInt32(number), ifFalse: 5)
            assembly.add(.load, Offset.arguments + UInt32(argument) * 8)
            assembly.add(.and, mask)
            assembly.add(.jumpIfEqual, 0, ifTrue: 1)
            assembly.add(.return, Action.trace)
            assembly.add(.load, Offset.number)
        }
        assembly.add(.return, Action.allow)
        assembly.land(first)
        assembly.land(second)
    }

    /// Numbers that stop although the place could write them down, in the form of
    /// ``FilterAssembly/addReturns(in:)``; with them those of the x32 table, which nobody counts.
    private static let stoppingInPlaces: [(numbers: ClosedRange<UInt32>, action: UInt32)] =
        CallRecorder.alwaysStopping.map { ($0.rawValue...$0.rawValue, Action.trace) }
        + [(UInt32(SyscallSet.capacity)...UInt32.max, Action.trace)]

    private static func hasRoom(for count: Int, in assembly: FilterAssembly) -> Bool {
        assembly.count + count + roomAtEnd <= 4096
    }

    /// For what is forbidden, and for a fork server's calls.
    private static let roomAtEnd: Int = {
        var assembly = FilterAssembly()
        assembly.addReturns(of: .stopping)
        return assembly.count + 32
    }()

    /// What is said of a call that is known: it goes on, or is answered where it is forbidden.
    private static func verdict(on number: SyscallNumber) -> FilterAssembly {
        var verdict = FilterAssembly()
        for call in ForbiddenCall.byNumber[number] ?? [] {
            verdict.addReturn(call.action, where: call.tests)
        }
        verdict.add(.return, Action.allow)
        return verdict
    }

    private static func add(_ permission: Permission, to assembly: inout FilterAssembly) {
        guard let classes = permission.values, !classes.isEmpty else { return }
        let arguments = permission.number.scalarArguments
        let verdict = verdict(on: permission.number)
        // Two words of at most three instructions for each argument, and the verdict.
        let size = classes.count * (arguments.count * 6 + verdict.count) + 4
        guard hasRoom(for: size, in: assembly) else { return }
        assembly.add(.jumpIfEqual, permission.number.rawValue, ifTrue: 1)
        let jump = assembly.addJump()
        for values in classes {
            let words = zip(arguments, values).flatMap { argument, value in
                Self.words(of: argument, value)
            }
            for (index, word) in words.enumerated() {
                assembly.add(.load, word.offset)
                assembly.add(.and, word.mask)
                let left = (words.count - index - 1) * 3 + verdict.count
                assembly.add(.jumpIfEqual, word.value, ifFalse: UInt8(left))
            }
            assembly.add(verdict)
        }
        // Whatever follows compares the number again.
        assembly.add(.load, Offset.number)
        assembly.land(jump)
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

    private typealias Offset = FilterAssembly.Offset
    private typealias Action = FilterAssembly.Action
}
