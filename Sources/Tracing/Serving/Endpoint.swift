internal import CLinux
package import TestCases

/// A socket at which somebody waits for others: the target, or a peer of it.
package struct Endpoint: Sendable {
    package let transport: TestCase.Session.Transport
    /// As the kernel knows it, also where the target left the port to it.
    let socket: clinux_endpoint
    /// Who took the address, or makes use of it; relative paths are relative to its directory. 0
    /// where that is not known yet.
    let process: Int32

    /// The socket behind a descriptor of a process; nil unless it takes connections, or datagrams
    /// at an address.
    init?(of process: Int32, descriptor: Int32) {
        var socket = clinux_endpoint()
        guard unsafe clinux_describe_socket(process, descriptor, &socket) == 0 else { return nil }
        guard let transport = Self.transport(of: socket),
            !transport.isStream || socket.listens != 0
        else { return nil }
        self.transport = transport
        self.socket = socket
        self.process = process
    }

    /// Where a process is about to connect one of its sockets to, or to send to, by the address as
    /// its memory holds it; nil for kinds of sockets that are not played.
    init?(destination address: Bytes, of process: Int32, descriptor: Int32) {
        var socket = clinux_endpoint()
        let result = unsafe address.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe clinux_describe_destination(
                process, descriptor, base, UInt32(bytes.count), &socket)
        }
        guard result == 0, let transport = Self.transport(of: socket) else { return nil }
        self.transport = transport
        self.socket = socket
        self.process = process
    }

    /// A UNIX socket by its absolute path, or its name behind an @; nil for others.
    init?(localName name: Bytes, transport: TestCase.Session.Transport) {
        guard [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(name.first), !name.contains(0),
            transport == .unixStream || transport == .unixDatagram
        else { return nil }
        var socket = clinux_endpoint()
        let path = (name + [0]).map { CChar(bitPattern: $0) }
        let result = unsafe path.withUnsafeBufferPointer { path -> Int32 in
            guard let base = path.baseAddress else { return -1 }
            return unsafe clinux_local_endpoint(base, transport == .unixStream ? 1 : 0, &socket)
        }
        guard result == 0 else { return nil }
        self.transport = transport
        self.socket = socket
        process = 0
    }

    private static func transport(of socket: clinux_endpoint) -> TestCase.Session.Transport? {
        switch Int(socket.kind) {
        case Int(CLINUX_SOCKET_TCP): .tcp
        case Int(CLINUX_SOCKET_UNIX_STREAM): .unixStream
        case Int(CLINUX_SOCKET_UDP): .udp
        case Int(CLINUX_SOCKET_UNIX_DATAGRAM): .unixDatagram
        default: nil
        }
    }

    /// Whether both are the same address; a target may give a socket up and take it again.
    func isSame(as other: Endpoint) -> Bool {
        var (left, right) = (socket, other.socket)
        return unsafe clinux_same_endpoint(&left, &right) != 0
    }

    /// Such as `127.0.0.1:80`, `[::]:80`, `/run/name`, `@name`.
    package var address: String {
        var socket = socket
        let name = unsafe [UInt8](unsafeUninitializedCapacity: 160) { buffer, count in
            let base = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?
                .assumingMemoryBound(to: CChar.self)
            guard let base = unsafe base else { return }
            count = Int(max(0, unsafe clinux_name_endpoint(&socket, base, 160)))
        }
        return String(decoding: name, as: UTF8.self)
    }
}
