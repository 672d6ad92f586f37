internal import Campaigns
internal import Reporting
internal import Syscalls
internal import Texts
internal import Traces

/// What a running campaign shows on standard error: one line that is rewritten on a terminal,
/// plain lines elsewhere.
struct ProgressScreen {
    private let terminal: Terminal
    private let isInteractive: Bool
    private var lastName: String?
    private var lastPlain = -Self.plainInterval
    private var hasLine = false
    /// What is being done before the search begins, or behind it.
    private var step: SlowStep?
    /// When the first call of a new campaign was seen; its first execution shows dozens at once,
    /// and those are no news.
    private var firstFind: Double?

    /// Seconds between plain lines: a night's log stays readable.
    private static let plainInterval = 10.0

    init(_ terminal: Terminal) {
        self.terminal = terminal
        isInteractive = terminal.isInteractive
    }

    mutating func show(_ event: CampaignEvent) {
        switch event {
        case .step(let name):
            step?.end()
            step = name.map { SlowStep($0, terminal) }
        case .extracted(let set):
            let calls = Figures.count(set.entries.count, "system call")
            write("Static set: \(calls) in \(Figures.count(set.modules.count, "module")).")
        case .started(let jobs, let executor, let earlier):
            if earlier > 0 { firstFind = 0 }
            let resumed = earlier > 0 ? ", going on after \(earlier) executions" : ""
            write("\(jobs) worker\(jobs == 1 ? "" : "s")\(resumed).")
            write("Executor: \(ExecutorView(executor).choice).")
        case .newSyscall(let number, let tier, let seconds):
            lastName = number.name
            if firstFind == nil { firstFind = seconds }
            if seconds > 1, seconds != firstFind {
                write("\(Figures.clock(seconds))  new: \(number.name)\(Self.remark(on: tier))")
            }
        case .note(let sentence): write(sentence)
        case .progress(let progress): show(progress)
        }
    }

    mutating func finish() {
        step?.end()
        if hasLine { terminal.note("") }
        hasLine = false
    }

    private mutating func show(_ progress: CampaignProgress) {
        let line = describe(progress)
        if isInteractive {
            terminal.note(
                "\r\u{1b}[K\(line.prefix(max(20, terminal.errorWidth - 1)))", terminator: "")
            hasLine = true
        } else if progress.seconds - lastPlain >= Self.plainInterval {
            lastPlain = progress.seconds
            terminal.note("\(line)")
        }
    }

    private func describe(_ progress: CampaignProgress) -> String {
        let tiers = Tier.allCases.map { ($0, progress.syscalls[$0].count) }
            .filter { $0.1 > 0 || $0.0 == .natural }
            .map { "\($0.0.name) \($0.1)" }.joined(separator: " ")
        var parts = [
            Figures.clock(progress.seconds),
            "\(Int(max(0, min(progress.executionsPerSecond, 1e12))))/s",
            "\(progress.executions) executions", "syscalls: \(tiers)",
        ]
        if let lastNew = progress.lastNew, let lastName {
            let age = Figures.count(Int(max(0, min(progress.seconds - lastNew, 1e12))))
            parts.append("last new \(lastName) \(age) s ago")
        }
        parts.append("corpus \(progress.corpus)")
        return parts.joined(separator: "  ")
    }

    private mutating func write(_ line: String) {
        terminal.note((hasLine ? "\r\u{1b}[K" : "") + ShownText(line))
        hasLine = false
    }

    private static func remark(on tier: Tier) -> String {
        tier == .natural ? "" : " (\(tier.name))"
    }
}
