package import Contact
internal import Syscalls
internal import TestCases

extension Harness {
    /// Whether a target that is described as a server was one; a sentence where it was none.
    package func checkService(in contact: FirstContact) throws(WorkerFailure) {
        guard server != nil, contact.listening.isEmpty else { return }
        let words = contact.words.last.map { " and said: " + $0 } ?? " without a word"
        throw WorkerFailure(
            "\(program) was never ready for a connection: it \(Self.clause(contact.end))\(words); "
                + "correct its arguments and files in the harness")
    }

    private static func clause(_ end: FirstContact.End) -> String {
        switch end {
        case .exited(let status): "exited with status \(status)"
        case .killed(let signal):
            "was killed by \(ArgumentKind.signal.describe(UInt64(clamping: signal)))"
        case .stopped(let reason): "was ended by Fathom: \(reason)"
        case .ended: "ended"
        }
    }

    /// What a target has to do with others.
    package enum Service: Sendable {
        case none, server, client
    }

    /// Where the first execution shows that the target waits for connections or datagrams, the
    /// harness is made a server's with what any server can be told; where it makes some, a client's.
    mutating func recogniseService(in contact: FirstContact) -> Service {
        let addresses = contact.listening
        guard !addresses.isEmpty else {
            return recogniseClient(contact.destinations) ? .client : .none
        }
        let samples = UnspokenAddresses.sessions(at: addresses)
        serve(Server(), samples: samples)
        return .server
    }

    /// Whether a start of the target shows that it connects to others, or sends datagrams; then the
    /// harness is made a client's, with what anybody may say to it.
    private mutating func recogniseClient(_ destinations: [FirstContact.Address]) -> Bool {
        guard let first = destinations.first,
            let transport = TestCase.Session.Transport(rawValue: first.transport)
        else { return false }
        client = Client()
        // Arguments change, and with them the port: a peer of the internet is wherever it is needed.
        answer(
            with: Self.genericPeers(
                for: transport, at: first.isLocal ? Bytes(first.address.utf8) : []))
        return true
    }
}

extension FirstContact.Address {
    /// Whether it is a UNIX socket's.
    var isLocal: Bool {
        let transport = TestCase.Session.Transport(rawValue: transport)
        return transport == .unixStream || transport == .unixDatagram
    }
}
