internal import CLinux
internal import Glibc
internal import Platform
internal import TestCases

/// Stands between a server on this machine and its clients, and writes down what they say.
///
/// It waits at a port of 127.0.0.1 and passes everything on to another port there.
package struct SessionProxy: ~Copyable {
    /// Where clients are to connect to.
    package let port: UInt16
    private let target: UInt16
    private let listener: Int32
    private var connections: [ProxiedConnection] = []
    private var recorded: [RecordedConversation] = []

    private static let mostConnections = 256
    private static let mostRecorded = 10_000

    /// - Parameter port: 0 for one that the kernel chooses.
    package init(at port: UInt16, passingTo target: UInt16) throws {
        var place = clinux_endpoint()
        _ = unsafe clinux_loopback_endpoint(port, &place)
        let listener = unsafe clinux_open_peer(&place, 0)
        guard listener >= 0 else {
            throw WorkerFailure(
                "\(SystemError(code: 0 - listener, operation: "listen at 127.0.0.1:\(port)")); "
                    + "choose another port with --listen")
        }
        self.listener = listener
        self.target = target
        self.port = UInt16(max(0, clinux_own_port(listener)))
    }

    deinit {
        clinux_close(listener)
    }

    /// Passes on until that many connections are over, or the end is requested; what was said, in
    /// the order in which connections ended.
    package mutating func record(connections limit: Int?) throws -> [RecordedConversation] {
        try Interruption.catchRequests()
        while recorded.count < min(limit ?? .max, Self.mostRecorded), !Interruption.isRequested {
            var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for connection in connections { polled += connection.awaited }
            guard unsafe poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            if polled[0].revents != 0 { accept() }
            for connection in connections { connection.passOn() }
            recorded += connections.filter(\.isOver).map(\.conversation)
            connections.removeAll(where: \.isOver)
        }
        defer { connections = [] }
        return recorded + connections.map(\.conversation).filter { !$0.messages.isEmpty }
    }

    private mutating func accept() {
        let client = clinux_accept_peer(listener)
        guard client >= 0 else { return }
        var place = clinux_endpoint()
        _ = unsafe clinux_loopback_endpoint(target, &place)
        let server = unsafe clinux_connect(&place, 0)
        guard server >= 0, connections.count < Self.mostConnections else {
            if server >= 0 { clinux_close(server) }
            clinux_close(client)
            return
        }
        connections.append(ProxiedConnection(client: client, server: server))
    }
}

/// One client's connection and the one that stands for it at the server.
private final class ProxiedConnection {
    private struct Side {
        let socket: Int32
        /// What the other side has said and this one has not taken.
        var unsent: ArraySlice<UInt8> = []
        var hasEnded = false
        var isToldEnd = false
    }

    private var sides: [Side]
    private(set) var conversation = RecordedConversation(transport: .tcp)
    private var bytes = 0
    private var isBroken = false

    /// What a test case cannot hold is passed on, and not written down.
    private static let mostBytes = 4 << 20

    init(client: Int32, server: Int32) {
        sides = [Side(socket: client), Side(socket: server)]
    }

    deinit {
        for side in sides { clinux_close(side.socket) }
    }

    var isOver: Bool {
        isBroken || (sides[0].isToldEnd && sides[1].isToldEnd)
    }

    /// Each side is read while the other has taken everything.
    var awaited: [pollfd] {
        (0...1).compactMap { index in
            let reads = !sides[index].hasEnded && sides[1 - index].unsent.isEmpty
            let writes = !sides[index].unsent.isEmpty
            guard reads || writes else { return nil }
            return pollfd(
                fd: sides[index].socket,
                events: Int16(reads ? POLLIN : 0) | Int16(writes ? POLLOUT : 0), revents: 0)
        }
    }

    func passOn() {
        for index in 0...1 {
            send(to: index)
            receive(from: index)
            send(to: 1 - index)
        }
    }

    private func receive(from index: Int) {
        guard !sides[index].hasEnded, sides[1 - index].unsent.isEmpty else { return }
        var result: Int64 = 0
        let socket = sides[index].socket
        let chunk = unsafe Bytes(unsafeUninitializedCapacity: 65_536) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            result = unsafe clinux_receive(socket, base, UInt64(buffer.count))
            count = Int(max(0, result))
        }
        switch result {
        case 1...:
            sides[1 - index].unsent = chunk[...]
            bytes += chunk.count
            if bytes <= Self.mostBytes { conversation.add(chunk, isFromClient: index == 0) }
        case 0:
            sides[index].hasEnded = true
            if conversation.ending == .open { conversation.ending = .closed(byClient: index == 0) }
        case -Int64(EAGAIN): break
        default:
            conversation.ending = .reset(byClient: index == 0)
            isBroken = true
        }
    }

    private func send(to index: Int) {
        guard !isBroken else { return }
        while !sides[index].unsent.isEmpty {
            let socket = sides[index].socket
            let count = unsafe sides[index].unsent.withUnsafeBytes {
                unsafe clinux_send(socket, $0.baseAddress, UInt64($0.count))
            }
            if count == -Int64(EAGAIN) { return }
            guard count > 0 else {
                isBroken = true
                return
            }
            sides[index].unsent = sides[index].unsent.dropFirst(Int(count))
        }
        if sides[1 - index].hasEnded, !sides[index].isToldEnd {
            sides[index].isToldEnd = true
            _ = clinux_half_close(sides[index].socket)
        }
    }
}
