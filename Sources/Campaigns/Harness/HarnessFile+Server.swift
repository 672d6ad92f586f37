internal import Foundation
internal import TestCases

/// The part of a harness that says how its target serves others.
struct ServerForm: Decodable {
    private var transport: TestCase.Session.Transport
    /// Each is what one client says, message by message.
    private var samples: [SampleForm]
    private var lineEnd: String?
    private var endSignal: UInt8?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case transport, samples, lineEnd, endSignal
    }

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        transport = try TestCase.Session.Transport(container, forKey: .transport)
        samples = try container.decodeIfPresent([SampleForm].self, forKey: .samples) ?? []
        lineEnd = try container.decodeIfPresent(String.self, forKey: .lineEnd)
        if let name = try container.decodeIfPresent(String.self, forKey: .endSignal) {
            guard let number = Self.signals[name] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .endSignal, in: container,
                    debugDescription: "\"\(name)\" is not one of "
                        + Self.signals.keys.sorted().joined(separator: ", "))
            }
            endSignal = number
        }
    }

    private static let signals: [String: UInt8] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15,
    ]

    func apply(to harness: inout Harness) {
        var server = Harness.Server()
        if let lineEnd { server.lineEnd = Bytes(lineEnd.utf8) }
        if let endSignal { server.endSignal = endSignal }
        let generic = samples.isEmpty ? Harness.generic(for: transport) : []
        harness.serve(
            server,
            samples: generic
                + samples.map { sample in
                    TestCase.Session(
                        transport: sample.transport ?? transport,
                        steps: sample.messages.flatMap { [.send($0), .receive] })
                })
    }
}

extension Harness {
    /// Makes the target a server: the first sample is a part of what every test case starts from,
    /// the others are seeds.
    mutating func serve(_ server: Server, samples: [TestCase.Session]) {
        self.server = server
        base.sessions = Array(samples.prefix(1))
        seeds += samples.dropFirst().map { sample in
            var seed = base
            seed.sessions = [sample]
            return seed
        }
    }

    /// What can be said to a server of which nothing is known.
    static func generic(for transport: TestCase.Session.Transport) -> [TestCase.Session] {
        let texts = [
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HELP\r\n", "\r\n", "QUIT\r\n",
        ]
        let messages = texts.map { Bytes($0.utf8) } + [Bytes(repeating: 0, count: 64)]
        let said = messages.map { message in
            TestCase.Session(transport: transport, steps: [.receive, .send(message), .receive])
        }
        let silent = TestCase.Session(
            transport: transport, steps: [.receive, .halfClose, .receive])
        let torn = TestCase.Session(transport: transport, steps: [.send([0x0a]), .reset])
        return said + [silent, torn]
    }
}
