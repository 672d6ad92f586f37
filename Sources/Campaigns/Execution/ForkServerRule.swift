internal import TestCases

/// Why a test case is executed from `execve` although the target has a fork server: parts of it
/// take effect before `main`, or do not fit.
enum ForkServerRule: String, CaseIterable, Sendable, Codable {
    case loaderEnvironment = "environment that the loader reads"
    case loaderLimits = "limits that the loader meets"
    case earlyProvocation = "signals or faults before main"
    case size = "size of arguments and environment"
    case descriptors = "many descriptors"

    /// The first rule that keeps a test case from a copy, nil when there is none.
    ///
    /// `base` is the environment that the template was started with; `prefixCalls` are the calls
    /// it made behind its entry point.
    static func first(
        for testCase: TestCase, base: [TestCase.Variable], prefixCalls: [UInt32]
    ) -> ForkServerRule? {
        if loaderVariables(of: testCase.environment) != loaderVariables(of: base) {
            return .loaderEnvironment
        }
        if testCase.limits.contains(where: { meetsLoader($0) }) { return .loaderLimits }
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

    /// What ld.so(8) and the start of the C library look up, and libraries' constructors as far
    /// as they are known.
    private static let earlyNames = [
        "LD_", "GLIBC_TUNABLES", "MALLOC_", "OPENSSL_", "G_DEBUG", "G_MESSAGES", "G_SLICE",
        "OMP_", "GOMP_", "KMP_", "ASAN_", "UBSAN_", "TSAN_", "LSAN_", "MSAN_", "GMON_OUT_PREFIX",
        "SELINUX",
    ].map { Bytes($0.utf8) }

    /// The variables that take effect before `main`, in their order.
    static func loaderVariables(of environment: [TestCase.Variable]) -> [TestCase.Variable] {
        environment.filter { isEarly($0) }
    }

    static func withoutLoaderVariables(
        _ environment: [TestCase.Variable]
    ) -> [TestCase.Variable] {
        environment.filter { !isEarly($0) }
    }

    private static func isEarly(_ variable: TestCase.Variable) -> Bool {
        // A name that begins otherwise is decided by its first byte.
        guard let first = variable.name.first, "LGMOKAUTS".utf8.contains(first) else {
            return false
        }
        return earlyNames.contains { variable.name.starts(with: $0) }
    }

    /// Address space, data and stack bound what the kernel maps at execve; few descriptors keep
    /// the loader from its libraries.
    private static func meetsLoader(_ limit: TestCase.Limit) -> Bool {
        switch limit.resource {
        case .fileSize, .processes: false
        case .openFiles: limit.value < 64
        case .addressSpace, .data, .stack: true
        }
    }

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
