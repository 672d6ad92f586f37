import Extraction
import Platform
import Syscalls
import TestCases
import TestSupport
import Testing
import Traces
import Tracing

private typealias Session = TestCase.Session
private typealias Step = TestCase.Session.Step

private func say(_ text: String) -> [Step] { [.send(Bytes(text.utf8)), .receive] }

/// What a run of a server showed.
private struct Served: Sendable {
    let trace: Trace
    let endpoints: [Endpoint]
    let connections: UInt64

    /// The calls that the program makes for the bytes of messages, and for signals.
    var answers: [String] {
        trace.events.map(\.number.name).filter {
            ["getppid", "umask", "getpriority", "sched_get_priority_max"].contains($0)
        }
    }
}

@Suite("Servers")
struct ServerTests {
    private static func serve(
        _ manner: String, _ sessions: [Session], endSignal: UInt8 = 15
    ) throws -> Served {
        let program = try TestProgram.build("serves")
        let folder = try TemporaryFolder()
        let path = folder.path + "/socket"
        let command = try Command([program, manner, path])
        var options = TraceOptions()
        options.wallTime = .seconds(60)
        options.blockedTime = .seconds(20)
        options.server = ServerOptions(sessions: sessions, endSignal: endSignal)
        return try SessionThread.run { [options] session in
            let trace = try session.run(command.launch, options: options)
            return Served(
                trace: trace, endpoints: session.endpoints, connections: session.connectionsMade)
        }
    }

    private static func transport(of manner: String) -> Session.Transport {
        switch manner {
        case "udp": .udp
        case "unix": .unixStream
        case "unix-datagram": .unixDatagram
        default: .tcp
        }
    }

