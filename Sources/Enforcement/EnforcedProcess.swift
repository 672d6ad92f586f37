internal import CLinux
internal import Phasing
internal import Policies
internal import Syscalls
internal import Traces
internal import Tracing

/// What is known of one process of the program.
struct EnforcedProcess {
    let id: Int32
    var role: Role
    var progress: PhaseRecognizer.Progress
    /// What its filter is, by inheritance or its own.
    var step: EnforcementPlan.Step
    var attention: EnforcementPlan.Attention
    var entry: (address: UInt64, saved: UInt64)?
    /// The call that was not made for a filter to be installed in its place: it is made again.
    var repeated: (number: SyscallNumber, place: UInt64)?
    var reported: Set<SyscallNumber> = []
}

extension EnforcedProcess {
    /// Whether its filter is going to deny the call that it enters.
    func denies(_ stop: clinux_stop) -> Bool {
        let input = FilterInput(
            number: UInt32(truncatingIfNeeded: stop.number), architecture: stop.architecture,
            instructionPointer: stop.instruction_pointer, arguments: stop.argumentList)
        switch try? step.filter.evaluate(input) {
        case .error, .killProcess: return true
        default: return false
        }
    }

    /// What there is to be said of a call that its filter denies; nil where it was said before.
    mutating func violation(at stop: clinux_stop, under policy: Policy) -> Violation? {
        let isNative = stop.architecture == FilterProgram.architecture
        let number = SyscallNumber(seen: stop.number, isNative: isNative)
        guard reported.insert(number).inserted else { return nil }
        return Violation(
            process: id, role: role, phase: policy.model.phases[Int(progress.phase)],
            syscall: number,
            site: ProcessFacts.site(at: stop.instruction_pointer &- 2, of: id),
            choice: number.checkedValues(of: stop.argumentList))
    }
}

extension clinux_stop {
    /// Of the call that is entered.
    var argumentList: InlineArray<6, UInt64> {
        [arguments.0, arguments.1, arguments.2, arguments.3, arguments.4, arguments.5]
    }
}
