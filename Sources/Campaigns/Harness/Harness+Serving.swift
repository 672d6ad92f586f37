internal import TestCases

extension Harness {
    /// What a target has to do with others, and where.
    package enum Service: Sendable {
        case none
        case server([ExecutorState.Address])
        case client([ExecutorState.Address])
    }

    /// Starts the target once and, where it turns out to wait for connections or datagrams, makes
    /// the harness a server's with what any server can be told; where it makes some, a client's.
    package mutating func recogniseService(
        _ target: TargetFile
    ) throws -> Service {
        var candidate = self
        candidate.server = Server()
        let request = CampaignRequest(harness: candidate, target: target, folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.executor = .exec
        setup.seeds = []
        guard let worker = try WorkerHandle.start(setup) else { return .none }
        guard let addresses = worker.executor.addresses, !addresses.isEmpty else {
            let destinations = recogniseClient(worker.executor.destinations ?? [])
            return destinations.isEmpty ? .none : .client(destinations)
        }
        var samples: [TestCase.Session] = []
        var counts: [TestCase.Session.Transport: UInt16] = [:]
        for address in addresses.prefix(Self.mostAddresses) {
            guard let transport = TestCase.Session.Transport(rawValue: address.transport) else {
                continue
            }
            samples += Self.generic(for: transport).map { session in
                var session = session
                session.party = .client(address: counts[transport, default: 0])
                return session
            }
            counts[transport, default: 0] += 1
        }
        serve(Server(), samples: samples)
        return .server(addresses)
    }

    /// Whether a start of the target shows that it connects to others, or sends datagrams; then the
    /// harness is made a client's, with what anybody may say to it. Returns where it connects to.
    package mutating func recogniseClient(
        _ destinations: [ExecutorState.Address]
    ) -> [ExecutorState.Address] {
        guard let first = destinations.first,
            let transport = TestCase.Session.Transport(rawValue: first.transport)
        else { return [] }
        client = Client()
        // Arguments change, and with them the port: a peer of the internet is wherever it is needed.
        let isLocal = transport == .unixStream || transport == .unixDatagram
        answer(
            with: Self.genericPeers(
                for: transport, at: isLocal ? Bytes(first.address.utf8) : []))
        return destinations
    }

    private static let mostAddresses = 4
}
