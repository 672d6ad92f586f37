internal import CLinux
internal import Glibc
internal import TestCases

/// What is said to a target in one execution, by its clients and by the peers that it connects to,
/// and how far that has come.
///
/// It does one thing at a time; whoever drives it lets the target run until it waits before the
/// next.
struct Conversation: ~Copyable {
    /// What was done.
    enum Act {
        /// Something that the target may react to.
        case said
        /// Nothing yet: a signal is to be sent to the target, or only if it takes it.
        case signal(UInt8, ifTaken: Bool)
        /// Everything is said that can be said before the target makes another connection, and the
        /// connections of sessions that are through are closed.
        case over
    }

    private let sessions: [TestCase.Session]
    private var ends: [SessionEnd] = []
    /// How many sessions have begun: all before the first that begins when these are over.
    private var begun = 0
    /// The session that has its turn next.
    private var next = 0
    /// Sockets at the addresses that the target connects to, until nobody waits there any more.
    private var sockets: [PeerSocket] = []
    var companions: Companions
    /// Connections that were made.
    private(set) var made = 0
    private let keepsAnswers: Bool
    /// What was received, session by session; nothing where that is not kept.
    private(set) var answers: [Bytes] = []

    init(
        _ sessions: [TestCase.Session] = [], companion: Launch? = nil, keepsAnswers: Bool = false
    ) {
        self.sessions = sessions
        self.keepsAnswers = keepsAnswers
        if keepsAnswers { answers = sessions.map { _ in [] } }
        ends = sessions.map { _ in SessionEnd() }
        companions = Companions(companion)
        beginMore()
    }

    /// Lets the next sessions begin, up to one that begins when they are over; false if there are
    /// none.
    @discardableResult
    private mutating func beginMore() -> Bool {
        guard begun < sessions.count else { return false }
        let first = begun
        begun =
            sessions.indices.dropFirst(first + 1).first { sessions[$0].isLater } ?? sessions.count
        next = first
        // A UNIX socket can be looked for before anybody connects to it.
        for session in sessions[first..<begun] {
            guard case .peer(let place) = session.party,
                let endpoint = Endpoint(localName: place, transport: session.transport)
            else { continue }
            expect(endpoint)
        }
        return true
    }

    /// Whether the target is, or may get, connected with a peer.
    private(set) var hasPeers = false

    /// Sees to it that somebody is where the target is about to connect or to send to, if anybody
    /// is to be there.
    mutating func expect(_ endpoint: Endpoint) {
        let isAwaited = sessions.indices.contains { isAwaiting($0, at: endpoint) }
        guard isAwaited, !sockets.contains(where: { $0.endpoint.isSame(as: endpoint) }),
            let socket = PeerSocket(at: endpoint)
        else { return }
        sockets.append(socket)
        hasPeers = true
    }

    /// Whether a session is there that still waits for the target.
    var awaitsTarget: Bool { sessions.indices.contains { isAwaiting($0) } }

    /// Does the next thing; the target must be waiting.
    mutating func proceed(at endpoints: [Endpoint]) -> Act {
        repeat {
            if let act = takeTurns(at: endpoints) { return act }
        } while beginMore()
        return .over
    }

    /// Nil when the sessions that have begun are over, or wait for the target.
    private mutating func takeTurns(at endpoints: [Endpoint]) -> Act? {
        admit()
        var passed = 0
        while passed < begun {
            let end = ends[next]
            if end.isOver || isAwaiting(next) {
                passed += 1
                advance()
                continue
            }
            passed = 0
            if end.connection.isUnopened, sessions[next].isOfCompanion {
                // Without steps as well: it is about what the companion does by itself.
                if open(sessions[next], end, at: endpoints) { return .said }
                continue
            }
            if !end.connection.unsent.isEmpty {
                let isSent = end.connection.sendMore()
                if end.connection.unsent.isEmpty { completeStep(of: end) }
                if isSent { return .said }
            } else if end.position >= sessions[next].steps.count {
                if conclude(end) { return .said }
            } else if let act = perform(sessions[next].steps[end.position], of: end, at: endpoints)
            {
                return act
            }
        }
        return nil
    }

    /// Closes everything, and kills the companions. `known` are the processes that are none.
    mutating func end(besides known: [Int32]) {
        ends = ends.map { _ in SessionEnd(isOver: true) }
        sockets = []
        hasPeers = false
        companions.endAll(besides: known)
    }

    private mutating func advance() {
        next = (next + 1) % begun
    }

    private mutating func completeStep(of end: SessionEnd) {
        end.position += 1
        advance()
    }

    /// Behind the last step; whether that is something to react to.
    private mutating func conclude(_ end: SessionEnd) -> Bool {
        if end.companion != nil, end.position == sessions[next].steps.count {
            // It may have something to do at the end of its input.
            completeStep(of: end)
            return end.connection.halfClose()
        }
        end.isOver = true
        if let process = end.companion { companions.stop(process) }
        advance()
        return end.connection.close()
    }

    // MARK: Connections that the target makes

    private func isAwaiting(_ index: Int) -> Bool {
        index < begun && sessions[index].isOpenedByTarget && !ends[index].isOver
            && ends[index].connection.isUnopened
    }

