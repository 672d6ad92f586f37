package import Campaigns
internal import Syscalls
package import Texts
internal import Traces

/// The result of a replay, as JSON of a stable shape and as text.
package struct ReplayView: Sendable, Encodable {
    package let testCase: String?
    package let syscall: String?
    package let phase: String?
    package let attempts: Int
    package let reproduced: Int

    /// Calls shown before and behind the one that was asked for.
    private static let context = 4
    /// Calls shown where none was asked for.
    private static let longestTrace = 2000
    private static let outputBytes = 1000
    private static let outputLines = 10
    private static let lineWidth = 200

    package init(_ target: ReplayTarget, reports: [ExecutionReport]) {
        testCase = target.testCase
        syscall = target.syscall?.name
        phase = target.phase?.name
        attempts = reports.count
        reproduced = reports.count { target.isShown(by: $0) }
    }

    /// The result of replaying everything.
    package init(attempts: Int, reproduced: Int) {
        testCase = nil
        syscall = nil
        phase = nil
        self.attempts = attempts
        self.reproduced = reproduced
    }

    /// The test case as a command line, the calls around the one that was asked for, what the
    /// target wrote, and how often it worked.
    package func text(
        of script: ShellScript, target: ReplayTarget, reports: [ExecutionReport]
    ) -> ShownText {
        var parts: [ShownText] = ["Test case \(target.testCase)\n\(script.text(indent: 2))"]
        if let report = reports.first(where: target.isShown) ?? reports.first {
            parts.append("It \(report.end).\n" + calls(of: target, in: report))
            parts += output(of: report)
            if let failure = report.companionFailure { parts.append("The companion \(failure)") }
        }
        let what = syscall.map { "showed \($0) in phase \(phase ?? "")" } ?? "ran"
        parts.append("\(reproduced) of \(attempts) executions \(what).")
        return parts.joined(separator: "\n\n")
    }

    private func calls(of target: ReplayTarget, in report: ExecutionReport) -> ShownText {
        let hit = report.events.firstIndex {
            $0.syscall == syscall && $0.role == target.role?.name && $0.phase == phase
        }
        let shown =
            hit.map { max(0, $0 - Self.context)..<($0 + Self.context + 1) } ?? 0..<Self.longestTrace
        var table = TextTable([
            ("", .left), ("ROLE", .left), ("PHASE", .left), ("CALL", .left), ("FROM", .left),
        ])
        for (index, event) in report.events.enumerated() where shown.contains(index) {
            table.append([
                index == hit ? ">" : "", event.role, event.phase, event.text,
                Figures.fileName(event.site),
            ])
        }
        return table.text
    }

    private func output(of report: ExecutionReport) -> [ShownText] {
        [("Standard output", report.output), ("Standard error", report.errors)]
            .filter { !$0.1.isEmpty }
            .map { name, bytes in
                let lines = ShownText(lines: bytes.prefix(Self.outputBytes)).lines
                    .filter { !$0.isEmpty }.prefix(Self.outputLines).map { line in
                        "  \(WrappedText.shortened(line.text, to: Self.lineWidth))" as ShownText
                    }
                return (["\(name) (\(Figures.count(bytes.count)) bytes)"] + lines)
                    .joined(separator: "\n")
            }
    }
}
