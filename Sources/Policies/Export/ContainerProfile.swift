internal import Phasing
internal import Syscalls

/// The `linux.seccomp` object of the OCI runtime specification, and the Docker profile, which
/// adds comments.
///
/// A call with checked arguments has a rule for each list of values, as runtimes join two
/// conditions on one argument by "or"; other values get the default answer. Only the native
/// architecture is listed: calls of others are killed by every runtime.
struct ContainerProfile: Encodable {
    let defaultAction: String
    /// Only with `SCMP_ACT_ERRNO`: crun refuses it beside other actions.
    let defaultErrnoRet: UInt16?
    let architectures = ["SCMP_ARCH_X86_64"]
    let syscalls: [Rule]

    struct Rule: Encodable {
        let names: [String]
        let action: String
        let errnoRet: UInt16?
        let comment: String?
        let args: [Condition]?

        init(
            names: [String], action: String, errnoRet: UInt16?, comment: String?,
            args: [Condition]? = nil
        ) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.comment = comment
            self.args = args
        }
    }

    /// A comparison of an argument register.
    struct Condition: Encodable {
        let index: Int
        /// What it is compared with; for a masked comparison the mask.
        let value: UInt64
        /// What the masked register is compared with.
        let valueTwo: UInt64?
        let op: String

        /// Throws for values that consumers which read them as signed would refuse.
        init(_ test: ArgumentTest) throws(PolicyError) {
            guard Int64(exactly: test.value) != nil else {
                throw PolicyError(
                    .notExpressible,
                    "cannot export for container runtimes: argument \(test.index) is compared "
                        + "with \(test.value), and they read at most \(Int64.max); leave "
                        + "--arguments out")
            }
            index = test.index
            if test.mask == .max {
                (value, valueTwo, op) = (test.value, nil, "SCMP_CMP_EQ")
            } else {
                (value, valueTwo, op) = (test.mask, test.value, "SCMP_CMP_MASKED_EQ")
            }
        }
    }

    /// Fails with `ENOSYS` by default, as runtimes with their own stub do for calls newer than the
    /// profile, and with `EPERM` for each call that the table knows and the policy denies.
    init(
        _ rules: RuleSet, _ denial: Policy.Options.Denial, comments: Bool
    ) throws(PolicyError) {
        switch denial {
        case .error: (defaultAction, defaultErrnoRet) = ("SCMP_ACT_ERRNO", ActionMap.noSuchCall)
        case .kill: (defaultAction, defaultErrnoRet) = ("SCMP_ACT_KILL_PROCESS", nil)
        case .log: (defaultAction, defaultErrnoRet) = ("SCMP_ACT_LOG", nil)
        }
        var list: [Rule] = []
        for reason in RuleSet.Reason.allCases {
            for (action, name) in [(RuleSet.Action.allow, "ALLOW"), (.log, "LOG")] {
                let calls = rules.entries.filter { $0.reason == reason && $0.action == action }
                try Self.append(
                    SyscallSet(calls.lazy.filter { $0.arguments == nil }.map(\.syscall)),
                    "SCMP_ACT_\(name)", errno: nil, comment: comments ? reason.rawValue : nil,
                    to: &list)
            }
        }
        for entry in rules.entries where entry.action != .deny {
            for way in entry.arguments ?? [] {
                let names = try ConsumerNames.names(of: [entry.syscall], for: "container runtimes")
                let texts = way.map { $0.describe(for: entry.syscall) }
                list.append(
                    Rule(
                        names: names,
                        action: entry.action == .log ? "SCMP_ACT_LOG" : "SCMP_ACT_ALLOW",
                        errnoRet: nil,
                        comment: comments
                            ? "\(entry.reason.rawValue): " + texts.joined(separator: " and ")
                            : nil,
                        args: try way.map { test throws(PolicyError) in try Condition(test) }))
            }
        }
        if denial == .error {
            let permitted = rules.allowed.union(rules.logged)
            let denied = SyscallSet(
                SyscallNumber.table.lazy.map { SyscallNumber(rawValue: UInt32($0.number)) }
                    .filter { ConsumerNames.contains($0) })
            try Self.append(
                denied.subtracting(permitted), "SCMP_ACT_ERRNO", errno: ActionMap.notPermitted,
                comment: comments ? "denied" : nil, to: &list)
        }
        syscalls = list
    }

    /// Adds a rule for a set; one rule for each action when there is nothing to comment.
    private static func append(
        _ calls: SyscallSet, _ action: String, errno: UInt16?, comment: String?,
        to list: inout [Rule]
    ) throws(PolicyError) {
        guard !calls.isEmpty else { return }
        let names = try ConsumerNames.names(of: calls, for: "container runtimes")
        if comment == nil,
            let same = list.firstIndex(where: { $0.action == action && $0.args == nil })
        {
            let joined = (list[same].names + names).sorted()
            list[same] = Rule(names: joined, action: action, errnoRet: errno, comment: nil)
        } else {
            list.append(Rule(names: names, action: action, errnoRet: errno, comment: comment))
        }
    }

    var bytes: [UInt8] {
        get throws(PolicyError) { try CanonicalJSON.encode(self, what: "the container profile") }
    }
}

/// A `SeccompProfile` of the Security Profiles Operator, as JSON, which is YAML as well.
struct OperatorProfile: Encodable {
    let apiVersion = "security-profiles-operator.x-k8s.io/v1"
    let kind = "SeccompProfile"
    let metadata: Metadata
    let spec: ContainerProfile

    struct Metadata: Encodable {
        let name: String
        let annotations: [String: String]
    }

    init(_ profile: ContainerProfile, of target: Policy.Target, title: String) {
        let name = "\(target.name) \(title)".lowercased().map { character -> Character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        // Names of objects are labels of DNS, which end with a letter or digit.
        let label = String(name).split(separator: "-").joined(separator: "-")
        metadata = Metadata(
            name: String(label.prefix(63)),
            annotations: ["fathom/sha256": target.sha256, "fathom/part": title])
        spec = profile
    }

    var bytes: [UInt8] {
        get throws(PolicyError) { try CanonicalJSON.encode(self, what: "the operator's profile") }
    }
}