    @Test(
        "a server of any manner is reached where it waits, hears every message, and ends in order",
        .timeLimit(.minutes(30)),
        arguments: ["select", "threads", "forks", "daemon", "udp", "unix", "unix-datagram"])
    func manners(manner: String) throws {
        let transport = Self.transport(of: manner)
        let session = Session(transport: transport, steps: say("p") + say("u") + [.close])
        let served = try Self.serve(manner, [session, session])
        #expect(served.endpoints.map(\.transport) == [transport])
        #expect(served.connections == 2)
        #expect(served.answers == ["getppid", "getppid", "umask", "umask"])
        // The first process of a daemon leaves before.
        #expect(served.trace.end == .exited(status: manner == "daemon" ? 0 : 7))
        #expect(
            served.trace.threads.contains { $0.exit == .exited(status: 7) },
            "nothing was ended by force")
        #expect(served.trace.survivors.isEmpty)
    }

    @Test(
        "what one client says is dealt with before the next is heard, however long it takes",
        .timeLimit(.minutes(30)), arguments: ["threads", "forks"])
    func order(manner: String) throws {
        let slow = Session(transport: .tcp, steps: say("$"))
        let fast = Session(transport: .tcp, steps: say("u"))
        for _ in 0..<5 {
            let served = try Self.serve(manner, [slow, fast])
            #expect(served.answers == ["getpriority", "umask"])
        }
    }

    @Test(
        "a moment that one process lets pass before it answers is waited for, though another listens",
        .timeLimit(.minutes(30)))
    func pause() throws {
        let pauses = Session(transport: .tcp, steps: say("~"))
        let other = Session(transport: .tcp, steps: say("u"))
        let served = try Self.serve("forks", [pauses, other])
        #expect(served.answers == ["getpriority", "umask"])
    }

    @Test(
        "a thread that does something from time to time holds no message up",
        .timeLimit(.minutes(30))
    )
    func timekeeper() throws {
        let messages = (0..<40).flatMap { _ in say("p") }
        let served = try Self.serve("keeper", [Session(transport: .tcp, steps: messages)])
        #expect(served.answers.count == 40)
        // Waiting for what the thread does about each message would take hundreds.
        #expect(served.trace.events(of: "clock_nanosleep").count < 120)
    }

    @Test(
        "a thread's long pauses hold neither the start nor a message up",
        .timeLimit(.minutes(30)))
    func slowTimekeeper() throws {
        let messages = (0..<10).flatMap { _ in say("p") }
        let served = try Self.serve("slow-keeper", [Session(transport: .tcp, steps: messages)])
        #expect(served.answers.count == 10)
        #expect(served.trace.events(of: "clock_nanosleep").count < 8)
    }

    @Test("sessions take turns, and one that waits lets the others go on", .timeLimit(.minutes(30)))
    func turns() throws {
        let first = Session(transport: .tcp, steps: say("p") + say("p"))
        let second = Session(transport: .tcp, steps: [.wait, .wait, .wait, .wait] + say("u"))
        #expect(
            try Self.serve("select", [first, second]).answers == ["getppid", "getppid", "umask"])
        #expect(
            try Self.serve("select", [second, first]).answers == ["getppid", "getppid", "umask"])
        let short = Session(transport: .tcp, steps: say("u"))
        #expect(
            try Self.serve("select", [first, short]).answers == ["getppid", "umask", "getppid"])
    }

    @Test("a signal comes between the messages that it stands between", .timeLimit(.minutes(30)))
    func signals() throws {
        let session = Session(transport: .tcp, steps: say("p") + [.signal(10)] + say("u"))
        for manner in ["select", "daemon"] {
            #expect(
                try Self.serve(manner, [session]).answers
                    == ["getppid", "sched_get_priority_max", "umask"])
        }
    }

    @Test(
        "a server is notified by signals that it takes, and by no others", .timeLimit(.minutes(30)))
    func notifications() throws {
        let session = Session(
            transport: .tcp, steps: say("p") + [.notify(10), .notify(12)] + say("u"))
        for manner in ["select", "daemon"] {
            let served = try Self.serve(manner, [session])
            #expect(served.answers == ["getppid", "sched_get_priority_max", "umask"])
        }
    }

    @Test("half-closing, resetting and closing are what the server sees", .timeLimit(.minutes(30)))
    func endings() throws {
        func ends(_ steps: [Step]) throws -> [Int64?] {
            let session = Session(transport: .tcp, steps: steps)
            let trace = try Self.serve("select", [session]).trace
            return trace.events(of: "read").suffix(1).map(\.result)
        }
        #expect(try ends(say("p") + [.halfClose, .receive]) == [0])
        #expect(try ends(say("p") + [.reset]) == [-104])
        #expect(try ends(say("p") + [.close]) == [0])
        // To close with something unread is a reset.
        #expect(try ends([.send([0x70]), .close]) == [-104])
    }

    @Test("a long message arrives whole where the server answers it", .timeLimit(.minutes(30)))
    func length() throws {
        let message = Bytes(repeating: 0x2e, count: 3 << 20) + [0x75]
        let session = Session(
            transport: .tcp, steps: [.send(message)] + Array(repeating: .receive, count: 2))
        let reader = Session(transport: .tcp, steps: say("p"))
        let served = try Self.serve("threads", [session, reader])
        let sizes = served.trace.events(of: "read").compactMap(\.result).filter { $0 > 1 }
        #expect(sizes.reduce(0, +) > 1 << 20)
        #expect(served.answers.contains("getppid"))
    }

    @Test("the server may end meanwhile, and what is left to say is not said")
    func death() throws {
        let session = Session(transport: .tcp, steps: say("p") + say("!") + say("u"))
        let served = try Self.serve("select", [session, session])
        #expect(served.trace.end == .exited(status: 3))
        #expect(served.answers == ["getppid", "getppid"])
    }

    @Test(
        "each visit of a server that stays up shows what a fresh one does",
        .timeLimit(.minutes(30)), arguments: ["select", "threads", "forks", "udp", "unix"])
    func visits(manner: String) throws {
        let transport = Self.transport(of: manner)
        let session = Session(transport: transport, steps: say("p") + say("u"))
        let fresh = try Self.serve(manner, [session, session])
        let (visits, isUp, isUpAfterDeath) = try Self.visit(
            manner, Array(repeating: [session, session], count: 5),
            last: [Session(transport: transport, steps: say("!"))])
        #expect(isUp)
        #expect(isUpAfterDeath == (manner == "forks"), "a child of its own may exit")
        func names(_ trace: Trace) -> [String] {
            trace.events.filter { $0.thread == 0 }.map(\.number.name)
        }
        for visit in visits {
            // A fresh one is asked to end after that.
            let (expected, shown) = (names(fresh.trace), names(visit))
            let same = zip(expected, shown).prefix { $0 == $1 }.count
            // A later thread has the stack of an earlier one.
            #expect(
                same == shown.count || manner == "threads",
                "\(expected[same...]) \(shown[same...])")
            #expect(visit.events.count > 30)
            #expect(visit.threads.map(\.role) == fresh.trace.threads.map(\.role))
        }
    }

    @Test(
        "a server that writes its calls down shows what one does that stops at each",
        .timeLimit(.minutes(30)),
        arguments: [
            "select", "threads", "forks", "daemon", "keeper", "udp", "unix", "unix-datagram",
        ])
    func recordedVisits(manner: String) throws {
        let transport = Self.transport(of: manner)
        let sessions = ["pu", "upp~", "$u"].map {
            Session(transport: transport, steps: say($0) + say("p"))
        }
        let visits = Array(repeating: sessions, count: 4)
        let (stopped, _, _) = try Self.visit(manner, visits, last: [])
        var windows: [String: [CallWindow]] = [:]
        _ = try Self.visit(manner, visits, last: [], recording: &windows)
        #expect(windows.values.joined().count > 3)
        let (recorded, isUp, _) = try Self.visit(manner, visits, last: [], recording: &windows)
        #expect(isUp && recorded.count == stopped.count)
        /// Calls in the order of each thread; what keeps time does so as often as it likes.
        func calls(_ trace: Trace) -> [[String]] {
            Dictionary(grouping: trace.events, by: \.thread).values.map { events in
                events.map { event in
                    let argument = event.arguments[2] < 4096 ? event.arguments[2] : 0
                    return "\(event.number.name) \(argument) \(event.error ?? 0)"
                }.filter { manner != "keeper" || !$0.contains("nanosleep") }
            }.sorted { ($0.count, $0.joined()) < ($1.count, $1.joined()) }
        }
        for (recorded, stopped) in zip(recorded, stopped) {
            // A later thread has the stack of an earlier one, or not.
            if manner == "threads" {
                #expect(recorded.events(of: "getppid").count == 6)
                #expect(recorded.events(of: "umask").count == 3)
            } else {
                #expect(calls(recorded) == calls(stopped))
            }
        }
    }

    /// The traces of visits, whether the server was up after them, and after the last.
    private static func visit(
        _ manner: String, _ visits: [[Session]], last: [Session]
    ) throws -> ([Trace], Bool, Bool) {
        var none: [String: [CallWindow]]?
        return try visit(manner, visits, last: last, recording: &none)
    }

    /// The same of a server that writes down what is called at `windows`, to which it adds.
    private static func visit(
        _ manner: String, _ visits: [[Session]], last: [Session],
        recording windows: inout [String: [CallWindow]]
    ) throws -> ([Trace], Bool, Bool) {
        var some: [String: [CallWindow]]? = windows
        defer { windows = some ?? [:] }
        return try visit(manner, visits, last: last, recording: &some)
    }

    private static func visit(
        _ manner: String, _ visits: [[Session]], last: [Session],
        recording windows: inout [String: [CallWindow]]?
    ) throws -> ([Trace], Bool, Bool) {
        let folder = try TemporaryFolder()
        let command = try Command([
            try TestProgram.build("serves"), manner, folder.path + "/socket",
        ])
        var options = TraceOptions()
        options.wallTime = .seconds(60)
        options.server = ServerOptions(sessions: [])
        let (result, sites) = try SessionThread.run {
            [options, windows] session -> (([Trace], Bool, Bool), [CallSite]) in
            guard
                try session.startServer(command.launch, options: options, recording: windows)
            else { return (([], false, false), []) }
            #expect(session.recordsServer == (windows != nil))
            var sites = Array(session.stoppedSites)
            let traces = try visits.compactMap { visit -> Trace? in
                let trace = try session.visit(visit)
                sites += session.stoppedSites
                return trace
            }
            let isUp = session.hasServer
            _ = try session.visit(last)
            let isUpAtLast = session.hasServer
            try session.endServer()
            return ((traces, isUp, isUpAtLast), sites)
        }
        for (file, sites) in Dictionary(grouping: Set(sites), by: \.module) {
            let found = try? CallWindows.read(file, ofCallsAt: Set(sites.map(\.offset)))
            windows?[file, default: []] += found ?? []
        }
        return result
    }

    @Test("one that does not listen is run as any program")
    func others() throws {
        let command = try Command(["true"])
        var options = TraceOptions()
        options.server = ServerOptions(
            sessions: [Session(transport: .tcp, steps: say("p"))], endSignal: 15)
        let (trace, count) = try SessionThread.run { [options] session in
            let trace = try session.run(command.launch, options: options)
            return (trace, session.endpoints.count)
        }
        #expect(trace.end == .exited(status: 0))
        #expect(count == 0)
    }

    @Test("one that ignores the signal to end is ended as blocked", .timeLimit(.minutes(30)))
    func stubborn() throws {
        // 18 is SIGCONT, which changes nothing for a process that runs.
        var options = TraceOptions()
        options.blockedTime = .milliseconds(50)
        options.server = ServerOptions(sessions: [], endSignal: 18)
        let command = try Command([try TestProgram.build("serves"), "select"])
        let trace = try SessionThread.run { [options] session in
            try session.run(command.launch, options: options)
        }
        #expect(trace.end == .stopped(.blocked))
        #expect(trace.survivors.isEmpty)
    }
}
