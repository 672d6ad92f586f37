internal import TestCases

extension Harness {
    /// Starts the target once and, where it turns out to wait for connections or datagrams, makes
    /// the harness a server's with what any server can be told. Returns its addresses.
    package mutating func recogniseServer(
        _ target: TargetFile
    ) throws -> [ExecutorState.Address] {
        var candidate = self
        candidate.server = Server()
        let request = CampaignRequest(harness: candidate, target: target, folder: "")
        var setup = WorkerSetup(request) { _ in }
        setup.executor = .exec
        setup.seeds = []
        guard let worker = try WorkerHandle.start(setup),
            let addresses = worker.executor.addresses, !addresses.isEmpty
        else { return [] }
        var samples: [TestCase.Session] = []
        var counts: [TestCase.Session.Transport: UInt16] = [:]
        for address in addresses.prefix(Self.mostAddresses) {
            guard let transport = TestCase.Session.Transport(rawValue: address.transport) else {
                continue
            }
            samples += Self.generic(for: transport).map { session in
                var session = session
                session.address = counts[transport, default: 0]
                return session
            }
            counts[transport, default: 0] += 1
        }
        serve(Server(), samples: samples)
        return addresses
    }

    private static let mostAddresses = 4
}
