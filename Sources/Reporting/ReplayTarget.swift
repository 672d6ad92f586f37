package import Campaigns
package import Syscalls
package import Traces

/// A test case and the call it is to show; any execution will do where there is no call.
package struct ReplayTarget: Sendable {
    package let testCase: String
    package private(set) var syscall: SyscallNumber?
    package private(set) var role: Role?
    package private(set) var phase: Phase?

    package init(testCase: String) {
        self.testCase = testCase
    }

    private init(_ observation: Observation) {
        testCase = observation.witness
        syscall = observation.syscall
        role = observation.role
        phase = observation.phase
    }

    /// The best witness of a call, of the target's own code if there is one; nil when nothing
    /// showed the call.
    package init?(_ syscall: SyscallNumber, in phase: Phase?, observations: [Observation]) {
        let all = observations.filter {
            $0.syscall == syscall && (phase == nil || $0.phase == phase)
        }
        let own = all.filter(\.role.isTarget)
        guard let best = (own.isEmpty ? all : own).min(by: { $0.isBetterWitness(than: $1) }) else {
            return nil
        }
        self.init(best)
    }

    /// The call of the target's own code that the fewest executions showed.
    package static func rarest(in observations: [Observation]) -> ReplayTarget? {
        let own = observations.filter { $0.role.isTarget && $0.isStable }
        let counts = Dictionary(grouping: own, by: \.syscall).mapValues {
            $0.reduce(UInt64(0)) { $0 &+ $1.executions }
        }
        guard let (syscall, _) = counts.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else {
            return nil
        }
        return ReplayTarget(syscall, in: nil, observations: own)
    }

    /// Whether the execution shows the call in the same phase of the same role.
    package func isShown(by report: ExecutionReport) -> Bool {
        guard let syscall else { return true }
        return report.observations.contains {
            $0.syscall == syscall && $0.role == role && $0.phase == phase
        }
    }
}
