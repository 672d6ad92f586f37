import Glibc
import Syscalls
import TestCases
import TestSupport
import Testing
import Traces
import Tracing

private typealias Session = TestCase.Session
private typealias Step = TestCase.Session.Step

private func peer(
    _ steps: [Step], _ transport: Session.Transport = .tcp, at place: String = ""
) -> Session {
    Session(transport: transport, party: .peer(at: Bytes(place.utf8)), steps: steps)
}

private func say(_ text: String) -> [Step] { [.receive, .send(Bytes(text.utf8))] }

/// What a run of a client showed.
private struct Called: Sendable {
    let trace: Trace
    let destinations: [Endpoint]
    let connections: UInt64

    var answers: [String] {
        trace.events.map(\.number.name).filter { ["getppid", "umask"].contains($0) }
    }
}

@Suite("Clients")
struct ClientTests {
    /// A port that differs by test, since tests run side by side in one network.
    private static func call(
        _ manner: String, _ place: String, times: Int = 1, _ sessions: [Session]
    ) throws -> Called {
        let program = try TestProgram.build("connects")
        let command = try Command([program, manner, place, String(times)])
        var options = TraceOptions()
        options.wallTime = .seconds(60)
        options.blockedTime = .seconds(20)
        options.server = ServerOptions(sessions: sessions, endSignal: nil)
        return try SessionThread.run { [options] session in
            let trace = try session.run(command.launch, options: options)
            return Called(
                trace: trace, destinations: session.destinations,
                connections: session.connectionsMade)
        }
    }

    @Test(
        "a client of any manner finds a peer where it connects to, and hears every message",
        .timeLimit(.minutes(30)), arguments: ["tcp", "tcp6", "unix"])
    func streams(manner: String) throws {
        let folder = try TemporaryFolder()
        let isLocal = manner == "unix"
        let place = isLocal ? folder.path + "/socket" : manner == "tcp" ? "23101" : "23102"
        let called = try Self.call(
            manner, place, [peer(say("p") + say("uu"), isLocal ? .unixStream : .tcp)])
        #expect(called.answers == ["getppid", "umask", "umask"])
        #expect(called.trace.end == .exited(status: 7))
        #expect(called.connections == 1)
        let host = ["tcp": "127.0.0.1:", "tcp6": "[::1]:", "unix": ""][manner] ?? "?"
        #expect(called.destinations.map(\.address) == [host + place])
    }

    @Test(
        "datagrams are heard and answered", .timeLimit(.minutes(30)),
        arguments: ["udp", "udp-sendto", "unix-datagram"])
    func datagrams(manner: String) throws {
        let folder = try TemporaryFolder()
        let isLocal = manner == "unix-datagram"
        let place =
            isLocal ? folder.path + "/socket" : manner == "udp" ? "23103" : "23104"
        let called = try Self.call(
            manner, place, [peer(say("pu"), isLocal ? .unixDatagram : .udp)])
        #expect(called.answers == ["getppid", "umask"])
        #expect(called.trace.end == .exited(status: 6))
    }

    @Test("a peer ends a connection as it is told", .timeLimit(.minutes(30)))
    func endings() throws {
        func status(_ steps: [Step], port: String) throws -> Trace.End {
            try Self.call("tcp", port, [peer(steps)]).trace.end
        }
        #expect(try status(say("p") + [.close], port: "23105") == .exited(status: 7))
        #expect(try status(say("p") + [.halfClose, .receive], port: "23106") == .exited(status: 7))
        #expect(try status([.receive, .reset], port: "23107") == .exited(status: 8))
        #expect(try status(say("e"), port: "23108") == .exited(status: 7))
    }

    @Test("a client that nobody is there for meets nobody", .timeLimit(.minutes(30)))
    func nobody() throws {
        let called = try Self.call("tcp", "23109", [])
        #expect(called.trace.end == .exited(status: 9))
        #expect(
            called.destinations.map(\.address) == ["127.0.0.1:23109"], "it is seen all the same")
        let elsewhere = try Self.call("tcp", "23110", [peer(say("p"), at: "23111")])
        #expect(elsewhere.trace.end == .exited(status: 9))
        let otherKind = try Self.call("tcp", "23112", [peer(say("p"), .udp)])
        #expect(otherKind.trace.end == .exited(status: 9))
    }

    @Test(
        "peers are where they are said to be, and each has one connection",
        .timeLimit(.minutes(30)),
        arguments: [("23113", "23113"), ("23119", "127.0.0.1:23119")])
    func places(port: String, place: String) throws {
        let sessions = [
            peer(say("u"), at: "23114"), peer(say("p"), at: place), peer(say("u"), at: "1"),
        ]
        let called = try Self.call("tcp", port, times: 2, sessions)
        #expect(called.answers == ["getppid"])
        #expect(called.trace.end == .exited(status: 9), "nobody is left for the second")
        #expect(called.connections == 1)
    }

    @Test("a UNIX socket that is named is there before anybody connects", .timeLimit(.minutes(30)))
    func localNames() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/socket"
        let shell = try Command([
            "/bin/sh", "-c", "test -S \(path) && exit 3; exit 4",
        ])
        var options = TraceOptions()
        options.wallTime = .seconds(60)
        options.server = ServerOptions(
            sessions: [peer([.receive], .unixStream, at: path)], endSignal: nil)
        let end = try SessionThread.run { [options] session in
            try session.run(shell.launch, options: options).end
        }
        #expect(end == .exited(status: 3))
        #expect(unsafe access(path, F_OK) != 0, "it is gone with the execution")
    }

    @Test("a peer that falls silent leaves the client to its bound", .timeLimit(.minutes(30)))
    func silence() throws {
        let called = try Self.call(
            "tcp", "23115", [peer([.receive])])
        #expect(called.trace.end == .exited(status: 7), "the connection ends behind the last step")
        let shell = try Self.call("tcp", "23116", times: 2, [peer([.close]), peer([.close])])
        #expect(shell.trace.end == .exited(status: 8), "what was not read resets the connection")
    }
}
