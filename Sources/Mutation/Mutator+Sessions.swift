package import TestCases

extension Mutator {
    /// Changes what is said on connections. Makes no first one: whether and how a target listens
    /// is the harness's to say.
    func changeSessions(
        _ testCase: inout TestCase, with other: TestCase?,
        using generator: inout SeededGenerator
    ) {
        let count = testCase.sessions.count
        guard count > 0 else { return }
        let index = generator.below(count)
        switch generator.below(16) {
        case 0: testCase.sessions.append(testCase.sessions[index])
        case 1: if count > 1 { testCase.sessions.remove(at: index) }
        case 2:
            if let donor = generator.element(of: other?.sessions ?? []) {
                testCase.sessions.insert(donor, at: generator.below(count + 1))
            }
        case 3:
            if let donor = generator.element(of: other?.sessions ?? []) {
                testCase.sessions[index].steps += donor.steps
            }
        case 4: testCase.sessions.swapAt(index, generator.below(count))
        default:
            let donor = generator.element(of: other?.sessions ?? [])?.steps ?? []
            changeSteps(&testCase.sessions[index].steps, donor: donor, using: &generator)
        }
    }

    /// Puts a signal between the steps of a session.
    func insertSignal(_ testCase: inout TestCase, using generator: inout SeededGenerator) {
        let isHandled = generator.chance(1, in: 2)
        let handled = isHandled ? generator.element(of: vocabulary.handledSignals) : nil
        guard let signal = handled ?? generator.element(of: SignalNumbers.all) else { return }
        let index = generator.below(testCase.sessions.count)
        let position = generator.below(testCase.sessions[index].steps.count + 1)
        testCase.sessions[index].steps.insert(.signal(signal), at: position)
    }

    /// One to three sessions of vocabulary, to the addresses that the base has sessions with.
    func generateSessions(of testCase: inout TestCase, using generator: inout SeededGenerator) {
        let known = testCase.sessions
        testCase.sessions = (0...generator.skewed(below: 3)).compactMap { _ in
            guard var session = generator.element(of: known) else { return nil }
            guard session.hasEffectiveSteps else { return session }
            // Whom the target opens a connection to most often hears something first.
            let hearsFirst = session.isOpenedByTarget
            session.steps = (0...generator.skewed(below: 6)).flatMap { _ in
                if generator.chance(1, in: 6) { return [step(from: [], using: &generator)] }
                let said = TestCase.Session.Step.send(message(using: &generator))
                return hearsFirst ? [.receive, said] : [said, .receive]
            }
            return session
        }
    }

    private func changeSteps(
        _ steps: inout [TestCase.Session.Step], donor: [TestCase.Session.Step],
        using generator: inout SeededGenerator
    ) {
        let position = generator.below(steps.count + 1)
        guard !steps.isEmpty, generator.chance(2, in: 3) else {
            let step = step(from: donor, using: &generator)
            steps.insert(step, at: position)
            if case .send = step, generator.chance(3, in: 4) {
                steps.insert(.receive, at: position + 1)
            }
            return
        }
        let index = generator.below(steps.count)
        if case .sendRepeated(let repetition) = steps[index] {
            steps[index] = .sendRepeated(Sizes.changed(repetition, using: &generator))
            return
        }
        if let message = steps[index].message, generator.chance(1, in: Sizes.rarity) {
            steps[index] = .sendRepeated(Sizes.repeated(message, using: &generator))
            return
        }
        switch generator.below(9) {
        case 0: steps.remove(at: index)
        case 1: steps.insert(steps[index], at: position)
        case 2: steps.swapAt(index, generator.below(steps.count))
        case 3:
            guard case .send(let bytes) = steps[index], bytes.count > 1 else { return }
            let middle = generator.within(1...(bytes.count - 1))
            steps[index] = .send(Bytes(bytes[middle...]))
            steps.insert(.send(Bytes(bytes[..<middle])), at: index)
        default:
            let messages = steps.indices.filter { steps[$0].message != nil }
            guard let chosen = generator.element(of: messages), var bytes = steps[chosen].message
            else { return }
            let other = generator.element(of: donor.compactMap(\.message))
            changeMessage(&bytes, other: other, using: &generator)
            steps[chosen] = .send(bytes)
        }
    }

    private func step(
        from donor: [TestCase.Session.Step], using generator: inout SeededGenerator
    ) -> TestCase.Session.Step {
        switch generator.below(12) {
        case 0, 1, 2: generator.element(of: donor) ?? .receive
        case 3: .receive
        case 4: .halfClose
        case 5: generator.chance(1, in: 2) ? .close : .reset
        case 6: .wait
        default: .send(message(using: &generator))
        }
    }

    // MARK: Messages

    /// Lines of the protocol, most often one.
    private func message(using generator: inout SeededGenerator) -> Bytes {
        var bytes: Bytes = []
        for _ in 0...generator.skewed(below: 3) { bytes += protocolLine(using: &generator) }
        return bytes
    }

    private func protocolLine(using generator: inout SeededGenerator) -> Bytes {
        var line: Bytes
        if generator.chance(3, in: 4), let known = vocabulary.lines.draw(using: &generator) {
            line = known
        } else {
            line = ByteHavoc.token(of: vocabulary, using: &generator)
            for _ in 0..<generator.skewed(below: 4) {
                line += [0x20] + ByteHavoc.token(of: vocabulary, using: &generator)
            }
        }
        return line + vocabulary.lineEnd
    }

    private func changeMessage(
        _ bytes: inout Bytes, other: Bytes?, using generator: inout SeededGenerator
    ) {
        switch generator.below(12) {
        case 0: bytes = message(using: &generator)
        case 1, 2:
            let line = protocolLine(using: &generator)
            bytes.insert(contentsOf: line, at: lineStart(in: bytes, using: &generator))
        case 3:
            let start = lineStart(in: bytes, using: &generator)
            let end = bytes[start...].firstIndex(of: 0x0a).map { $0 + 1 } ?? bytes.count
            bytes.removeSubrange(start..<end)
        case 4: if let other { bytes += other }
        case 5, 6: replaceWord(in: &bytes, using: &generator)
        case 7:
            // Several requests at once.
            let part = bytes
            for _ in 0...generator.skewed(below: 64) { bytes += part }
        default:
            ByteHavoc.mutate(
                &bytes, limit: InputLimits.messageBytes, vocabulary: vocabulary,
                using: &generator)
        }
        if bytes.count > InputLimits.messageBytes {
            bytes.removeSubrange(InputLimits.messageBytes...)
        }
    }

    /// Puts a word in the place of what stands between two separators.
    private func replaceWord(in bytes: inout Bytes, using generator: inout SeededGenerator) {
        let isSeparator = { (byte: UInt8) in byte <= 0x20 || ":=,;&?".utf8.contains(byte) }
        let words = bytes.indices.split { isSeparator(bytes[$0]) }
        guard let word = generator.element(of: words), let first = word.first, let last = word.last
        else { return }
        bytes.replaceSubrange(
            first...last, with: ByteHavoc.token(of: vocabulary, using: &generator))
    }
}

extension TestCase.Session.Step {
    /// What is sent, if that is the step.
    package var message: Bytes? { if case .send(let bytes) = self { bytes } else { nil } }
}
