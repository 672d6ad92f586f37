internal import Syscalls

/// What is forbidden by the numbers that one table gives it, in the form that filters need.
struct ForbiddenNumbers {
    /// Numbers every call of which is forbidden, sorted, and what a filter says of them.
    private(set) var always: [(numbers: ClosedRange<UInt32>, action: UInt32)] = []
    private(set) var conditional: [(number: UInt32, tests: [ArgumentTest], action: UInt32)] = []

    init(_ calls: [(number: UInt32, call: ForbiddenCall)], action: (ForbiddenCall) -> UInt32) {
        for (number, call) in calls.sorted(by: { $0.number < $1.number }) {
            let action = action(call)
            if !call.tests.isEmpty {
                conditional.append((number, call.tests, action))
            } else if let last = always.last, last.action == action,
                last.numbers.upperBound + 1 == number
            {
                always[always.count - 1].numbers = last.numbers.lowerBound...number
            } else {
                always.append((number...number, action))
            }
        }
    }

    /// Those of 64-bit programs that stop.
    static let stopping = ForbiddenNumbers(native) { _ in FilterAssembly.Action.trace }

    static let native = ForbiddenCall.all.map { (number: $0.number.rawValue, call: $0) }

    /// Those that x32 programs have besides, with the table's mark taken off.
    static let ofX32Alone = numbers(in: 512...600) { SyscallNumber(rawValue: $0 | 1 << 30) }

    static let compatible = numbers(in: 0...0xffe) {
        SyscallNumber(seen: UInt64($0), isNative: false)
    }

    private static func numbers(
        in range: ClosedRange<UInt32>, _ number: (UInt32) -> SyscallNumber
    ) -> [(number: UInt32, call: ForbiddenCall)] {
        range.flatMap { raw in
            (ForbiddenCall.byNumber[number(raw).counterpart] ?? []).map { (raw, $0) }
        }
    }
}

extension FilterAssembly {
    /// Returns what is said of the forbidden calls among those whose number is loaded; for any
    /// other the number stays loaded.
    mutating func addReturns(of forbidden: ForbiddenNumbers) {
        addReturns(in: forbidden.always[...])
        for (number, tests, action) in forbidden.conditional {
            var body = FilterAssembly()
            body.addReturn(action, where: tests)
            body.add(.load, Offset.number)
            add(.jumpIfEqual, number, ifFalse: UInt8(body.count))
            add(body)
        }
    }
}

extension SyscallFilter {
    /// Lets everything through but what is forbidden, through whatever table; that stops, or is
    /// answered at once where nobody traces.
    init(confining isTraced: Bool) {
        let action: (ForbiddenCall) -> UInt32 = {
            isTraced ? FilterAssembly.Action.trace : $0.action
        }
        var assembly = FilterAssembly()
        assembly.add(.load, FilterAssembly.Offset.architecture)
        assembly.add(.jumpIfEqual, FilterAssembly.Architecture.native, ifTrue: 1)
        let other = assembly.addJump()
        assembly.add(.load, FilterAssembly.Offset.number)
        // Marks of the x32 table change nothing but the numbers from 512 on; no other has these.
        assembly.add(.and, ~(1 << 30))
        assembly.addReturns(
            of: ForbiddenNumbers(
                ForbiddenNumbers.native + ForbiddenNumbers.ofX32Alone, action: action))
        assembly.add(.return, FilterAssembly.Action.allow)
        assembly.land(other)
        assembly.add(.load, FilterAssembly.Offset.number)
        assembly.addReturns(of: ForbiddenNumbers(ForbiddenNumbers.compatible, action: action))
        // Which family socketcall makes a socket of stands in memory, which a filter cannot read
        // and another thread can change; the tracer makes such calls others.
        assembly.add(.jumpIfEqual, SocketCall.number, ifTrue: 1)
        assembly.add(.return, FilterAssembly.Action.allow)
        for operation in SocketCall.making {
            assembly.addReturn(FilterAssembly.Action.trace, where: [.equals(0, operation)])
        }
        assembly.add(.return, FilterAssembly.Action.allow)
        self.init(instructions: assembly.instructions)
    }
}

/// socketcall(2) of the 32-bit table.
enum SocketCall {
    static let number: UInt32 = 102
    /// SYS_SOCKET and SYS_SOCKETPAIR of linux/net.h, which make sockets.
    static let making: [UInt32] = [1, 8]
    /// The calls that do the same, and how many bytes of arguments each has.
    static let plain: [UInt64] = [359, 360]
    static let sizes: [UInt64] = [12, 16]
}
