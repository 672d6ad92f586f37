internal import TestCases

/// What is said to a server in one execution, and how far that has come.
///
/// It does one thing at a time; whoever drives it lets the server run until it waits before the
/// next.
struct Conversation: ~Copyable {
    /// What was done.
    enum Act {
        /// Something that the server may react to.
        case said
        /// Nothing yet: a signal is to be sent to the server.
        case signal(UInt8)
        /// Everything is said, and all connections are closed.
        case over
    }

    /// Those that take turns.
    private var sessions: ArraySlice<TestCase.Session> = []
    /// Those that begin when they are over.
    private var later: ArraySlice<TestCase.Session> = []
    private var connections: [ConnectionBox] = []
    private var turns = 0
    private var turn = 0
    /// The session that has its turn next.
    private var next = 0
    /// Connections that were made.
    private(set) var made = 0

    /// Says nothing.
    init() {}

    init(_ sessions: [TestCase.Session]) {
        later = sessions[...]
        beginLater()
    }

    /// Takes up the next sessions that take turns.
    private mutating func beginLater() {
        let end = later.dropFirst().firstIndex(where: \.isLater) ?? later.endIndex
        sessions = later[..<end]
        later = later[end...]
        connections = sessions.map { _ in ConnectionBox() }
        turns = (sessions.map(\.steps.count).max() ?? -1) + 1
        turn = 0
        next = 0
    }

    /// Does the next thing; the server must be waiting.
    mutating func proceed(at endpoints: [Endpoint]) -> Act {
        while true {
            if let act = takeTurns(at: endpoints) { return act }
            guard !later.isEmpty else { return .over }
            beginLater()
        }
    }

    /// Nil when the sessions that take turns are over.
    private mutating func takeTurns(at endpoints: [Endpoint]) -> Act? {
        while turn < turns {
            while next < sessions.count {
                let index = next
                let steps = session(at: index).steps
                if !connections[index].connection.unsent.isEmpty {
                    let isSent = connections[index].connection.sendMore()
                    if connections[index].connection.unsent.isEmpty { next += 1 }
                    if isSent { return .said }
                } else if turn >= steps.count {
                    next += 1
                    if connections[index].connection.close() { return .said }
                } else if let act = perform(steps[turn], of: index, at: endpoints) {
                    return act
                }
            }
            next = 0
            turn += 1
        }
        return nil
    }

    private func session(at index: Int) -> TestCase.Session {
        sessions[sessions.startIndex + index]
    }

    /// Nil where a step has no effect on the server, which then need not be waited for.
    private mutating func perform(
        _ step: TestCase.Session.Step, of index: Int, at endpoints: [Endpoint]
    ) -> Act? {
        let session = session(at: index)
        if step.needsConnection, connections[index].connection.isUnopened {
            let places = endpoints.filter { $0.transport == session.transport }
            let place =
                places.indices.contains(Int(session.address))
                ? places[Int(session.address)] : nil
            // The step comes when the server has seen the connection.
            guard connections[index].connection.open(place) else { return nil }
            made += 1
            return session.transport.isStream ? .said : nil
        }
        // A step that is not over stays the next.
        switch step {
        case .send(let message):
            let isSent = connections[index].connection.send(
                message, isDatagram: !session.transport.isStream)
            if connections[index].connection.unsent.isEmpty { next += 1 }
            return isSent ? .said : nil
        case .receive:
            let count = connections[index].connection.receive()
            // Less fits into every buffer, so the server did not wait for room.
            let mayHaveMore = count >= Self.smallestBuffer
            if !mayHaveMore { next += 1 }
            return mayHaveMore ? .said : nil
        case .halfClose:
            next += 1
            return connections[index].connection.halfClose() ? .said : nil
        case .close, .reset:
            next += 1
            return connections[index].connection.close(resetting: step == .reset) ? .said : nil
        case .wait:
            next += 1
            return nil
        case .signal(let number):
            next += 1
            return .signal(number)
        }
    }

    private static let smallestBuffer: Int64 = 4096
}

/// A list cannot hold what cannot be copied.
private final class ConnectionBox {
    var connection = Connection()
}

extension TestCase.Session.Step {
    fileprivate var needsConnection: Bool {
        switch self {
        case .send, .receive, .halfClose: true
        case .close, .reset, .wait, .signal: false
        }
    }
}

extension TestCase.Session.Transport {
    /// Whether there are connections.
    fileprivate var isStream: Bool {
        switch self {
        case .tcp, .unixStream: true
        case .udp, .unixDatagram: false
        }
    }
}
