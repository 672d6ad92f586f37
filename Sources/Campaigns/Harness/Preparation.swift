package import Contact
package import Mutation
internal import Traces

/// What is found out about a target before anything else is done, the same way for whoever asks.
package struct Preparation: Sendable {
    /// With what was found; a command's is complete then.
    package private(set) var harness: Harness
    package let target: TargetFile
    package private(set) var contact: FirstContact
    package private(set) var service = Harness.Service.none
    /// What of the machine it was given, and why; nil where the harness says so itself.
    package private(set) var provision: ProvisionChoice?
    /// Formats of which a file was put into a command's tree.
    package private(set) var kinds: [SampleKind] = []

    /// Starts what a harness describes, to see what becomes of it.
    package static func ofHarness(
        _ harness: Harness, _ target: TargetFile, within budget: TimeBudget = TimeBudget()
    ) throws -> Preparation {
        var candidate = harness
        // Whoever sleeps for longer says no more by it.
        candidate.bounds.wallTime = min(candidate.bounds.wallTime, patience(within: budget))
        let end = budget.end(of: .preparation)
        var found = Preparation(
            harness: harness, target: target, contact: try meet(candidate, target, until: end))
        guard !harness.givesTimes else { return found }
        let bounds: [Trace.Reason] = [.wallTime, .cpuTime]
        if bounds.contains(where: { found.contact.end == .stopped(reason: $0.rawValue) }) {
            // A server may take seconds to come up where each of its calls is stopped at.
            candidate.bounds.allow(patience(within: budget))
            found.contact = try meet(candidate, target, until: end)
        }
        found.harness.bounds.allow(for: found.contact)
        return found
    }

    /// Starts a command that nobody has described, and makes a harness from what that shows: whom
    /// it serves or turns to, what it may be given, and how long it may take.
    package static func ofCommand(
        _ harness: Harness, _ target: TargetFile, within budget: TimeBudget = TimeBudget()
    ) throws -> Preparation {
        var harness = harness
        let choice = try harness.chooseProvision { harness throws in
            var candidate = harness
            candidate.server = Harness.Server()
            // Whoever is slow to come up is not known yet.
            candidate.bounds.allow(patience(within: budget))
            return try meet(candidate, target, until: budget.end(of: .preparation))
        }
        guard let contact = choice.best?.contact else {
            throw WorkerFailure("it was ended before its first execution was over")
        }
        var found = Preparation(harness: harness, target: target, contact: contact)
        found.provision = choice
        found.harness.bounds.allow(for: found.contact)
        found.service = found.harness.recogniseService(in: found.contact)
        if found.service != .server {
            found.kinds = found.harness.prepare(image: target.script ?? target.image)
        }
        return found
    }

    private static let patience = Duration.seconds(20)

    private static func patience(within budget: TimeBudget) -> Duration {
        min(patience, budget.end(of: .contact).map { max(.seconds(1), $0 - .now) } ?? patience)
    }

    private static func meet(
        _ harness: Harness, _ target: TargetFile, until end: ContinuousClock.Instant?
    ) throws -> FirstContact {
        let request = CampaignRequest(harness: harness, target: target, folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.executor = .exec
        setup.seeds = []
        do {
            guard let contact = try WorkerHandle.start(setup, until: end)?.contact else {
                throw WorkerFailure("the worker ended before it was ready")
            }
            return contact
        } catch is TimeIsOver {
            throw WorkerFailure("the time was over before the first execution was; allow more")
        }
    }
}

extension Harness.Bounds {
    /// Some times what the first execution took, where that is more: others do more than it did, on
    /// a machine that is busier. One that came to no end by itself says nothing about that.
    mutating func allow(for contact: FirstContact) {
        if case .stopped = contact.end { return }
        let seconds = Duration.milliseconds(
            Int((max(0, min(contact.seconds, 1e6)) * 1000).rounded(.up)))
        cpuTime = max(cpuTime, seconds * Self.cpuFactor)
        wallTime = max(wallTime, seconds * Self.wallFactor)
    }

    /// At least so much time, half of it on a processor.
    mutating func allow(_ time: Duration) {
        cpuTime = max(cpuTime, time / 2)
        wallTime = max(wallTime, time)
    }

    private static let cpuFactor = 5
    private static let wallFactor = 10
}