    private func isAwaiting(_ index: Int, at endpoint: Endpoint) -> Bool {
        isAwaiting(index) && sessions[index].isAbout(endpoint)
    }

    /// Gives the connections that the target has made to the sessions that wait for them, and takes
    /// away the sockets at which nobody waits then.
    private mutating func admit() {
        for socket in sockets {
            while let index = sessions.indices.first(where: { isAwaiting($0, at: socket.endpoint) }
            ),
                let connection = socket.take()
            {
                engage(connection, in: index)
            }
        }
        sockets = sockets.filter { socket in
            sessions.indices.contains { isAwaiting($0, at: socket.endpoint) }
        }
    }

    private mutating func engage(_ connection: Int32, in index: Int) {
        made += 1
        guard case .companionPeer(let arguments) = sessions[index].party else {
            ends[index].connection = Connection(adopting: connection)
            return
        }
        clinux_set_blocking(connection)
        _ = companions.start(arguments, socket: connection)
        // Without a word to the target: the companion has it now.
        close(connection)
        ends[index].connection = .handedOver()
    }

    // MARK: Steps

    /// Nil where a step has no effect on the target, which then need not be waited for.
    private mutating func perform(
        _ step: TestCase.Session.Step, of end: SessionEnd, at endpoints: [Endpoint]
    ) -> Act? {
        let session = sessions[next]
        let isStream = session.transport.isStream
        if end.connection.isUnopened, step.needsConnection {
            // The step comes when the target has seen the connection.
            return open(session, end, at: endpoints) && isStream ? .said : nil
        }
        // A step that is not over stays the next.
        switch step {
        case .send(let message):
            let isSent = end.connection.send(message, isDatagram: !isStream)
            if end.connection.unsent.isEmpty { completeStep(of: end) }
            return isSent ? .said : nil
        case .sendRepeated(let repetition):
            let isSent = end.connection.send(repetition.bytes, isDatagram: !isStream)
            if end.connection.unsent.isEmpty { completeStep(of: end) }
            return isSent ? .said : nil
        case .receive:
            let count = receive(of: end)
            // Less fits into every buffer, so the target did not wait for room.
            let mayHaveMore = count >= Self.smallestBuffer
            if !mayHaveMore { completeStep(of: end) }
            return mayHaveMore ? .said : nil
        case .halfClose:
            completeStep(of: end)
            return end.connection.halfClose() ? .said : nil
        case .close, .reset:
            completeStep(of: end)
            return end.connection.close(resetting: step == .reset) ? .said : nil
        case .wait:
            completeStep(of: end)
            return nil
        case .signal(let number):
            completeStep(of: end)
            return .signal(number, ifTaken: false)
        case .notify(let number):
            completeStep(of: end)
            return .signal(number, ifTaken: true)
        }
    }

    private mutating func receive(of end: SessionEnd) -> Int64 {
        guard keepsAnswers else { return end.connection.receive() }
        let bytes = end.connection.receiveBytes()
        answers[next] += bytes
        return Int64(bytes.count)
    }

    /// Connects as a client, or starts a companion that does; whether there is one.
    private mutating func open(
        _ session: TestCase.Session, _ end: SessionEnd, at endpoints: [Endpoint]
    ) -> Bool {
        switch session.party {
        case .client(let address):
            let places = endpoints.filter { $0.transport == session.transport }
            let isOpen = end.connection.open(
                places.indices.contains(Int(address)) ? places[Int(address)] : nil)
            made += isOpen ? 1 : 0
            return isOpen
        case .companion(let arguments):
            var (mine, theirs) = (Int32(-1), Int32(-1))
            guard unsafe clinux_make_pair(&mine, &theirs) == 0 else {
                end.connection = .handedOver()
                return false
            }
            let port = endpoints.first { $0.transport == .tcp }?.address.split(separator: ":").last
            end.companion = companions.start(
                arguments.map { Self.filled($0, port: port.map(String.init) ?? "0") },
                socket: theirs)
            close(theirs)
            end.connection = Connection(adopting: mine)
            made += end.companion == nil ? 0 : 1
            return end.companion != nil
        case .peer, .companionPeer: return false
        }
    }

    private static func filled(_ argument: Bytes, port: String) -> Bytes {
        Bytes(argument.replacing("{port}".utf8, with: port.utf8))
    }

    private static let smallestBuffer: Int64 = 4096
}

/// How far a session has come. A list cannot hold what cannot be copied.
private final class SessionEnd {
    var connection = Connection()
    /// The next step.
    var position = 0
    var isOver: Bool
    /// The process of a companion that is the session's client.
    var companion: Int32?

    init(isOver: Bool = false) {
        self.isOver = isOver
    }
}

extension TestCase.Session {
    fileprivate var isOfCompanion: Bool {
        if case .companion = party { true } else { false }
    }
}

extension TestCase.Session.Step {
    fileprivate var needsConnection: Bool {
        switch self {
        case .send, .sendRepeated, .receive, .halfClose: true
        case .close, .reset, .wait, .signal, .notify: false
        }
    }
}
