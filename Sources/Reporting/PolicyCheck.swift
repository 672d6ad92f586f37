package import Policies
internal import Syscalls
package import Texts
package import Traces

/// Whether a policy still holds: for the files that it was learned with, and for inputs.
package struct PolicyCheck: Sendable, Encodable {
    package enum Subject: String, Sendable, Encodable {
        case target, library, kernel, order, corpus
    }

    /// Something that is otherwise than the policy says.
    package struct Finding: Hashable, Sendable, Encodable {
        package let subject: Subject
        package let sentence: String
        /// Whether the policy does not hold because of it.
        package let fails: Bool

        package init(_ subject: Subject, _ sentence: String, fails: Bool) {
            self.subject = subject
            self.sentence = sentence
            self.fails = fails
        }
    }

    package let policy: String
    package private(set) var findings: [Finding] = []
    /// Test cases that were executed.
    package private(set) var executed = 0
    package var holds: Bool { !findings.contains(where: \.fails) }

    private enum CodingKeys: CodingKey {
        case policy, findings, executed, holds
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(policy, forKey: .policy)
        try container.encode(findings, forKey: .findings)
        try container.encode(executed, forKey: .executed)
        try container.encode(holds, forKey: .holds)
    }

    package init(policy: String) {
        self.policy = policy
    }

    package mutating func add(_ finding: Finding) {
        findings.append(finding)
    }

    /// Holds files of the machine against those that the policy was learned with; `hash` says what
    /// a file holds now, nil for one that cannot be read.
    package mutating func compareFiles(
        of policy: Policy, hash: (String) -> String?
    ) {
        compare(policy.target.path, policy.target.sha256, .target, hash)
        if let script = policy.target.script {
            compare(script.path, script.sha256, .target, hash)
        }
        for file in policy.basis.files ?? [] { compare(file.path, file.sha256, .library, hash) }
        if policy.basis.files == nil {
            add(
                .init(
                    .library, "the policy does not say which libraries it was learned with",
                    fails: false))
        }
    }

    private mutating func compare(
        _ path: String, _ learned: String, _ subject: Subject, _ hash: (String) -> String?
    ) {
        guard let now = hash(path) else {
            add(
                .init(
                    subject, "\(path) cannot be read, and the policy was learned with it",
                    fails: true))
            return
        }
        guard now != learned else { return }
        add(
            .init(
                subject,
                "\(path) is another build: SHA-256 \(now.prefix(12)), learned with "
                    + "\(learned.prefix(12))", fails: true))
    }

    /// Another release of the kernel is worth a word; another version may have other calls.
    package mutating func compareMachine(of policy: Policy, kernel: String, library: String) {
        func version(_ release: String) -> [Substring] {
            Array(release.split(separator: ".").prefix(2))
        }
        if kernel != policy.basis.kernel {
            let isOther = version(kernel) != version(policy.basis.kernel)
            add(
                .init(
                    .kernel, "this is Linux \(kernel), learned on \(policy.basis.kernel)",
                    fails: isOther))
        }
        if library != policy.basis.library {
            add(
                .init(
                    .library, "the C library is \(library), learned with \(policy.basis.library)",
                    fails: true))
        }
    }

    /// Takes in what the execution of a test case has shown.
    package mutating func judge(
        _ observations: [Observation], of testCase: String, under policy: Policy
    ) {
        executed += 1
        for denied in policy.denied(of: observations) {
            add(
                .init(
                    .corpus,
                    "test case \(testCase.prefix(12)) calls \(denied.callText) in \(denied.phase) of "
                        + "\(denied.role.name), which the policy denies", fails: true))
        }
    }

    private static let shownFindings = 40

    /// For people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        var lines: [ShownText] = []
        for finding in findings.prefix(Self.shownFindings) {
            lines += WrappedText.lines(
                "\(finding.fails ? "FAIL" : "note")  \(finding.sentence)", width: width)
        }
        if findings.count > Self.shownFindings {
            lines.append("and \(findings.count - Self.shownFindings) more; --json lists all")
        }
        let inputs = executed > 0 ? ", \(Figures.count(executed, "test case")) executed" : ""
        lines.append("\(policy): \(holds ? "holds" : "does not hold")\(inputs).")
        return lines.joined(separator: "\n")
    }
}
