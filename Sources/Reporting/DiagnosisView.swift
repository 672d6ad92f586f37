package import Texts

/// What fuzzing needs of a machine, and whether it is there.
package struct DiagnosisView: Sendable, Encodable {
    /// One thing that was looked at.
    package struct Check: Hashable, Sendable, Encodable {
        package enum State: String, Sendable, Encodable {
            case ok
            /// Works, but less well.
            case warning
            /// Fuzzing cannot work.
            case problem
        }

        package let name: String
        package let state: State
        /// What was found, as a clause.
        package let finding: String
        /// The setting or command that puts it right; nil where nothing is to be done.
        package let remedy: String?

        package init(_ name: String, _ state: State, _ finding: String, remedy: String? = nil) {
            self.name = name
            self.state = state
            self.finding = finding
            self.remedy = remedy
        }
    }

    package let canFuzz: Bool
    package let checks: [Check]

    package init(_ checks: [Check]) {
        self.checks = checks
        canFuzz = !checks.contains { $0.state == .problem }
    }

    /// One line for each check, what to do below it.
    package func text(width: Int) -> ShownText {
        let names = checks.map(\.name.count).max() ?? 0
        let lines = checks.map { check in
            let space = String(repeating: " ", count: names - check.name.count + 2)
            let state = check.state.rawValue
            let head = state + String(repeating: " ", count: 9 - state.count) + check.name + space
            let remedy = check.remedy.map { ". Try: " + $0 } ?? ""
            return WrappedText.paragraph(head, check.finding + remedy, width: width)
        }
        let end: ShownText =
            canFuzz
            ? "Fuzzing works here."
            : "Fuzzing cannot work here until the problems above are solved."
        return lines.joined(separator: "\n") + "\n\n" + end
    }
}
