internal import CLinux
internal import TestCases

/// Answers a target's questions for names: each name is this machine, but for those of the domain
/// `invalid`, of which there are none.
///
/// Without an answer a target that is given a name gets no further than to ask. The answer comes
/// when everything waits, like all that is said to a target.
final class NameServer {
    private let socket: Int32

    /// Nil where the address cannot be had, such as one of another machine.
    init?(at endpoint: Endpoint) {
        var address = endpoint.socket
        socket = unsafe clinux_open_peer(&address, endpoint.process)
        guard socket >= 0 else { return nil }
    }

    deinit { clinux_close_peer(socket) }

    /// Whether there is a question that was not answered.
    var isAsked: Bool { clinux_is_asked(socket) != 0 }

    /// Answers what was asked; false where nothing was, or nothing that has an answer.
    func answer() -> Bool { clinux_answer_names(socket) > 0 }
}

extension Endpoint {
    /// Whether a name server is usually there.
    var isOfNameServer: Bool { transport == .udp && address.hasSuffix(":53") }
}
