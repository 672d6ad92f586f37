internal import CLinux
package import TestCases

/// A socket of the target at which it waits for others.
package struct Endpoint: Sendable {
    package let transport: TestCase.Session.Transport
    /// As the kernel knows it, also where the target left the port to it.
    let socket: clinux_endpoint
    /// Who took the address; relative paths are relative to its directory.
    let process: Int32

    /// The socket behind a descriptor of a process; nil unless it takes connections, or datagrams
    /// at an address.
    init?(of process: Int32, descriptor: Int32) {
        var socket = clinux_endpoint()
        guard unsafe clinux_describe_socket(process, descriptor, &socket) == 0 else { return nil }
        let takesConnections = socket.listens != 0
        switch Int(socket.kind) {
        case Int(CLINUX_SOCKET_TCP) where takesConnections: transport = .tcp
        case Int(CLINUX_SOCKET_UNIX_STREAM) where takesConnections: transport = .unixStream
        case Int(CLINUX_SOCKET_UDP): transport = .udp
        case Int(CLINUX_SOCKET_UNIX_DATAGRAM): transport = .unixDatagram
        default: return nil
        }
        self.socket = socket
        self.process = process
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
