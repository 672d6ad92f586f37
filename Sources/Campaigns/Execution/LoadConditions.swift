import TestCases

/// What of a test case takes effect before `main`, so that a copy needs a template that was
/// started with it.
struct LoadConditions: Hashable, Sendable {
    /// The variables that the loader reads, in their order.
    var variables: [TestCase.Variable]
    /// The limits that the kernel and the loader meet.
    var limits: [TestCase.Limit]

    init(of testCase: TestCase) {
        variables = testCase.environment.filter { Self.isEarly($0) }
        limits = testCase.limits.filter { Self.meetsLoader($0) }
            .sorted { $0.resource.rawValue < $1.resource.rawValue }
    }

    /// Whether a template can be started with them. What a template maps besides the target
    /// counts against the limit on its address space.
    var suitTemplates: Bool { !limits.contains { $0.resource == .addressSpace } }

    /// A test case that has nothing but these conditions, and of an environment the rest.
    func testCase(besides environment: [TestCase.Variable]) -> TestCase {
        var testCase = TestCase()
        testCase.environment = environment.filter { !Self.isEarly($0) } + variables
        testCase.limits = limits
        return testCase
    }

    /// What ld.so(8) and the start of the C library look up, and libraries' constructors as far
    /// as they are known.
    private static let earlyNames = [
        "LD_", "GLIBC_TUNABLES", "MALLOC_", "OPENSSL_", "G_DEBUG", "G_MESSAGES", "G_SLICE",
        "OMP_", "GOMP_", "KMP_", "ASAN_", "UBSAN_", "TSAN_", "LSAN_", "MSAN_", "GMON_OUT_PREFIX",
        "SELINUX",
    ].map { Bytes($0.utf8) }

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
}
