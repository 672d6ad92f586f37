internal import Store
internal import Syscalls
internal import TestCases
internal import Traces

extension ExecutionReport {
    init(_ execution: TargetExecutor.Execution, of testCase: TestCase) {
        let trace = execution.trace
        observations = trace.observations(
            segmentation: execution.segmentation, tier: Tier(testCase.provocation),
            witness: testCase.id, execution: 1, seconds: 0, isStable: true)
        events = trace.events.enumerated().map { index, event in
            EventLine(
                role: trace.threads[Int(event.thread)].role.name,
                phase: execution.segmentation.phase(ofEvent: index)?.name ?? "",
                syscall: event.number.name, text: Self.text(of: event),
                site: trace.site(of: event)?.description ?? "")
        }
        end = Self.text(of: trace.end)
        output = execution.output
        errors = execution.errors
        companionFailure = execution.companionFailure
    }

    /// Name, argument registers and result, in the manner of strace.
    private static func text(of event: Event) -> String {
        let arguments = (0..<event.number.argumentCount).map { index in
            let value = event.arguments[index]
            // Descriptors and flags are ints: what looks like -1 or AT_FDCWD is meant so.
            let small = Int32(truncatingIfNeeded: value)
            if small < 0, small > -4096, value >> 32 == 0 || value >> 32 == 0xffff_ffff {
                return String(small)
            }
            return value < 65_536 ? String(value) : "0x" + String(value, radix: 16)
        }
        let result =
            if let error = event.error {
                "-\(ErrorNumber(rawValue: error))"
            } else {
                event.result.map { $0 < 1 << 20 ? String($0) : "0x" + String($0, radix: 16) } ?? "?"
            }
        return "\(event.number.name)(\(arguments.joined(separator: ", "))) = \(result)"
    }

    static func text(of end: Trace.End) -> String {
        switch end {
        case .exited(let status): "exited with status \(status)"
        case .killed(let signal):
            "was killed by \(ArgumentKind.signal.describe(UInt64(clamping: signal)))"
        case .stopped(let reason): "was ended by Fathom: \(reason.rawValue)"
        }
    }
}
