import TestCases

/// What is said to servers, one thing at a time.
extension SweepBuilder {
    /// Every message of the base and the seeds alone, then every line of the vocabulary.
    func messages() -> Sweep.Section {
        guard let model = base.sessions.first, model.hasEffectiveSteps else {
            return Sweep.Section(count: 0) { _, _ in nil }
        }
        // A peer that has not heard the question yet answers it all the same.
        let before: [TestCase.Session.Step] = model.isOpenedByTarget ? [.receive] : []
        var messages: [Bytes] = []
        let said = ([base] + seeds).flatMap(\.sessions).flatMap(\.steps).compactMap(\.message)
        let lines = vocabulary.lines.all.map { $0 + vocabulary.lineEnd }
        for message in said + lines where !messages.contains(message) { messages.append(message) }
        return Sweep.Section(count: messages.count) { [base, messages] index, _ in
            var testCase = base
            testCase.sessions = [
                Self.with(model, before + [.send(messages[index]), .receive])
            ]
            return testCase
        }
    }

    /// The sessions of the base and the seeds in other manners: cut off, torn, one byte at a time,
    /// side by side.
    func manners() -> Sweep.Section {
        let said = ([base] + seeds).filter { testCase in
            testCase.sessions.contains(where: \.hasEffectiveSteps)
        }
        let cases = Array(said.prefix(1 + Self.mannerSeeds))
        let manners = Self.manners
        return Sweep.Section(count: cases.count * manners.count) { index, _ in
            var testCase = cases[index % cases.count]
            testCase.sessions = manners[index / cases.count](testCase.sessions)
            return testCase
        }
    }

    private static let mannerSeeds = 16

    private typealias Manner = @Sendable ([TestCase.Session]) -> [TestCase.Session]

    private static let manners: [Manner] = [
        { $0.map { Self.with($0, $0.steps.filter { $0 != .receive }) } },
        { $0.map { Self.with($0, $0.steps + [.reset]) } },
        { $0.map { Self.with($0, $0.steps + [.halfClose, .receive]) } },
        { $0.map { Self.with($0, $0.steps.filter { $0 != .receive } + [.reset]) } },
        { $0.map { Self.with($0, $0.steps + $0.steps) } },
        { $0.map { Self.with($0, $0.steps.flatMap(Self.halves)) } },
        { $0.map { Self.with($0, $0.steps.flatMap(Self.single)) } },
        { $0 + $0 },
        { $0 + $0 + $0 + $0 },
        { $0.map { Self.with($0, [.receive]) } },
        { $0.map { Self.with($0, [.receive, .halfClose, .receive]) } },
        { _ in [] },
    ]

    private static func with(
        _ session: TestCase.Session, _ steps: [TestCase.Session.Step]
    ) -> TestCase.Session {
        var session = session
        session.steps = steps
        return session
    }

    private static func halves(_ step: TestCase.Session.Step) -> [TestCase.Session.Step] {
        guard let message = step.message, message.count > 1 else { return [step] }
        let middle = message.count / 2
        return [.send(Bytes(message[..<middle])), .send(Bytes(message[middle...]))]
    }

    private static func single(_ step: TestCase.Session.Step) -> [TestCase.Session.Step] {
        guard let message = step.message else { return [step] }
        let first = message.prefix(8)
        return first.map { .send([$0]) }
            + (message.count > first.count ? [.send(Bytes(message[first.count...]))] : [])
    }

    /// Every signal between a session and the same session again.
    func signalsBetweenSessions() -> Sweep.Section {
        let others = SignalNumbers.all.filter { !vocabulary.handledSignals.contains($0) }
        return between((vocabulary.handledSignals + others).map { .signal($0) })
    }

    /// Every signal that operators send, and that the target takes, between a client and the next,
    /// and while one is connected.
    func notifications() -> Sweep.Section {
        between(vocabulary.notifications.map { .notify($0) })
    }

    /// Each step between a session and the same session again: of the same client, then of
    /// another, while the first has not gone.
    private func between(_ steps: [TestCase.Session.Step]) -> Sweep.Section {
        guard let session = base.sessions.first, !session.isOpenedByTarget else {
            return Sweep.Section(count: 0) { _, _ in nil }
        }
        return Sweep.Section(count: steps.count * 2) { [base] index, _ in
            var testCase = base
            let step = steps[index / 2]
            if index % 2 == 0 {
                testCase.sessions = [Self.with(session, session.steps + [step] + session.steps)]
            } else {
                let pause = Array(
                    repeating: TestCase.Session.Step.wait, count: session.steps.count + 1)
                testCase.sessions = [
                    Self.with(session, session.steps + [step]),
                    Self.with(session, pause + session.steps),
                ]
            }
            return testCase
        }
    }
}
