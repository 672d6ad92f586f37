import TestCases

extension Mutator {
    func changeDescriptors(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        let count = testCase.descriptors.count
        if count > 0, generator.chance(1, in: 3) {
            testCase.descriptors.remove(at: generator.below(count))
            return
        }
        let source: TestCase.Descriptor.Source
        let files = testCase.files.filter { FileTree.content(of: $0) != nil }
        if generator.chance(1, in: 3), let file = generator.element(of: files) {
            source = .file(path: file.path)
        } else {
            source = generator.chance(2, in: 3) ? .terminal : .null
        }
        setDescriptor(of: &testCase, to: source, using: &generator)
    }

    func breakDescriptors(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        let sources: [TestCase.Descriptor.Source] = [.closed, .full, .brokenPipe]
        setDescriptor(
            of: &testCase, to: generator.element(of: sources) ?? .closed, using: &generator)
    }

    /// The standard three most often, sometimes one that nobody expects.
    private func setDescriptor(
        of testCase: inout TestCase, to source: TestCase.Descriptor.Source,
        using generator: inout SeededGenerator
    ) {
        let number = UInt16(
            generator.chance(15, in: 16) ? generator.below(3) : generator.within(3...9))
        testCase.descriptors.removeAll { $0.number == number }
        testCase.descriptors.append(.init(number: number, source: source))
    }
}
