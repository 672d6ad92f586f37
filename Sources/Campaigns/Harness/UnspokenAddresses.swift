internal import Contact
internal import TestCases

/// What is said at addresses of a server that nobody has anything to say at: what it does about a
/// connection there is a part of its life all the same.
enum UnspokenAddresses {
    /// More are seldom of different kinds.
    private static let mostAddresses = 4
    private static let mostMessages = 8

    /// Sessions for each address that none of those given goes to: generic ones, and what the
    /// others say.
    static func sessions(
        at addresses: [ExecutorState.Address], besides said: [TestCase.Session] = []
    ) -> [TestCase.Session] {
        var counts: [TestCase.Session.Transport: UInt16] = [:]
        var unspoken: [(transport: TestCase.Session.Transport, number: UInt16)] = []
        for address in addresses {
            guard let transport = TestCase.Session.Transport(rawValue: address.transport) else {
                continue
            }
            let number = counts[transport, default: 0]
            counts[transport] = number + 1
            let isSpokenTo = said.contains {
                $0.transport == transport && $0.party == .client(address: number)
            }
            if !isSpokenTo { unspoken.append((transport, number)) }
        }
        let messages = messages(of: said)
        return unspoken.prefix(mostAddresses).flatMap { place in
            let borrowed = messages.flatMap { forms(of: $0, for: place.transport) }.map {
                TestCase.Session(transport: place.transport, steps: [.send($0), .receive])
            }
            return (borrowed + Harness.generic(for: place.transport)).map { session in
                var session = session
                session.party = .client(address: place.number)
                return session
            }
        }
    }

    private static func messages(of said: [TestCase.Session]) -> [Bytes] {
        var messages: [Bytes] = []
        for case .send(let message) in said.flatMap(\.steps)
        where !messages.contains(message) && messages.count < mostMessages {
            messages.append(message)
        }
        return messages
    }

    /// As it is, and for a stream with its length before it as well, as a name server takes over
    /// TCP what it takes as a datagram.
    private static func forms(
        of message: Bytes, for transport: TestCase.Session.Transport
    ) -> [Bytes] {
        guard transport == .tcp || transport == .unixStream,
            let length = UInt16(exactly: message.count)
        else { return [message] }
        return [[UInt8(length >> 8), UInt8(length & 0xff)] + message, message]
    }
}
