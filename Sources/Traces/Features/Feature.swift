package import Syscalls

/// One fact of a trace that counts as coverage, in a form that people can read.
///
/// The extractor finds features by ``key`` and builds this value for the novel ones only.
package struct Feature: Hashable, Sendable {
    package let role: Role
    package let fact: Fact
    /// The tier of the execution that showed it; not part of its identity, so that a fact seen
    /// at a lower tier first stays one feature.
    package let tier: Tier

    package init(role: Role, fact: Fact, tier: Tier) {
        self.role = role
        self.fact = fact
        self.tier = tier
    }

    /// What was seen. Numbers that no kernel has a call for count as one, see
    /// ``Feature/counted(_:)``.
    package enum Fact: Hashable, Sendable {
        case syscall(SyscallNumber)
        case phasedSyscall(SyscallNumber, Phase)
        /// In a phase that was learned on the way, named by what begins it.
        case learnedPhase(SyscallNumber, Phase)
        case site(SyscallNumber, CallSite)
        /// With the values of ``SyscallNumber/scalarArguments``, in their order.
        case arguments(SyscallNumber, [UInt64])
        /// What the call returned: nil for success, else the error.
        case outcome(SyscallNumber, ErrorNumber?)
        /// A program was executed; which one is the role.
        case image
        /// The phases that one thread went through, in order.
        case phasePath([Phase])
        /// Two or three calls in a row of one thread, repetitions of a call taken as one.
        case sequence([SyscallNumber])
    }

    /// Which sort of fact; the first in order matter most to the corpus.
    package enum Kind: UInt8, Comparable, CaseIterable, Hashable, Sendable {
        case syscall, phasedSyscall, site, arguments, outcome, image, phasePath
        /// A call of a program that the target started: evidence, but not about the target.
        case foreignSyscall
        case pair, triple
        /// Last, as keys in stores depend on the values; matters like a call in a phase.
        case learnedPhase

        private var rank: Int {
            self == .learnedPhase ? Int(Kind.phasedSyscall.rawValue) * 2 + 1 : Int(rawValue) * 2
        }

        package static func < (left: Kind, right: Kind) -> Bool { left.rank < right.rank }

        /// Whether the feature is a short sequence; these may fill a fifth of a corpus at most.
        package var isSequence: Bool { self == .pair || self == .triple }

        package var name: String {
            switch self {
            case .syscall: "syscall"
            case .phasedSyscall: "syscall-in-phase"
            case .learnedPhase: "syscall-in-learned-phase"
            case .site: "call-site"
            case .arguments: "arguments"
            case .outcome: "outcome"
            case .image: "exec-image"
            case .phasePath: "phase-path"
            case .foreignSyscall: "foreign-syscall"
            case .pair: "pair"
            case .triple: "triple"
            }
        }
    }

    package var kind: Kind {
        switch fact {
        case .syscall: role.isTarget ? .syscall : .foreignSyscall
        case .phasedSyscall: .phasedSyscall
        case .learnedPhase: .learnedPhase
        case .site: .site
        case .arguments: .arguments
        case .outcome: .outcome
        case .image: .image
        case .phasePath: .phasePath
        case .sequence(let calls): calls.count == 2 ? .pair : .triple
        }
    }

    package var key: FeatureKey {
        let role = StableHash(role)
        switch fact {
        case .syscall(let number):
            return FeatureKey(kind, role, UInt64(number.rawValue))
        case .phasedSyscall(let number, let phase), .learnedPhase(let number, let phase):
            return FeatureKey(kind, role, UInt64(number.rawValue), StableHash(phase.name).value)
        case .site(let number, let site):
            return FeatureKey(
                kind, role, UInt64(number.rawValue), StableHash(site.module).value, site.offset)
        case .arguments(let number, let values):
            var hash = StableHash()
            for value in values { hash.combine(value) }
            return FeatureKey(kind, role, UInt64(number.rawValue), hash.value)
        case .outcome(let number, let error):
            return FeatureKey(
                kind, role, UInt64(number.rawValue), UInt64(error?.rawValue.magnitude ?? 0))
        case .image:
            return FeatureKey(kind, role)
        case .phasePath(let phases):
            var hash = StableHash()
            for phase in phases { hash.combine(StableHash(phase.name).value) }
            return FeatureKey(kind, role, hash.value)
        case .sequence(let calls):
            var hash = StableHash()
            for call in calls { hash.combine(UInt64(call.rawValue)) }
            return FeatureKey(kind, role, hash.value)
        }
    }

    /// The number under which a call is counted: its own, or for numbers that no kernel has a
    /// call for, the first such; those of the x32 table count as one as well.
    ///
    /// Otherwise a target that tries numbers at random would fill the corpus.
    @inline(__always)
    package static func counted(_ number: SyscallNumber) -> SyscallNumber {
        if number.rawValue < SyscallSet.capacity { return number }
        return number.rawValue & 0x4000_0000 == 0
            ? SyscallNumber(rawValue: UInt32(SyscallSet.capacity))
            : SyscallNumber(rawValue: 0x4000_0000)
    }
}

extension Feature: CustomStringConvertible {
    /// Such as `root: openat in work` or `thread: futex returned EAGAIN`.
    package var description: String {
        let words =
            switch fact {
            case .syscall(let number): number.name
            case .phasedSyscall(let number, let phase): "\(number) in \(phase)"
            case .learnedPhase(let number, let phase): "\(number) behind \(phase)"
            case .site(let number, let site): "\(number) at \(site)"
            case .arguments(let number, let values):
                "\(number) with \(number.describeScalarArguments(values))"
            case .outcome(let number, .some(let error)): "\(number) returned \(error)"
            case .outcome(let number, .none): "\(number) succeeded"
            case .image: "executed"
            case .phasePath(let phases): phases.map(\.name).joined(separator: " → ")
            case .sequence(let calls): calls.map(\.name).joined(separator: ", ")
            }
        return "\(role.name): \(words)"
    }
}
