internal import Foundation
internal import TestCases

/// The part of a harness that says whom the target connects to.
struct ClientForm: Decodable {
    private var transport: TestCase.Session.Transport
    private var address: String
    /// Each is what one peer says, message by message.
    private var samples: [SampleForm]
    private var lineEnd: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case transport, address, samples, lineEnd
    }

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        transport = try TestCase.Session.Transport(container, forKey: .transport)
        address = try container.decodeIfPresent(String.self, forKey: .address) ?? ""
        samples = try container.decodeIfPresent([SampleForm].self, forKey: .samples) ?? []
        lineEnd = try container.decodeIfPresent(String.self, forKey: .lineEnd)
    }

    func apply(to harness: inout Harness) {
        var client = Harness.Client()
        if let lineEnd { client.lineEnd = Bytes(lineEnd.utf8) }
        harness.client = client
        let place = Bytes(address.utf8)
        let samples = samples.map { sample in
            TestCase.Session(
                transport: sample.transport ?? transport, party: .peer(at: place),
                steps: sample.messages.flatMap { [.receive, .send($0)] } + [.receive])
        }
        harness.answer(
            with: samples.isEmpty ? Harness.genericPeers(for: transport, at: place) : samples)
    }
}

/// The part of a harness that names a real program as the target's peer or client.
struct CompanionForm: Decodable {
    let program: String
    private var arguments: [String]
    /// What stands behind the arguments, in one test case each.
    private var samples: [[String]]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case program, arguments, samples
    }

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        program = try container.decode(String.self, forKey: .program)
        arguments = try container.decodeIfPresent([String].self, forKey: .arguments) ?? []
        samples = try container.decodeIfPresent([[String]].self, forKey: .samples) ?? [[]]
    }

    /// A server's companion comes as a client, in seeds; any other target finds it where it
    /// connects to.
    func apply(to harness: inout Harness) {
        let lists = samples.map { (arguments + $0).map { Bytes($0.utf8) } }
        guard harness.server == nil else {
            harness.seeds += lists.map { list in
                var seed = harness.base
                seed.sessions = [.init(party: .companion(arguments: list), steps: [])]
                return seed
            }
            return
        }
        harness.client = harness.client ?? Harness.Client()
        harness.answer(with: lists.map { .init(party: .companionPeer(arguments: $0), steps: []) })
    }
}

extension TestCase.Session.Transport {
    /// The one that a field names, TCP when it is left out.
    init<Key: CodingKey>(_ container: KeyedDecodingContainer<Key>, forKey key: Key) throws {
        let name = try container.decodeIfPresent(String.self, forKey: key) ?? "tcp"
        guard let transport = Self(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container,
                debugDescription: "\"\(name)\" is not one of "
                    + Self.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = transport
    }
}

extension Harness {
    /// Gives the target somebody to talk to: the first is a part of what every test case starts
    /// from, the others are seeds. Connections after the first find the same again.
    mutating func answer(with peers: [TestCase.Session]) {
        guard base.sessions.isEmpty else {
            seeds += peers.map { seed(with: $0) }
            return
        }
        base.sessions = peers.first.map { [$0, $0] } ?? []
        seeds += peers.dropFirst().map { seed(with: $0) }
    }

    private func seed(with peer: TestCase.Session) -> TestCase {
        var seed = base
        seed.sessions = [peer, peer]
        return seed
    }

    /// What somebody may say of whom nothing is known but that the target connects there.
    static func genericPeers(
        for transport: TestCase.Session.Transport, at place: Bytes
    ) -> [TestCase.Session] {
        let texts = [
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n",
            "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
            "220 localhost ready\r\n", "+OK ready\r\n", "* OK ready\r\n", "\r\n", "ok\n",
        ]
        let messages = texts.map { Bytes($0.utf8) } + [Bytes(repeating: 0, count: 64)]
        func peer(_ steps: [TestCase.Session.Step]) -> TestCase.Session {
            TestCase.Session(transport: transport, party: .peer(at: place), steps: steps)
        }
        return messages.map { peer([.receive, .send($0), .receive]) } + [
            peer([.receive, .halfClose, .receive]), peer([.receive, .reset]), peer([.close]),
        ]
    }
}
