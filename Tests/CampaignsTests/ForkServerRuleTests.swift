import TestCases
import Testing

@testable import Campaigns

@Suite("Which test cases a copy does justice to")
struct ForkServerRuleTests {
    private static let base = [
        TestCase.Variable(name: Array("HOME".utf8), value: Array("/".utf8)),
        TestCase.Variable(name: Array("LD_LIBRARY_PATH".utf8), value: Array("/lib".utf8)),
    ]

    private static func rule(
        prefix: [UInt32] = [], _ change: (inout TestCase) -> Void
    ) -> ForkServerRule? {
        var testCase = TestCase()
        testCase.environment = base
        let conditions = LoadConditions(of: testCase)
        change(&testCase)
        return ForkServerRule.first(for: testCase, base: conditions, prefixCalls: prefix)
    }

    @Test("ordinary arguments, files, input and environment are for copies")
    func ordinary() {
        let rule = Self.rule { testCase in
            testCase.arguments = [Array("--help".utf8), []]
            testCase.environment.append(.init(name: Array("LANG".utf8), value: Array("C".utf8)))
            testCase.standardInput.bytes = Array(repeating: 7, count: 100_000)
            testCase.limits = [.init(resource: .fileSize, value: 0)]
            testCase.signals = [.init(signal: 15, atSyscall: 1)]
        }
        #expect(rule == nil)
    }

    @Test("what the loader reads or meets is for execve")
    func loader() {
        #expect(Self.rule { $0.environment.removeLast() } == .loaderEnvironment)
        #expect(
            Self.rule {
                $0.environment.append(.init(name: Array("LD_DEBUG".utf8), value: []))
            } == .loaderEnvironment)
        #expect(
            Self.rule {
                $0.environment.append(.init(name: Array("GLIBC_TUNABLES".utf8), value: []))
            } == .loaderEnvironment)
        for resource in [TestCase.Limit.Resource.addressSpace, .data, .stack, .openFiles] {
            #expect(
                Self.rule { $0.limits = [.init(resource: resource, value: 10)] } == .loaderLimits)
        }
    }

    @Test("what is too large for a copy, or for the kernel, is for execve")
    func size() {
        #expect(
            Self.rule { $0.arguments = [Array(repeating: 65, count: 131_072)] } == .size)
        #expect(
            Self.rule {
                $0.arguments = Array(repeating: Array(repeating: 65, count: 1000), count: 500)
            } == .size)
        #expect(
            Self.rule {
                $0.descriptors = (3..<50).map { .init(number: $0, source: .null) }
            } == .descriptors)
    }

    @Test("a fault that comes before main is for execve, a later one for copies")
    func provocations() {
        let prefix: [UInt32] = [12, 0, 12]
        func fault(_ syscall: UInt32, _ occurrence: UInt32) -> ForkServerRule? {
            Self.rule(prefix: prefix) {
                $0.faults = [.init(syscall: syscall, occurrence: occurrence, effect: .error(4))]
            }
        }
        #expect(fault(12, 2) == .earlyProvocation)
        #expect(fault(12, 3) == nil)
        #expect(fault(1, 1) == nil)
        #expect(
            Self.rule(prefix: prefix) { $0.signals = [.init(signal: 1, atSyscall: 3)] }
                == .earlyProvocation)
    }
}
