import TestCases

extension Mutator {
    func changeDirectory(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        let directories = testCase.files.filter { $0.kind == .directory }
        switch generator.below(3) {
        case 0: testCase.workingDirectory = .scratch(path: [])
        case 1:
            // Past 20 levels the path exceeds PATH_MAX, and getcwd(3) has to climb.
            let levels = generator.element(of: [1, 5, 19, 20, 21, 22, InputLimits.directoryLevels])
            testCase.workingDirectory = .deep(levels: levels ?? 1)
        default:
            let path = generator.element(of: directories)?.path ?? []
            testCase.workingDirectory = .scratch(path: path)
        }
    }

    func loseDirectory(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        testCase.workingDirectory = generator.chance(1, in: 2) ? .deleted : .unreadable
    }
}
