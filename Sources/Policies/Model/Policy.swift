package import Phasing
package import Syscalls
package import Traces

/// What a program may call, for its whole life and for each phase of each of its roles, with the
/// evidence for every entry.
///
/// A pure function of observations, a static set and options: the order of the observations does
/// not matter, and there is no time of day in it.
package struct Policy: Hashable, Sendable, Codable {
    /// The version of the JSON form.
    package static let formatVersion = 1

    package let version: Int
    package let target: Target
    package let basis: Basis
    package let options: Options
    /// How the phases are told apart; an enforcer needs it to know when to switch.
    package let model: PhaseModel
    /// The union, for consumers that install one filter before the program starts.
    package let wholeLife: RuleSet
    /// Sorted by role, then in the order of the model; only those that were observed.
    package let phases: [PhaseRules]
    /// Numbers that were called but that no kernel has a call for: they fail with `ENOSYS` with or
    /// without a filter.
    package let unknownNumbers: [SyscallNumber]
    /// How likely further inputs are to show more than the policy allows, by tier and phase.
    package let convergence: [ResidualBound]

    /// The program that the policy is for.
    package struct Target: Hashable, Sendable, Codable {
        /// Path of the executed file, links resolved.
        package let path: String
        /// Of the file's content, in hexadecimal.
        package let sha256: String
        /// The text that the file runs, where it is an interpreter: nil for other programs, and
        /// where it is not known.
        package let script: LearnedFile?
        /// How the program is started, up to its own arguments; nil where the file says that.
        package let commandLine: [String]?

        package init(
            path: String, sha256: String, script: LearnedFile? = nil, commandLine: [String]? = nil
        ) {
            self.path = path
            self.sha256 = sha256
            self.script = script
            self.commandLine = commandLine
        }

        /// The last component of the path of what is run.
        package var name: String {
            (script?.path ?? path).split(separator: "/").last.map(String.init) ?? "target"
        }
    }

    /// What the policy was learned on; elsewhere it may need other calls.
    package struct Basis: Hashable, Sendable, Codable {
        /// As `uname -m` says.
        package let architecture: String
        /// As `uname -r` says.
        package let kernel: String
        /// Name and version of the C library.
        package let library: String
        /// Version of the tool that made the policy.
        package let tool: String
        /// The libraries whose code ran, by path; nil where they were not recorded.
        package let files: [LearnedFile]?
        /// What speaks against relying on it, in sentences; nil for nothing.
        package let reservations: [String]?

        package init(
            architecture: String, kernel: String, library: String, tool: String,
            files: [LearnedFile]? = nil, reservations: [String] = []
        ) {
            self.architecture = architecture
            self.kernel = kernel
            self.library = library
            self.tool = tool
            self.files = files
            self.reservations = reservations.isEmpty ? nil : reservations
        }
    }

    /// On the probability that one more test case, drawn anew, shows a call that is new to the
    /// phase.
    package struct ResidualBound: Hashable, Sendable, Codable {
        package let tier: Tier
        /// Nil for all phases together.
        package let phase: String?
        /// Test cases that were drawn.
        package let executions: UInt64
        /// Above zero, at most 1.
        package let upperBound: Double
        package let confidence: Double

        package init(
            tier: Tier, phase: String?, executions: UInt64, upperBound: Double, confidence: Double
        ) {
            self.tier = tier
            self.phase = phase
            self.executions = executions
            self.upperBound = upperBound
            self.confidence = confidence
        }
    }

    /// The rules of one phase of one role.
    package struct PhaseRules: Hashable, Sendable, Codable {
        package let role: Role
        package let phase: Phase
        /// Everything that is still to come from here on, also from the processes that the role
        /// may still start, which inherit its filter. Shrinks from phase to phase of a role.
        package let rules: RuleSet
    }

    /// The rules of a phase of a role, if it was observed.
    package func rules(role: Role, phase: Phase) -> RuleSet? {
        phases.first { $0.role == role && $0.phase == phase }?.rules
    }
}

extension Policy {
    /// What the user decides.
    package struct Options: Hashable, Sendable, Codable {
        /// What becomes of calls in the static set that were never observed.
        package enum StaticOnly: String, CaseIterable, Sendable, Codable {
            case deny, log, allow
        }

        /// What happens to a call that is not allowed.
        package enum Denial: String, CaseIterable, Sendable, Codable {
            /// It fails: with `EPERM`, or with `ENOSYS` for numbers that the table of this
            /// release does not have, so that libraries fall back as on an older kernel.
            case error
            /// The process is killed with `SIGSYS`.
            case kill
            /// It is made, and logged. Calls of other architectures are killed all the same: the
            /// policy knows nothing about their numbers.
            case log
        }

        /// The tiers whose observations are allowed, sorted.
        package let tiers: [Tier]
        package let staticOnly: StaticOnly
        package let denial: Denial
        /// Whether the calls of ``EnvironmentRule/standard`` are added.
        package let environment: Bool
        /// Whether calls pass only with values of their small arguments that were observed, see
        /// ``Syscalls/SyscallNumber/checkedArguments``.
        package let arguments: Bool

        package init(
            tiers: Set<Tier> = [.natural, .resource, .signal], staticOnly: StaticOnly = .deny,
            denial: Denial = .error, environment: Bool = true, arguments: Bool = false
        ) {
            self.tiers = tiers.sorted()
            self.staticOnly = staticOnly
            self.denial = denial
            self.environment = environment
            self.arguments = arguments
        }
    }
}
