internal import Syscalls
internal import Traces

extension Policy {
    /// A drop-in for a systemd service, such as `/etc/systemd/system/NAME.service.d/fathom.conf`.
    ///
    /// systemd always allows `execve`, `exit`, `exit_group`, `getrlimit`, `rt_sigreturn` and the
    /// queries of time besides, and answers calls that it does not know with `ENOSYS`.
    func serviceDropIn(for rules: RuleSet, title: String) throws(PolicyError) -> String {
        let allowed = try ConsumerNames.names(of: rules.allowed, for: "systemd")
        let logged = try ConsumerNames.names(of: rules.logged, for: "systemd")
        var lines = [
            "# System calls of \(Self.commentText(target.path)), "
                + "\(Self.commentText(title)).",
            "# sha256 \(Self.commentText(target.sha256))",
            "# Learned on Linux \(Self.commentText(basis.kernel)) with "
                + "\(Self.commentText(basis.library)) by \(Self.commentText(basis.tool)), tiers "
                + options.tiers.map(\.name).joined(separator: " ") + ".",
        ]
        lines += (basis.reservations ?? []).map { "# " + Self.commentText($0) }
        lines += [
            "[Service]",
            "NoNewPrivileges=yes",
            "SystemCallArchitectures=native",
        ]
        switch options.denial {
        case .log:
            // Nothing is denied, so there is no filter, only a log of what is outside.
            lines += Self.settings("SystemCallLog=~", allowed)
        case .error, .kill:
            lines += Self.settings("SystemCallFilter=", (allowed + logged).sorted())
            lines += Self.settings("SystemCallLog=", logged)
            lines.append(
                options.denial == .error
                    ? "SystemCallErrorNumber=EPERM" : "SystemCallErrorNumber=kill")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One setting over several lines, which systemd joins.
    ///
    /// No calls give no line for a log. An empty filter cannot be said (it would mean no filter),
    /// but `exit_group` is allowed anyway.
    private static func settings(_ key: String, _ names: [String]) -> [String] {
        var lines: [String] = []
        var line = key
        let names = names.isEmpty && key == "SystemCallFilter=" ? ["exit_group"] : names
        for name in names {
            if line.utf8.count + name.utf8.count > 79 {
                lines.append(line)
                line = key
            }
            line += line == key ? name : " " + name
        }
        return line == key ? lines : lines + [line]
    }
}
