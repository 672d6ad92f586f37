internal import CLinux
internal import Foundation
internal import Glibc
internal import Platform

/// Messages over a stream socket: each a length of four bytes, least significant first, and that
/// many bytes of JSON. The same stream could come from another host.
struct MessageChannel: ~Copyable {
    private let socket: FileDescriptor
    private var received: [UInt8] = []
    /// Where what is read arrives.
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)
    private let encoder = JSONEncoder()
    private let decoder = JSONDecoder()

    /// Longer messages are taken for garbage; the longest true ones hold a corpus.
    private static let lengthLimit = 1 << 30

    /// Milliseconds after which a wait for room looks again; it ends earlier when there is some.
    private static let roomTimeout: Int32 = 1000

    init(owning descriptor: Int32) {
        socket = FileDescriptor(owning: descriptor)
    }

    var descriptor: Int32 { socket.rawValue }

    /// Sends all of a message, waiting while the other side is busy.
    ///
    /// Takes in meanwhile what the other side sends, so that two sides with much to say to each
    /// other never wait for each other.
    mutating func send(_ message: some Encodable) throws(SystemError) {
        guard let body = try? encoder.encode(message) else { return }
        var frame = Self.header(body.count)
        frame += body
        var sent = 0
        while sent < frame.count {
            let count = unsafe frame.withUnsafeBytes {
                unsafe Glibc.send(
                    socket.rawValue, $0.baseAddress?.advanced(by: sent), $0.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                _ = fill(waiting: false)
                clinux_wait_for_room(socket.rawValue, Self.roomTimeout)
            } else if errno != EINTR {
                throw SystemError.last("send a message to a worker")
            }
        }
    }

    /// The next whole message; nil when there is none yet, or, when `waiting`, at the end of the
    /// stream or when this process is requested to end.
    mutating func receive<Message: Decodable>(
        _ type: Message.Type, waiting: Bool
    ) throws -> Message? {
        while true {
            if let body = takeFrame() {
                return try decoder.decode(type, from: Data(body))
            }
            guard fill(waiting: waiting) else { return nil }
        }
    }

    /// Whether the other side has closed the stream, known after a receive has returned nil.
    private(set) var isClosed = false

    private mutating func takeFrame() -> [UInt8]? {
        guard received.count >= 4 else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(received[$1]) << ($1 * 8) }
        guard length <= Self.lengthLimit else {
            isClosed = true
            return nil
        }
        guard received.count >= 4 + length else { return nil }
        let body = Array(received[4..<(4 + length)])
        received.removeFirst(4 + length)
        return body
    }

    /// Reads what is there; false when nothing is, or nothing will be any more.
    private mutating func fill(waiting: Bool) -> Bool {
        let flags = waiting ? 0 : Int32(MSG_DONTWAIT)
        let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe recv(socket.rawValue, $0.baseAddress, $0.count, flags)
        }
        guard count > 0 else {
            let error = count < 0 ? errno : 0
            isClosed = isClosed || (error != EINTR && error != EAGAIN)
            // A wait that a signal cut short is tried again, unless the end is requested.
            return waiting && error == EINTR && !Interruption.isRequested
        }
        received += chunk[..<count]
        return true
    }

    private static func header(_ count: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
    }
}
