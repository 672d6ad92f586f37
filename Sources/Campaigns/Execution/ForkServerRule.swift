internal import TestCases

/// Why a test case is executed from `execve` although the target has a fork server: parts of it
/// take effect before `main`, or do not fit.
enum ForkServerRule: String, CaseIterable, Sendable, Codable {
    case loaderEnvironment = "environment that the loader reads"
    case loaderLimits = "limits that the loader meets"
    case earlyProvocation = "signals or faults before main"
    case size = "size of arguments and environment"
    case descriptors = "many descriptors"

    /// Whether a template of other conditions is all that is missing.
    var isOfConditions: Bool { self == .loaderEnvironment || self == .loaderLimits }

    /// The first rule that keeps a test case from a copy, nil when there is none.
    ///
    /// `base` is what the template was started with; `prefixCalls` are the calls it made behind its
    /// entry point.
    static func first(
        for testCase: TestCase, base: LoadConditions, prefixCalls: [UInt32]
    ) -> ForkServerRule? {
        let conditions = LoadConditions(of: testCase)
        if conditions.variables != base.variables { return .loaderEnvironment }
        if conditions.limits != base.limits { return .loaderLimits }
        if testCase.descriptors.count > descriptorLimit
            || testCase.descriptors.contains(where: { $0.number >= firstSource })
        {
            return .descriptors
        }
        if !prefixCalls.isEmpty, provokes(testCase, within: prefixCalls) {
            return .earlyProvocation
        }
        return isTooLarge(testCase) ? .size : nil
    }

    private static let descriptorLimit = 36
    /// Descriptors of the worker have numbers from here on.
    private static let firstSource = 590

    private static func provokes(_ testCase: TestCase, within calls: [UInt32]) -> Bool {
        testCase.signals.contains { $0.atSyscall <= UInt32(calls.count) }
            || testCase.faults.contains { fault in
                fault.occurrence <= UInt32(calls.count { $0 == fault.syscall })
            }
    }

    /// The kernel refuses a string of 128 KiB, and so that is for it to do; what is copied has
    /// half a mebibyte.
    private static func isTooLarge(_ testCase: TestCase) -> Bool {
        var total = 0
        for argument in testCase.arguments {
            total += argument.count + 9
            if argument.count >= 131_000 { return true }
        }
        for variable in testCase.environment {
            let size = variable.name.count + variable.value.count + 2
            total += size + 8
            if size >= 131_000 { return true }
        }
        return total > 400_000
    }
}
