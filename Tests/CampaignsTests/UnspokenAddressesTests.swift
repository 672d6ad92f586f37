import Contact
import TestCases
import Testing

@testable import Campaigns

@Suite("Addresses that no sample goes to")
struct UnspokenAddressesTests {
    private func address(_ transport: String) -> ExecutorState.Address {
        .init(transport: transport, address: "127.0.0.1:53")
    }

    private let sample = TestCase.Session(transport: .udp, steps: [.send([0x2a, 1]), .receive])

    @Test("they hear what samples say elsewhere, over a stream with its length as well")
    func borrowed() {
        let sessions = UnspokenAddresses.sessions(
            at: [address("udp"), address("tcp")], besides: [sample])
        #expect(sessions.allSatisfy { $0.transport == .tcp && $0.party == .client(address: 0) })
        let steps = sessions.map(\.steps)
        #expect(steps.contains([.send([0, 2, 0x2a, 1]), .receive]))
        #expect(steps.contains([.send([0x2a, 1]), .receive]))
        #expect(sessions.count == 2 + Harness.generic(for: .tcp).count)
    }

    @Test("addresses of a transport are counted, and those that samples go to are left alone")
    func counted() {
        let places = [address("udp"), address("tcp"), address("udp"), address("raw")]
        let sessions = UnspokenAddresses.sessions(at: places, besides: [sample])
        let parties = Set(sessions.map { "\($0.transport) \($0.party)" })
        #expect(
            parties == [
                "udp \(TestCase.Session.Party.client(address: 1))",
                "tcp \(TestCase.Session.Party.client(address: 0))",
            ])
        #expect(UnspokenAddresses.sessions(at: [address("udp")], besides: [sample]).isEmpty)
    }

    @Test("of many addresses the first few are enough")
    func many() {
        let sessions = UnspokenAddresses.sessions(
            at: Array(repeating: address("udp"), count: 30))
        #expect(sessions.count == 4 * Harness.generic(for: .udp).count)
        #expect(Set(sessions.map(\.party)).count == 4)
    }
}
