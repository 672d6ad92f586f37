internal import Campaigns
internal import Enforcement
internal import Platform
internal import Policies
internal import Reporting
internal import Syscalls
internal import TestCases
internal import Texts
internal import Traces
internal import Tracing

/// `fathom enforce`: runs a program under a policy, filter by filter.
struct EnforceCommand: Command {
    static let name = "enforce"
    static let summary = "Run a program under a policy, phase by phase."
    static let usage = "POLICY [options] -- CMD ARG…"
    static let takesCommandLine = true
    static let operandsBeforeCommandLine = 1
    static let table = OptionTable<EnforceCommand>([
        .value("--denial", "ACTION", \.denial, "error, kill or log, in place of the policy's"),
        .flag("--explain", \.explains, "stay attached, and say what is denied and why"),
        .value("--log", "FILE", \.log, "as --explain, but behind what is in the file"),
        .flag("--shutdown", \.includesShutdown, "follow it to its shutdown; slow"),
        .flag("--verbose", short: "-v", \.isVerbose, "say which filter goes in when"),
    ])

    var denial: Policy.Options.Denial?
    var explains = false
    var log: String?
    var includesShutdown = false
    var isVerbose = false
    private var policy = ""
    private var commandLine: [String] = []

    mutating func accept(operands: [String]) throws(UsageError) {
        guard operands.count > 1 else {
            throw UsageError(
                "enforce needs a policy and a command: fathom enforce diff.policy.json -- diff a b")
        }
        policy = operands[0]
        commandLine = Array(operands.dropFirst().drop { $0 == "--" })
        guard !commandLine.isEmpty else { throw UsageError("enforce needs a command behind --") }
    }

    var standsInForProgram: Bool { true }

    /// Ends as the program does.
    func run(in terminal: Terminal) throws -> ExitCode {
        let policy = try PolicyFile.load(policy)
        let command = try TargetCommand(commandLine)
        try PolicyFile.check(policy, isFor: command)
        var options = EnforcementPlan.Options()
        options.denial = denial
        options.explains = explains || log != nil
        options.includesShutdown = includesShutdown
        let plan: EnforcementPlan
        do throws(EnforcementError) {
            plan = try EnforcementPlan(policy, options: options)
        } catch {
            throw CommandFailure("cannot enforce \(self.policy): \(error)", code: .negative)
        }
        if policy.wholeLife.entries.contains(where: { $0.reason == .startedProgram }) {
            terminal.note(
                "fathom: programs that it starts gain no privileges: set-user-ID bits and file "
                    + "capabilities do not count under no_new_privs")
        }
        if let log { try OutputFile.append(log).write("" as ShownText) }
        for remark in isVerbose ? policy.enforcementRemarks : policy.refusedBirths {
            terminal.note("fathom: \(remark)")
        }
        let launch = Launch.inheriting(
            path: command.program, arguments: command.words.map(\.wordBytes),
            environment: Environment.variables().filter { variable in
                !command.variables.contains { $0.name == variable.name }
            } + command.variables)
        do {
            let end = try Interruption.leavingToCommand {
                try Enforcer.run(launch, under: plan) { show($0, policy, terminal) }
            }
            return exitCode(end, terminal)
        } catch let error as EnforcementError {
            throw CommandFailure("cannot enforce \(self.policy): \(error)")
        }
    }

    private func show(_ event: Enforcer.Event, _ policy: Policy, _ terminal: Terminal) {
        switch event {
        case .violation(let violation):
            let explanation = violation.explanation(under: policy)
            guard let log else { return terminal.note("fathom: denied: \(explanation)") }
            do throws(SystemError) {
                try OutputFile.append(log).write("\(explanation)\n")
            } catch {
                terminal.note("fathom: denied: \(explanation) (\(error))")
            }
        case .installed(let process, let role, let phase, let allowed, let proof):
            guard isVerbose else { return }
            let word = proof.isReadBack ? "read back from" : "counted in"
            terminal.note(
                "fathom: process \(process) (\(role.name)): filter of \(phase), "
                    + "\(Figures.count(allowed, "call")), \(word) "
                    + "\(Figures.count(proof.threads, "thread"))")
        case .released(let process, let role):
            guard isVerbose else { return }
            terminal.note("fathom: process \(process) (\(role.name)): let go")
        }
    }

    private func exitCode(_ end: TracedThread.Exit, _ terminal: Terminal) -> ExitCode {
        switch end {
        case .exited(let status): return ExitCode(rawValue: status)
        case .killed(let signal):
            if signal == 31 {
                terminal.note(
                    "fathom: killed by SIGSYS: it made a call that its filter does not allow; "
                        + "--explain says which")
            }
            return ExitCode(rawValue: 128 + signal)
        }
    }
}
