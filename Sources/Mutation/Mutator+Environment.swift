import TestCases

extension Mutator {
    func changeEnvironment(
        _ testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        let count = testCase.environment.count
        switch generator.below(count == 0 ? 6 : 12) {
        case 0, 1, 2, 3: setVariable(in: &testCase, using: &generator)
        case 4:
            guard let variable = generator.element(of: other?.environment ?? []) else {
                setVariable(in: &testCase, using: &generator)
                return
            }
            set(variable, in: &testCase)
        case 5:
            // The last byte of a name, a duplicate, or none at all: parsers differ.
            let odd: [Bytes] = [[], [UInt8(ascii: "=")], Bytes("A=B".utf8), Bytes("x y".utf8)]
            let name = generator.element(of: odd) ?? []
            testCase.environment.append(
                .init(name: name, value: value(of: name, using: &generator)))
        case 6, 7: testCase.environment.remove(at: generator.below(count))
        case 8: testCase.environment.swapAt(generator.below(count), generator.below(count))
        case 9:
            ByteHavoc.mutate(
                &testCase.environment[generator.below(count)].value,
                limit: InputLimits.argumentBytes, vocabulary: vocabulary, using: &generator)
        default:
            let index = generator.below(count)
            let name = testCase.environment[index].name
            testCase.environment[index].value = value(of: name, using: &generator)
        }
    }

    private func setVariable(in testCase: inout TestCase, using generator: inout SeededGenerator) {
        guard let name = vocabulary.names.draw(using: &generator) else { return }
        set(.init(name: name, value: value(of: name, using: &generator)), in: &testCase)
    }

    /// Values that are known for the name, else of every class that programs tell apart.
    private func value(of name: Bytes, using generator: inout SeededGenerator) -> Bytes {
        if generator.chance(3, in: 4), let known = generator.element(of: BuiltIn.values(of: name)) {
            return known
        }
        switch generator.below(8) {
        case 0: return []
        case 1: return Bytes("1".utf8)
        case 2: return ByteHavoc.number(using: &generator)
        case 3: return generator.element(of: BuiltIn.paths) ?? []
        case 4: return vocabulary.drawOption(using: &generator)?.spelling ?? []
        case 5: return Bytes(repeating: 0x61, count: 1 << generator.within(6...16))
        default: return vocabulary.values.draw(using: &generator) ?? []
        }
    }

    private func set(_ variable: TestCase.Variable, in testCase: inout TestCase) {
        guard let index = testCase.environment.firstIndex(where: { $0.name == variable.name })
        else {
            testCase.environment.append(variable)
            return
        }
        testCase.environment[index] = variable
    }
}
