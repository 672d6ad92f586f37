internal import CLinux
internal import TestCases

/// Our end of one session.
struct Connection: ~Copyable {
    private enum State {
        case unopened, open(Int32), gone
    }

    private var state = State.unopened
    /// What the socket has not taken yet of the message that is being sent.
    private(set) var unsent: ArraySlice<UInt8> = []
    private var received: UInt64 = 0

    init() {}

    /// A socket that is connected already, and does not block.
    init(adopting socket: Int32) {
        state = .open(socket)
    }

    /// The end of a session in which somebody else has the connection.
    static func handedOver() -> Connection {
        var connection = Connection()
        connection.state = .gone
        return connection
    }

    deinit {
        if case .open(let socket) = state { clinux_close(socket) }
    }

    var isUnopened: Bool { if case .unopened = state { true } else { false } }

    /// Connects; whether that worked. Where it does not, the session's steps have no effect.
    mutating func open(_ endpoint: Endpoint?) -> Bool {
        state = .gone
        guard let endpoint else { return false }
        var address = endpoint.socket
        let socket = unsafe clinux_connect(&address, endpoint.process)
        guard socket >= 0 else { return false }
        state = .open(socket)
        return true
    }

    /// Begins to send a message; whether something went out.
    mutating func send(_ message: Bytes, isDatagram: Bool) -> Bool {
        // Of a stream an empty message is nothing, but a datagram is one.
        guard case .open(let socket) = state, isDatagram || !message.isEmpty else { return false }
        guard isDatagram else {
            unsent = message[...]
            return sendMore()
        }
        return unsafe message.withUnsafeBytes {
            unsafe clinux_send(socket, $0.baseAddress, UInt64($0.count)) >= 0
        }
    }

    /// Sends what is left of the message; forgets it where the socket takes nothing more.
    mutating func sendMore() -> Bool {
        guard case .open(let socket) = state, !unsent.isEmpty else {
            unsent = []
            return false
        }
        let count = unsafe unsent.withUnsafeBytes {
            unsafe clinux_send(socket, $0.baseAddress, UInt64($0.count))
        }
        guard count > 0 else {
            unsent = []
            return false
        }
        unsent = unsent.dropFirst(Int(count))
        return true
    }

    /// Reads what there is and forgets it; how many bytes that was.
    mutating func receive() -> Int64 {
        guard case .open(let socket) = state, received < Self.receiveLimit else { return 0 }
        let count = clinux_drain(socket, Self.receiveLimit - received)
        received += UInt64(max(0, count))
        return count
    }

    /// Reads what there is.
    mutating func receiveBytes() -> Bytes {
        guard case .open(let socket) = state else { return [] }
        var bytes: Bytes = []
        while received < Self.receiveLimit {
            let chunk = unsafe Bytes(unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                count = max(0, Int(unsafe clinux_receive(socket, base, UInt64(buffer.count))))
            }
            guard !chunk.isEmpty else { break }
            received += UInt64(chunk.count)
            bytes += chunk
        }
        return bytes
    }

    func halfClose() -> Bool {
        guard case .open(let socket) = state else { return false }
        return clinux_half_close(socket) == 0
    }

    /// Closes, or has the peer see a reset; whether there was something to close.
    mutating func close(resetting: Bool = false) -> Bool {
        guard case .open(let socket) = state else { return false }
        if resetting { clinux_reset(socket) } else { clinux_close(socket) }
        state = .gone
        return true
    }

    /// To a target that does not end what it says nobody listens any more.
    private static let receiveLimit: UInt64 = 16 << 20
}
