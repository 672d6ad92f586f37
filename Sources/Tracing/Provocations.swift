internal import CLinux
internal import Syscalls
internal import TestCases
internal import Traces

/// The signals and faults of a test case, and how far the execution is towards each.
struct Provocations {
    private(set) var signals: [TestCase.SignalDelivery] = []
    private(set) var faults: [(fault: TestCase.Fault, left: UInt32)] = []
    /// Calls that the root process has entered since its entry point.
    private var rootCalls: UInt32 = 0

    init(signals: [TestCase.SignalDelivery] = [], faults: [TestCase.Fault] = []) {
        self.signals = signals
        self.faults = faults.map { ($0, $0.occurrence) }
    }

    /// Counts calls that were made before the execution, of a fork server's template.
    mutating func skip(_ calls: [UInt32]) {
        rootCalls = UInt32(calls.count)
        for index in faults.indices {
            let made = calls.count { $0 == faults[index].fault.syscall }
            faults[index].left -= min(faults[index].left, UInt32(made))
        }
    }

    /// How many calls the root process makes before the one at which the next signal is due; nil
    /// when none is to come.
    var callsBeforeSignal: UInt64? {
        signals.map(\.atSyscall).min().map { UInt64($0 > rootCalls ? $0 - rootCalls - 1 : 0) }
    }

    /// Counts a call of the root process at which nothing was due.
    mutating func passCall() {
        rootCalls &+= 1
    }

    /// Undoes ``passCall()``.
    mutating func takeBackCall() {
        rootCalls &-= 1
    }

    var isEmpty: Bool { signals.isEmpty && faults.isEmpty }

    /// The signals that are due when the root process enters its next call.
    mutating func takeDueSignals() -> [UInt8] {
        rootCalls &+= 1
        let due = signals.filter { $0.atSyscall <= rootCalls }
        if !due.isEmpty { signals.removeAll { $0.atSyscall <= rootCalls } }
        return due.map(\.signal)
    }

    /// The effect on a call of the target that is being entered, if a fault has come to it.
    ///
    /// Calls that do not return are left alone: made to fail, they would run into nowhere.
    mutating func takeFault(on number: SyscallNumber) -> TestCase.Fault.Effect? {
        guard number != .exit, number != .exitGroup, number != .rtSigreturn else { return nil }
        var effect: TestCase.Fault.Effect?
        for index in faults.indices where faults[index].fault.syscall == number.rawValue {
            guard faults[index].left > 0 else { continue }
            faults[index].left -= 1
            if faults[index].left == 0 { effect = faults[index].fault.effect }
        }
        return effect
    }
}

extension TraceSession {
    /// Applies what is due at a call's entry; only calls of the target's own image count.
    mutating func provoke(_ event: Event, index: Int) {
        let thread = trace.threads[Int(event.thread)]
        guard thread.role.isTarget else { return }
        if thread.processID == rootProcess {
            for signal in provocations.takeDueSignals() {
                clinux_kill(rootProcess, Int32(signal))
            }
        }
        switch provocations.takeFault(on: event.number) {
        case .error(let code):
            clinux_skip_syscall(table[index].id)
            table[index].imposedResult = -Int64(code)
        case .shortCount(let count) where event.arguments[2] > UInt64(count):
            clinux_set_argument(table[index].id, 2, UInt64(count))
            table[index].changedArgument = 2
        case .shortCount, nil: break
        }
    }
}
