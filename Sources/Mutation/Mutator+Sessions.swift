import TestCases

extension Mutator {
    /// Changes what is said on a connection. Makes no first one: whether and how a target listens
    /// is the harness's to say.
    func changeSessions(
        _ testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        let count = testCase.sessions.count
        guard count > 0 else { return }
        let index = generator.below(count)
        switch generator.below(12) {
        case 0: testCase.sessions.append(testCase.sessions[index])
        case 1: if count > 1 { testCase.sessions.remove(at: index) }
        default:
            let donor = generator.element(of: other?.sessions ?? [])?.steps ?? []
            changeSteps(
                &testCase.sessions[index].steps, donor: donor, testCase: testCase,
                using: &generator)
        }
    }

    private func changeSteps(
        _ steps: inout [TestCase.Session.Step], donor: [TestCase.Session.Step],
        testCase: TestCase, using generator: inout SeededGenerator
    ) {
        let position = generator.below(steps.count + 1)
        guard !steps.isEmpty, generator.chance(2, in: 3) else {
            steps.insert(step(from: donor, testCase: testCase, using: &generator), at: position)
            return
        }
        let index = generator.below(steps.count)
        switch generator.below(7) {
        case 0: steps.remove(at: index)
        case 1: steps.insert(steps[index], at: position)
        case 2: steps.swapAt(index, generator.below(steps.count))
        case 3:
            guard case .send(let bytes) = steps[index], bytes.count > 1 else { return }
            let middle = generator.within(1...(bytes.count - 1))
            steps[index] = .send(Bytes(bytes[middle...]))
            steps.insert(.send(Bytes(bytes[..<middle])), at: index)
        default:
            guard case .send(var bytes) = steps[index] else { return }
            changeContent(
                &bytes, limit: InputLimits.inputBytes, other: nil, testCase: testCase,
                using: &generator)
            steps[index] = .send(bytes)
        }
    }

    private func step(
        from donor: [TestCase.Session.Step], testCase: TestCase,
        using generator: inout SeededGenerator
    ) -> TestCase.Session.Step {
        switch generator.below(8) {
        case 0, 1: generator.element(of: donor) ?? .receive
        case 2: .receive
        case 3: .halfClose
        case 4: generator.chance(1, in: 2) ? .close : .reset
        default: .send(lines(in: testCase, using: &generator))
        }
    }
}
