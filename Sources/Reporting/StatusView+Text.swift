internal import Policies
internal import Reconciliation
internal import Syscalls
internal import TestCases
package import Texts
internal import Traces

extension StatusView {
    /// The status for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        var facts = TextTable([("", .left), ("", .left)])
        for (name, value) in figures { facts.append([name, value]) }
        let state = processID.map { "running as process \($0)" } ?? "not running"
        let words = ShownWords(commandLine.map { Bytes($0.utf8) }, noun: "argument").words
            .joined(separator: " ")
        let subject: ShownText = words == target ? "\(target)" : "\(words) (\(target))"
        var head: [ShownText] = ["\(campaign): \(subject), \(state)"]
        if let firstContact, firstContact.failure != nil {
            head.append(firstContact.text(width: width) + "\n")
        }
        head.append(facts.text(width: width, indent: 2))
        if !convergence.rows.isEmpty, !convergence.baseFails {
            let title = "Convergence by test cases drawn anew; NEW IN is a bound of 95 %, the rest "
            let lines = WrappedText.lines(title + "estimates", width: width)
            head.append("\n" + lines.joined(separator: "\n"))
            head.append(convergence.text(width: width))
        }
        if let phases, !phases.rows.isEmpty {
            head.append(phases.isLearned ? "\nPhases, learned" : "\nPhases, by fixed rules")
            head.append(phases.text(width: width))
        }
        if let attackSurface {
            let title = "Attack surface under the default export, " + AttackSurface.legend
            head.append("\n" + WrappedText.lines(title, width: width).joined(separator: "\n"))
            head.append(attackSurface.text(width: width))
        }
        return (head + lists(width)).joined(separator: "\n")
    }

    private var figures: [(String, String)] {
        var rows = [
            (
                "executions",
                "\(Figures.count(executions)) in \(Figures.clock(elapsedSeconds)), "
                    + "\(Figures.rate(executionsPerSecond)) per second"
                    + (running ? ", now \(Figures.rate(recentExecutionsPerSecond))" : "")
            ),
            ("corpus", Figures.count(corpus, "test case")),
            ("reached", reached),
        ]
        if let firstContact, firstContact.failure == nil {
            rows.insert(("first start", firstContact.sentence), at: 1)
        }
        if let executor { rows.insert(("executor", executor.sentence), at: 1) }
        if !changes.isEmpty {
            rows.insert(
                (
                    "changed",
                    changes.joined(separator: "; ") + "; what was found is of what it was"
                ), at: 0)
        }
        if !stops.isEmpty { rows.insert(("cut short", cutShort), at: 1) }
        if let lastNew {
            rows.append(
                (
                    "last new",
                    """
                    \(lastNew.syscall) (\(lastNew.tier.name)) at \
                    \(Figures.clock(lastNew.seconds)), execution \
                    \(Figures.count(lastNew.execution)); none in the \
                    \(Figures.count(convergence.executionsSinceLastNew)) executions and \
                    \(Figures.clock(convergence.secondsSinceLastNew)) since
                    """
                ))
        }
        rows.append(("bound", convergence.sentence))
        if let staticSyscalls {
            rows.append(
                (
                    "static set",
                    """
                    \(Figures.count(staticSyscalls, "system call")), \
                    \(Figures.count(staticOnly.count)) static-only, \
                    \(Figures.count(dynamicOnly.count)) dynamic-only
                    """
                ))
        } else {
            rows.append(("static set", "none: the target could not be analysed"))
        }
        rows += unseen.map { ("not seen", $0) }
        if !claimed.isEmpty {
            rows.append(
                (
                    "unproven",
                    "the target wrote down \(claimed.joined(separator: ", ")), which no execution"
                        + " has shown that stops at each call: in no policy"
                ))
        }
        if let siteCheck { rows.append(("site check", Self.sentence(siteCheck))) }
        return rows
    }

    private static let shownBugs = 3

    /// How many sites were held against the static set, and the first that it has wrong.
    private static func sentence(_ check: SiteCheck) -> String {
        let apart = check.apartCounts.sorted { $0.key < $1.key }
            .map { ", \(Figures.count($0.value)) \($0.key)" }.joined()
        let bugs = check.bugs.prefix(shownBugs).map { bug in
            "\(bug.syscall) (\(bug.syscall.rawValue)) at \(bug.site)"
        }
        let first = bugs.isEmpty ? "" : "; extractor bugs: " + bugs.joined(separator: ", ")
        let rest = check.bugs.count > shownBugs ? " and more, see reached" : ""
        return Figures.count(check.checked, "site") + " seen, "
            + "\(Figures.count(check.bugs.count)) wrong" + apart + first + rest
    }

    private var tiers: [(name: String, calls: [String])] {
        [
            ("natural", syscalls.natural), ("resource", syscalls.resource),
            ("signal", syscalls.signal), ("injected", syscalls.injected),
        ]
    }

    private var reached: String {
        let total = tiers.reduce(0) { $0 + $1.calls.count }
        let parts = tiers.filter { !$0.calls.isEmpty }.map { "\($0.name) \($0.calls.count)" }
        let apart = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
        return Figures.count(total, "system call") + apart
    }

    private var cutShort: String {
        let total = stops.values.reduce(UInt64(0)) { $0 &+ $1 }
        let reasons = stops.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \(Figures.count($0.value))" }
        return Figures.count(total, "execution") + ": " + reasons.joined(separator: ", ")
    }

    private func lists(_ width: Int) -> [ShownText] {
        var groups = tiers.map { ("Reached, \($0.name)", $0.calls) }
        groups.append(("Static-only", staticOnly))
        groups.append(("Dynamic-only", dynamicOnly))
        groups += foreignPrograms.map { ("By \($0.image), which the target started", $0.syscalls) }
        return groups.filter { !$0.1.isEmpty }.map { title, calls in
            let lines = WrappedText.lines(calls.joined(separator: " "), width: width - 2)
            return "\n\(title) (\(calls.count))\n"
                + lines.map { "  " + $0 }.joined(separator: "\n")
        }
    }
}
