internal import Reconciliation
internal import Syscalls
package import Texts
internal import Traces

extension EvidenceView {
    /// The evidence for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        let parts = [
            WrappedText.paragraph("", "\(syscall) (\(number)): \(answer)", width: width),
            conclusion(width), claim(width), sightings(width), sites(width), replay(width),
            staticPart(width),
        ]
        return parts.compactMap { $0 }.joined(separator: "\n\n")
    }

    private var effort: String {
        "\(Figures.count(executions)) executions in \(Figures.clock(elapsedSeconds))"
    }

    private var answer: String {
        switch standing {
        case .reached:
            let first = observations.min { $0.firstExecution < $1.firstExecution }
            let since = first.map {
                ", first in execution \(Figures.count($0.firstExecution)) at "
                    + Figures.clock($0.firstSeconds)
            }
            let tiers = Set(observations.map(\.tier)).sorted().map(\.name)
            return "reached (\(tiers.joined(separator: ", ")))" + (since ?? "") + "."
        case .staticOnly:
            return "static-only: the static set has it, \(effort) did not show it."
        case .foreign:
            return "not made by the target itself, but by programs that it started."
        case .unknown:
            return hasStaticSet
                ? "neither in the static set nor seen in \(effort)."
                : "not seen in \(effort); there is no static set to ask."
        }
    }

    private func conclusion(_ width: Int) -> ShownText? {
        guard let verdict else { return nil }
        // For what was never reached the whole way follows in a table.
        let reason = standing == .staticOnly ? Self.meaning(verdict) : evidence ?? ""
        return WrappedText.paragraph("", "Verdict: \(verdict.rawValue). \(reason)", width: width)
    }

    private func claim(_ width: Int) -> ShownText? {
        guard claims != nil else { return nil }
        return WrappedText.paragraph(
            "",
            "The target wrote it down in memory of its own, and no execution has shown it that "
                + "stops at each call: it may have written what it never made. No policy has it.",
            width: width)
    }

    private static func meaning(_ verdict: Verdict) -> String {
        switch verdict {
        case .gated: "Every way to it passes through a named condition."
        case .unproven:
            "The only ways to it are guesses: an address that is taken may never be called."
        default: "Nothing is known against it; an input that reaches it may exist."
        }
    }

    private func sightings(_ width: Int) -> ShownText? {
        guard !observations.isEmpty else { return nil }
        var table = TextTable([
            ("ROLE", .left), ("PHASE", .left), ("TIER", .left), ("EXECUTIONS", .right),
            ("FIRST SEEN", .right), ("WITNESS", .left), ("REPLAY", .left),
        ])
        for seen in observations {
            table.append([
                WrappedText.shortened(seen.role.name, to: 28), seen.phase.name, seen.tier.name,
                Figures.count(seen.executions), Figures.clock(seen.firstSeconds),
                Figures.short(seen.witness), seen.isStable ? "stable" : "now and then",
            ])
        }
        return "Seen\n" + table.text(width: width, indent: 2)
    }

    private func sites(_ width: Int) -> ShownText? {
        let sites = Set(observations.flatMap(\.sites)).sorted()
        guard !sites.isEmpty else { return nil }
        let known = Set(staticEntry?.sites ?? [])
        return "Called from\n"
            + sites.map { site -> ShownText in
                "  \(site)"
                    + (known.contains(site) || !hasStaticSet ? "" : "  not in the static set")
            }.joined(separator: "\n")
    }

    private func replay(_ width: Int) -> ShownText? {
        guard let witness else { return nil }
        let size = witnessSize.map { ", size \(Figures.count($0))" } ?? ""
        var lines: [ShownText] = ["Witness \(witness)\(size)"]
        lines.append(script?.text(indent: 2) ?? "  It is not in the campaign's store.")
        lines.append("Replay it")
        if isReplaysChoice {
            lines.append("  fathom replay \(ShellText.word(campaign)) --syscall \(syscall)")
        }
        lines.append("  fathom replay \(ShellText.word(campaign)) --test-case \(witness)")
        return lines.joined(separator: "\n")
    }

    private func staticPart(_ width: Int) -> ShownText? {
        guard let entry = staticEntry else { return nil }
        var lines: [ShownText] = ["In the static set, root first"]
        lines.append(ChainText.table(entry.chain, width: width))
        if !entry.gates.isEmpty {
            lines.append(
                "Gates: every way to it needs\n" + GateText.conditions(entry.gates, width: width))
        }
        if let distance = entry.distance {
            lines.append("Away from code that ran: \(Figures.count(distance, "call"))")
        }
        if standing == .staticOnly, let approach = entry.approach {
            lines.append(nearest(approach, width))
        }
        if let tries {
            lines.append("Made towards it: \(Figures.count(Int(clamping: tries), "test case"))")
        }
        lines.append(SiteList.text(entry.sites, title: "Sites"))
        return lines.joined(separator: "\n")
    }

    /// The way on from code that ran, and what has to be otherwise for it to be taken.
    private func nearest(_ approach: StaticSet.Approach, _ width: Int) -> ShownText {
        var lines: [ShownText] = [
            "From code that ran", ChainText.table(approach.steps, width: width),
        ]
        guard !approach.guards.isEmpty else {
            lines.append("Leaves it at \(approach.site); nothing near decides about that.")
            return lines.joined(separator: "\n")
        }
        lines.append("Leaves it at \(approach.site), when")
        for condition in approach.guards {
            let jump = condition.isTaken ? "jumps" : "does not jump"
            let comparison = condition.comparison.map { $0 + ";  " } ?? ""
            lines.append("  \(comparison)\(condition.jump)  \(jump) at \(condition.site)")
        }
        return lines.joined(separator: "\n")
    }
}
