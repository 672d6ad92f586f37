import TestCases

extension Mutator {
    /// Sends a signal at some system call, or another one, or the same one at another call.
    func changeSignals(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        if !testCase.sessions.isEmpty, generator.chance(3, in: 4) {
            insertSignal(&testCase, using: &generator)
            return
        }
        let count = testCase.signals.count
        let index = generator.below(count)
        switch generator.below(count == 0 ? 1 : 5) {
        case 1: testCase.signals.remove(at: index)
        case 2: testCase.signals[index].atSyscall = moment(using: &generator)
        case 3:
            let position = testCase.signals[index].atSyscall
            testCase.signals[index].atSyscall =
                generator.chance(1, in: 2) ? position &+ 1 : position - min(position, 1)
        case 4:
            // What a handler does may depend on how often it was called.
            var again = testCase.signals[index]
            again.atSyscall &+= UInt32(1 + generator.below(4))
            testCase.signals.append(again)
        default:
            let isHandled = generator.chance(1, in: 2)
            let handled = isHandled ? generator.element(of: vocabulary.handledSignals) : nil
            guard let signal = handled ?? generator.element(of: SignalNumbers.all) else { return }
            testCase.signals.append(.init(signal: signal, atSyscall: moment(using: &generator)))
        }
    }

    /// Within what one execution makes, as far as that is known.
    private func moment(using generator: inout SeededGenerator) -> UInt32 {
        let made = vocabulary.observedCalls.reduce(0) { $0 + Int($1.occurrences) }
        return UInt32(made > 0 ? generator.below(made + 1) : generator.skewed(below: 4_096))
    }
}

/// Signals that programs handle, or that something sends to them; without those that always stop
/// or kill. The commonest first.
enum SignalNumbers {
    /// TERM INT HUP USR1 USR2 WINCH ALRM CHLD CONT PIPE QUIT TSTP TTIN TTOU URG XCPU XFSZ IO PWR,
    /// the first real-time signal, and SEGV, which has handlers in language runtimes.
    static let all: [UInt8] = [
        15, 2, 1, 10, 12, 28, 14, 17, 18, 13, 3, 20, 21, 22, 23, 24, 25, 29, 30, 34, 11,
    ]
}
