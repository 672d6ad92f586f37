internal import Phasing
internal import Syscalls

/// Formats that name a call by its number, so that no consumer can take a name for another call or
/// drop one that it does not know. The name stands beside it for people.
extension Policy {
    /// A policy for nsjail, in kafel's language.
    func kafel(for rules: RuleSet, title: String) -> String {
        var blocks: [String] = []
        func add(_ action: String, _ calls: SyscallSet, isTested: Bool = true) {
            guard !calls.isEmpty else { return }
            let rows = calls.map { call in
                let condition = isTested ? Self.kafelCondition(rules.entry(for: call)) : ""
                return "    SYSCALL[\(call.rawValue)]\(condition),  // \(call.name)"
            }
            blocks.append("  \(action) {\n\(Self.withoutLastComma(rows))\n  }")
        }
        add("ALLOW", rules.allowed)
        add("LOG", rules.logged)
        let fallback: String
        switch options.denial {
        case .error:
            // The first rule that matches decides, so calls with tests may come again.
            let tested = SyscallSet(
                rules.entries.lazy.filter { $0.arguments != nil }.map(\.syscall))
            add(
                "ERRNO(\(ActionMap.notPermitted))",
                Self.known.subtracting(rules.permitted).union(tested), isTested: false)
            fallback = "ERRNO(\(ActionMap.noSuchCall))"
        case .kill: fallback = "KILL_PROCESS"
        case .log: fallback = "LOG"
        }
        return """
            // \(heading(title))
            POLICY fathom {
            \(blocks.joined(separator: ",\n"))
            }
            USE fathom DEFAULT \(fallback)

            """
    }

    /// A policy file for `minijail0 -S`, see minijail0(5).
    ///
    /// What it does not name is killed, or with `-L` logged and let through; so where denied calls
    /// are to fail, each that the table knows is named.
    func minijail(for rules: RuleSet, title: String) throws(PolicyError) -> String {
        guard options.denial != .log, rules.logged.isEmpty else {
            throw PolicyError(
                .notExpressible,
                "cannot export for minijail: a policy of it cannot log single calls; use "
                    + "--denial error or kill and --static-only deny or allow")
        }
        var lines = ["# \(heading(title))"]
        if options.denial == .error {
            lines.append("# Numbers that are not here kill: minijail has no default error.")
        }
        lines += rules.allowed.map { call in
            "# \(call.name)\n\(call.rawValue): \(minijailCondition(rules.entry(for: call)))"
        }
        if options.denial == .error {
            lines += Self.known.subtracting(rules.permitted).map {
                "# \($0.name)\n\($0.rawValue): return \(ActionMap.notPermitted)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Such as `(a, b) { (b & 0xffffffff) == 0x5401 }`; empty where any arguments will do.
    private static func kafelCondition(_ entry: RuleSet.Entry?) -> String {
        guard let ways = entry?.arguments else { return "" }
        let names = ["a", "b", "c", "d", "e", "f"]
        let count = (ways.joined().map(\.index).max() ?? 0) + 1
        let tests = ways.map { way in
            way.map { test in
                let name = names[min(test.index, names.count - 1)]
                let left = test.mask == .max ? name : "(\(name) & \(hexadecimal(test.mask)))"
                return "\(left) == \(hexadecimal(test.value))"
            }.joined(separator: " && ")
        }
        return "(\(names.prefix(count).joined(separator: ", "))) "
            + "{ \(tests.joined(separator: " || ")) }"
    }

    /// Such as `arg1 == 0x5401 || arg1 == 0x5413; return 1`; 1 where any arguments will do.
    private func minijailCondition(_ entry: RuleSet.Entry?) -> String {
        guard let ways = entry?.arguments else { return "1" }
        let tests = ways.map { way in
            way.map { "arg\($0.index) == \(Self.hexadecimal($0.value))" }
                .joined(separator: " && ")
        }.joined(separator: " || ")
        return options.denial == .error ? tests + "; return \(ActionMap.notPermitted)" : tests
    }

    /// Lines of a firejail profile.
    func firejail(for rules: RuleSet, title: String) throws(PolicyError) -> String {
        guard rules.logged.isEmpty else {
            throw PolicyError(
                .notExpressible,
                "cannot export for firejail: a profile of it cannot log single calls; use "
                    + "--static-only deny or allow")
        }
        let calls = rules.allowed.map { "$\($0.rawValue)" }.joined(separator: ",")
        let action =
            switch options.denial {
            case .error: "EPERM"
            case .kill: "kill"
            case .log: "log"
            }
        return """
            # \(heading(title))
            # \(rules.allowed.sortedNames.joined(separator: " "))
            nonewprivs
            seccomp.keep \(calls)
            seccomp-error-action \(action)

            """
    }

    /// The filter as an array of a C header.
    func header(for rules: RuleSet, title: String) throws(PolicyError) -> String {
        let program = try FilterProgram(ActionMap(rules: rules, denial: options.denial))
        let rows = program.instructions.map { instruction in
            "    {\(Self.hexadecimal(instruction.code)), \(instruction.jumpTrue), "
                + "\(instruction.jumpFalse), \(Self.hexadecimal(instruction.operand))},"
        }
        return """
            /* \(heading(title)) Install it with
               prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) and
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fathom_program). Allowed:
            \(Self.columns(rules.allowed.sortedNames, indent: "   ")) */
            #ifndef FATHOM_FILTER_H
            #define FATHOM_FILTER_H

            #include <linux/filter.h>

            static struct sock_filter fathom_filter[] = {
            \(rows.joined(separator: "\n"))
            };

            static const struct sock_fprog fathom_program = {
                sizeof fathom_filter / sizeof fathom_filter[0], fathom_filter};

            #endif

            """
    }

    // MARK: Parts

    /// Every call of the table.
    static var known: SyscallSet {
        SyscallSet(SyscallNumber.table.lazy.map { SyscallNumber(rawValue: UInt32($0.number)) })
    }

    /// What a file is for, in one line that neither ends nor continues a comment of any format.
    func heading(_ title: String) -> String {
        let text =
            (["System calls of \(target.path), \(title); \(basis.tool), SHA-256 \(target.sha256)."]
            + (basis.reservations ?? [])).joined(separator: " ")
        return Self.commentText(text)
    }

    private static func withoutLastComma(_ rows: [String]) -> String {
        guard let last = rows.last, let comma = last.firstIndex(of: ",") else { return "" }
        var line = last
        line.remove(at: comma)
        return (rows.dropLast() + [line]).joined(separator: "\n")
    }

    private static func hexadecimal(_ number: some BinaryInteger) -> String {
        "0x" + String(number, radix: 16)
    }

    static func columns(_ names: [String], indent: String) -> String {
        var lines: [String] = []
        var line = indent
        for name in names {
            if line.count + name.count > 78, line != indent {
                lines.append(line)
                line = indent
            }
            line += line == indent ? name : " " + name
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension RuleSet {
    /// What is let through.
    var permitted: SyscallSet { allowed.union(logged) }
}
