/// Instructions of classic BPF over `struct seccomp_data`, as they are put together.
struct FilterAssembly {
    /// `struct sock_filter` of linux/filter.h, in the byte order of the machine.
    private(set) var instructions: [UInt64] = []

    /// Codes of linux/bpf_common.h.
    enum Code: UInt16 {
        case load = 0x20
        case and = 0x54
        case jump = 0x05
        case jumpIfEqual = 0x15
        case jumpIfGreater = 0x25
        case jumpIfAtLeast = 0x35
        case `return` = 0x06
    }

    /// Fields of `struct seccomp_data`.
    enum Offset {
        static let number: UInt32 = 0
        static let architecture: UInt32 = 4
        static let instructionPointer: UInt32 = 8
        static let arguments: UInt32 = 16
    }

    /// What a filter says of a call. Of two filters the kernel follows the stricter: ``fail(_:)``,
    /// then ``trace``.
    enum Action {
        static let allow: UInt32 = 0x7FFF_0000
        /// Stops the tracer, or fails with `ENOSYS` where there is none.
        static let trace: UInt32 = 0x7FF0_0000

        /// Returns an error, or 0 for success, without the call being made.
        static func fail(_ code: UInt16) -> UInt32 { 0x0005_0000 | UInt32(code) }
    }

    /// `AUDIT_ARCH_` constants of linux/audit.h.
    enum Architecture {
        static let native: UInt32 = 0xC000_003E
        static let compatibility: UInt32 = 0x4000_0003
    }

    var count: Int { instructions.count }

    mutating func add(_ code: Code, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
        instructions.append(Self.instruction(code, operand, ifTrue, ifFalse))
    }

    mutating func add(_ other: FilterAssembly) {
        instructions += other.instructions
    }

    /// A jump to wherever ``land(_:)`` is called.
    mutating func addJump() -> Int {
        add(.jump, 0)
        return instructions.count - 1
    }

    mutating func land(_ jump: Int) {
        instructions[jump] = Self.instruction(.jump, UInt32(instructions.count - jump - 1))
    }

    /// Returns an action where the number that was loaded is in its range, of ranges that are sorted
    /// and lie apart, by halving: every call goes through this. The number stays loaded.
    mutating func addReturns(
        in ranges: ArraySlice<(numbers: ClosedRange<UInt32>, action: UInt32)>
    ) {
        guard let first = ranges.first else { return }
        guard ranges.count > 1 else {
            add(.jumpIfAtLeast, first.numbers.lowerBound, ifFalse: 2)
            add(.jumpIfGreater, first.numbers.upperBound, ifTrue: 1)
            add(.return, first.action)
            return
        }
        let middle = ranges.startIndex + ranges.count / 2
        var lower = FilterAssembly()
        lower.addReturns(in: ranges[..<middle])
        add(.jumpIfAtLeast, ranges[middle].numbers.lowerBound, ifFalse: 1)
        // Too far for a jump of one byte, perhaps.
        add(.jump, UInt32(lower.count + 1))
        add(lower)
        let end = addJump()
        addReturns(in: ranges[middle...])
        land(end)
    }

    /// Returns an action where all tests hold; what is loaded is lost.
    mutating func addReturn(_ action: UInt32, where tests: [ArgumentTest]) {
        let size = tests.reduce(1) { $0 + $1.size }
        let start = count
        for test in tests {
            let offset = Offset.arguments + UInt32(test.argument) * 8
            func left(after instructions: Int) -> UInt8 {
                UInt8(size - (count + instructions - start))
            }
            add(.load, offset)
            switch test.condition {
            case .masked(let mask, let value):
                add(.and, mask)
                add(.jumpIfEqual, value, ifFalse: left(after: 1))
            case .isNotZero:
                add(.jumpIfEqual, 0, ifFalse: 2)
                add(.load, offset + 4)
                add(.jumpIfEqual, 0, ifTrue: left(after: 1))
            }
        }
        add(.return, action)
    }

    private static func instruction(
        _ code: Code, _ operand: UInt32, _ ifTrue: UInt8 = 0, _ ifFalse: UInt8 = 0
    ) -> UInt64 {
        UInt64(code.rawValue) | UInt64(ifTrue) << 16 | UInt64(ifFalse) << 24
            | UInt64(operand) << 32
    }
}

/// What a filter and the tracer can ask of an argument in the same way.
package struct ArgumentTest: Hashable, Sendable {
    package var argument: Int
    package var condition: Condition

    package enum Condition: Hashable, Sendable {
        /// The bits of its lower half that are in the mask are the value.
        case masked(UInt32, is: UInt32)
        case isNotZero
    }

    static func equals(_ argument: Int, _ value: UInt32) -> ArgumentTest {
        ArgumentTest(argument: argument, condition: .masked(.max, is: value))
    }

    func holds(of arguments: (Int) -> UInt64) -> Bool {
        switch condition {
        case .masked(let mask, let value):
            UInt32(truncatingIfNeeded: arguments(argument)) & mask == value
        case .isNotZero: arguments(argument) != 0
        }
    }

    /// In instructions.
    fileprivate var size: Int {
        switch condition {
        case .masked: 3
        case .isNotZero: 4
        }
    }
}
