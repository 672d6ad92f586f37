internal import CLinux
internal import TestCases

/// A socket at an address that the target connects or sends to.
final class PeerSocket {
    let endpoint: Endpoint
    private var socket: Int32

    /// Nil where the address cannot be had: somebody waits there already, or it is not of this
    /// machine.
    init?(at endpoint: Endpoint) {
        var address = endpoint.socket
        socket = unsafe clinux_open_peer(&address, endpoint.process)
        guard socket >= 0 else { return nil }
        self.endpoint = endpoint
    }

    deinit {
        if socket >= 0 { clinux_close_peer(socket) }
    }

    /// A socket that is connected with a target that has come; nil while none has. With datagrams
    /// it is the peer's own, of which there is one.
    func take() -> Int32? {
        guard socket >= 0 else { return nil }
        if endpoint.transport.isStream {
            let connection = clinux_accept_peer(socket)
            return connection >= 0 ? connection : nil
        }
        guard clinux_answer_peer(socket) == 0 else { return nil }
        defer { socket = -1 }
        return socket
    }
}

extension TestCase.Session {
    /// Whether the session is about connections that the target makes to the address.
    func isAbout(_ endpoint: Endpoint) -> Bool {
        switch party {
        case .client, .companion: false
        case .companionPeer: endpoint.transport.isStream && !endpoint.isOfSystem
        case .peer(let place):
            if place.isEmpty {
                endpoint.transport == transport && !endpoint.isOfSystem
            } else {
                endpoint.transport == transport && Self.names(place, endpoint.address)
            }
        }
    }

    private static func names(_ place: Bytes, _ address: String) -> Bool {
        let text = String(decoding: place, as: UTF8.self)
        return text == address || (port(place) != nil && address.hasSuffix(":" + text))
    }
}

extension Endpoint {
    /// Whether a service of the operating system is usually there, which libraries turn to on their
    /// own account.
    package var isOfSystem: Bool {
        // Of those one is played without being asked for, and a peer that does not answer in its
        // place would be waited for.
        guard !transport.isInternet else { return isOfNameServer }
        let name = address
        return ["/run/nscd", "/var/run/nscd", "/run/systemd", "/dev/log", "/run/dbus"]
            .contains { name.hasPrefix($0) }
    }
}

extension TestCase.Session.Transport {
    /// Whether there are connections.
    var isStream: Bool {
        switch self {
        case .tcp, .unixStream: true
        case .udp, .unixDatagram: false
        }
    }

    fileprivate var isInternet: Bool { self == .tcp || self == .udp }
}
