package import TestCases

/// What was said on one connection, or between two addresses, by both.
package struct RecordedConversation: Hashable, Sendable {
    package struct Message: Hashable, Sendable {
        package var isFromClient: Bool
        package var bytes: Bytes

        package init(isFromClient: Bool, bytes: Bytes) {
            self.isFromClient = isFromClient
            self.bytes = bytes
        }
    }

    package enum Ending: Hashable, Sendable {
        /// The record ends before.
        case open
        case closed(byClient: Bool)
        case reset(byClient: Bool)
    }

    package var transport: TestCase.Session.Transport
    package var messages: [Message] = []
    package var ending = Ending.open

    package init(transport: TestCase.Session.Transport) {
        self.transport = transport
    }

    /// Of a stream, what one says without having heard anything between is one message.
    package mutating func add(_ bytes: some Collection<UInt8>, isFromClient: Bool) {
        let isStream = transport == .tcp || transport == .unixStream
        guard !isStream || !bytes.isEmpty else { return }
        if isStream, let last = messages.indices.last, messages[last].isFromClient == isFromClient {
            messages[last].bytes += bytes
        } else {
            messages.append(Message(isFromClient: isFromClient, bytes: Bytes(bytes)))
        }
    }

    /// What the client does, for a target that is the server; nil where it says nothing.
    package var clientSession: TestCase.Session? { session(ofClient: true, .client(address: 0)) }

    /// What the server says, for a target that is the client.
    package var peerSession: TestCase.Session? { session(ofClient: false, .peer(at: [])) }

    private func session(
        ofClient: Bool, _ party: TestCase.Session.Party
    ) -> TestCase.Session? {
        guard messages.contains(where: { $0.isFromClient == ofClient }) else { return nil }
        var steps: [TestCase.Session.Step] = messages.map { message in
            message.isFromClient == ofClient ? .send(message.bytes) : .receive
        }
        switch ending {
        case .reset(ofClient): steps.append(.reset)
        case .closed(ofClient): steps += [.receive, .close]
        default: steps.append(.receive)
        }
        return TestCase.Session(transport: transport, party: party, steps: steps)
    }
}
