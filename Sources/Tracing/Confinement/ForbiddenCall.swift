package import Syscalls
internal import Traces

/// A call that no target gets, as it would reach out of the sandbox's namespaces or bounds: it is
/// seen like any other, and answered as on a machine that forbids it.
package struct ForbiddenCall: Sendable {
    package let number: SyscallNumber
    /// What makes it one, all of it; empty for every call of the number.
    let tests: [ArgumentTest]
    /// The same in words; empty for every call.
    package let condition: String
    package let answer: Answer
    package let reason: String

    package enum Answer: Hashable, Sendable {
        case error(Error)
        /// It does nothing and says that it has.
        case success
        /// It says what is, and that it has changed it: its third argument, what to change it to,
        /// is taken from it.
        case unchanged
    }

    /// As on x86-64.
    package enum Error: UInt16, Sendable {
        case notPermitted = 1
        case noSuchFamily = 97

        var name: String {
            switch self {
            case .notPermitted: "EPERM"
            case .noSuchFamily: "EAFNOSUPPORT"
            }
        }
    }

    init(
        _ number: SyscallNumber, _ condition: String = "", where tests: [ArgumentTest] = [],
        answer: Answer = .error(.notPermitted), reason: String
    ) {
        self.number = number
        self.condition = condition
        self.tests = tests
        self.answer = answer
        self.reason = reason
    }

    /// What a filter says of it where no tracer does.
    var action: UInt32 {
        switch answer {
        case .error(let error): FilterAssembly.Action.fail(error.rawValue)
        case .success, .unchanged: FilterAssembly.Action.fail(0)
        }
    }

    /// The one that a call is, through whatever table it was made.
    static func matching(_ event: Event) -> ForbiddenCall? {
        guard let calls = byNumber[event.number.counterpart] else { return nil }
        return calls.first { call in
            call.tests.allSatisfy { $0.holds { event.arguments[$0] } }
        }
    }

    static let byNumber = Dictionary(grouping: all, by: \.number)

    /// The line of the documentation.
    package var line: String {
        let answer =
            switch answer {
            case .error(let error): "`\(error.name)`"
            case .success, .unchanged: "success, and nothing is changed"
            }
        return "| `\(number)`\(condition.isEmpty ? "" : " " + condition) | \(answer) | \(reason) |"
    }
}
