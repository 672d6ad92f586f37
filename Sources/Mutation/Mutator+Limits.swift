import TestCases

extension Mutator {
    /// Sets one limit to a value at which programs that start at all begin to fail.
    func changeLimits(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        if !testCase.limits.isEmpty, generator.chance(1, in: 4) {
            testCase.limits.remove(at: generator.below(testCase.limits.count))
            return
        }
        guard let resource = generator.element(of: TestCase.Limit.Resource.allCases),
            let value = generator.element(of: LimitValues.values(of: resource))
        else { return }
        testCase.limits.removeAll { $0.resource == resource }
        testCase.limits.append(.init(resource: resource, value: value))
    }
}

/// Where limits bite.
enum LimitValues {
    static func values(of resource: TestCase.Limit.Resource) -> [UInt64] {
        switch resource {
        case .openFiles: [0, 3, 4, 5, 6, 8, 12]
        case .fileSize: [0, 1, 512, 4_096, 65_536]
        // A C program with a few libraries maps 4 to 20 MiB.
        case .addressSpace: [4 << 20, 8 << 20, 12 << 20, 16 << 20, 32 << 20, 64 << 20]
        // The kernel gives arguments a quarter of it.
        case .stack: [16 << 10, 64 << 10, 128 << 10, 256 << 10, 1 << 20]
        case .processes: [0, 1, 2]
        case .data: [0, 64 << 10, 256 << 10, 1 << 20, 4 << 20]
        }
    }
}
