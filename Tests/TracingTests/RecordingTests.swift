import CLinux
import Extraction
import Foundation
import Glibc
import Platform
import Syscalls
import TestCases
import TestSupport
import Testing
import Traces
import Tracing

/// Copies that write their own calls down.
@Suite("Recording")
struct RecordingTests {
    private static var options: TraceOptions {
        var options = TraceOptions()
        options.wallTime = .seconds(30)
        return options
    }

    private static func start(
        _ launch: Launch, in session: inout TraceSession
    ) throws -> ForkServer {
        var server = try ForkServer.start(
            launch, in: &session, options: options, inputFolders: ["/tmp"], records: true)
        let isRecording = server.record()
        try #require(isRecording)
        return server
    }

    /// Has the next copies write down what stopped the last one.
    private static func learn(
        from session: borrowing TraceSession, in server: inout ForkServer
    ) throws {
        let sites = session.stoppedCalls.compactMap { server.site(at: $0) }
        for (file, sites) in Dictionary(grouping: sites, by: \.module) {
            guard
                let windows = try? CallWindows.read(
                    file, ofCallsAt: Set(sites.map(\.offset)))
            else { continue }
            server.divert(windows, in: file)
        }
    }

    /// What copies that stop at each call show, and those that write down what they can.
    private static func traces(
        of command: Command, _ options: TraceOptions
    ) throws -> (stopped: Trace, recorded: Trace, hasRecorded: Bool, isLearned: Bool) {
        try SessionThread.run { session in
            let plain = try ForkServer.start(
                command.launch, in: &session, options: Self.options, inputFolders: ["/tmp"])
            let stopped = try session.run(
                copyOf: plain, as: command.launch, options: options)
            session.end(plain)
            var server = try Self.start(command.launch, in: &session)
            var recorded: Trace?
            for _ in 0..<3 {
                _ = try command.takeOutput()
                recorded = try session.run(
                    copyOf: server, as: command.launch, options: options)
                try Self.learn(from: session, in: &server)
            }
            let hasRecorded = session.hasRecorded
            let isLearned = session.stoppedCalls.count <= 2
            session.end(server)
            return (
                try #require(stopped), try #require(recorded), hasRecorded, isLearned
            )
        }
    }

    /// A call as it is to be told, whichever way it is seen.
    private struct Told: Equatable, CustomStringConvertible {
        let name: String
        let site: CallSite?
        let arguments: [UInt64]
        let error: Int32?

        var description: String { "\(name) at \(String(describing: site)) \(arguments)" }

        /// Small arguments alone: addresses and process ids are others in each execution.
        init(_ event: Event, of trace: Trace) {
            name = event.number.name
            site = trace.site(of: event)
            arguments = (0..<3).map { event.arguments[$0] }.filter { $0 < 600 }
            error = event.error
        }
    }

    private static func calls(of trace: Trace) -> [Told] {
        trace.events.filter { $0.thread == 0 && $0.number.name != "getrandom" }
            .map { Told($0, of: trace) }
    }

    @Test(
        "what copies write down is what they would have stopped at",
        arguments: [
            "pwd", "ls /usr", "diff /etc/hosts /etc/passwd", "sqlite3 :memory: .help", "bash -c :",
        ])
    func programs(line: String) throws {
        let command = try Command(line.split(separator: " ").map(String.init))
        let (stopped, recorded, hasRecorded, isLearned) = try Self.traces(of: command, Self.options)
        #expect(hasRecorded && isLearned)
        #expect(recorded.difference(from: stopped) == nil)
        #expect(Self.calls(of: recorded) == Self.calls(of: stopped))
        #expect(recorded.end == stopped.end)
    }

    @Test(
        "processes, threads, images, signals and odd gates are seen as by stops",
        arguments: [
            "fork-tree", "vfork-exec", "self-exec", "threads", "thread-exec", "restarts",
            "filters-itself", "timer", "int80", "raw-clone", "jit", "killed", "group-stop",
            "moved-code", "unknown-number",
        ])
    func oddPrograms(name: String) throws {
        let command = try Command([try TestProgram.build(name)])
        var (stopped, recorded, _, _) = try Self.traces(of: command, Self.options)
        // What the kernel restarts depends on when a signal comes.
        for _ in 0..<5 where recorded.difference(from: stopped) != nil {
            (stopped, recorded, _, _) = try Self.traces(of: command, Self.options)
        }
        #expect(recorded.difference(from: stopped) == nil)
        #expect(Self.callsByThread(of: recorded) == Self.callsByThread(of: stopped))
        #expect(recorded.end == stopped.end)
        let roles = recorded.threads.map(\.role.name).sorted()
        #expect(roles == stopped.threads.map(\.role.name).sorted())
    }

    @Test(
        "each process writes down what it does itself, in its own order",
        arguments: ["family", "crowd"])
    func families(how: String) throws {
        let command = try Command([try TestProgram.build("writes-down"), how])
        let (stopped, recorded, hasRecorded, _) = try Self.traces(of: command, Self.options)
        #expect(hasRecorded)
        #expect(recorded.threads.count == (how == "family" ? 6 : 41))
        #expect(Self.callsByThread(of: recorded) == Self.callsByThread(of: stopped))
        #expect(
            recorded.events.allSatisfy {
                $0.result != nil || $0.number == .exitGroup
                    || $0.number.name == "exit"
            })
    }

    @Test("a call that stops behind its record is told once, also where others call meanwhile")
    func stoppedBehindRecord() throws {
        let times = 2000
        let command = try Command([try TestProgram.build("maps-code"), String(times)])
        let (_, recorded, hasRecorded, _) = try Self.traces(of: command, Self.options)
        #expect(hasRecorded)
        let code = recorded.events.filter { event in
            event.number.name == "mmap" && event.arguments[2] & 4 != 0
                && recorded.threads[Int(event.thread)].role == .worker
        }
        #expect(code.count == 3 * times)
        #expect(code.allSatisfy { $0.result != nil })
    }

    /// How often these are made depends on when others end and signals come: a fork that meets
    /// one is made again, as is a sleep.
    private static let timedCalls: Set = ["futex", "clone", "restart_syscall"]

    /// Without arguments, among which are ids of processes.
    private static func madeCalls(of trace: Trace) -> [String] {
        calls(of: trace).filter { !timedCalls.contains($0.name) }.map {
            "\($0.name) at \(String(describing: $0.site)): \($0.error ?? 0)"
        }
    }

    /// What a call returns that is made once more, unseen by its program: a fork does that for
    /// each signal that comes meanwhile (`ERESTARTNOINTR`, copy_process in kernel/fork.c).
    private static let isMadeOnceMore: Int32 = 513

    /// What each thread calls, in no order of the threads.
    private static func callsByThread(of trace: Trace) -> [[String]] {
        Dictionary(grouping: trace.events, by: \.thread).values.map { events in
            events.filter { $0.error != isMadeOnceMore }.map(\.number.name)
                .filter { !timedCalls.contains($0) }
        }.sorted { ($0.count, $0.joined()) < ($1.count, $1.joined()) }
    }

    /// What a run shows that stops at each call, and one that writes down what it can from its
    /// execve on; and how many places of calls that one was left to stop at.
    private static func runs(of command: Command) throws -> (Trace, Trace, stopped: Int) {
        try SessionThread.run { session in
            let stopped = try session.run(command.launch, options: options)
            var windows: [String: [CallWindow]] = [:]
            var known: Set<CallSite> = []
            var recorded = Trace()
            for _ in 0..<3 {
                recorded = try session.run(
                    command.launch, options: options, recording: windows)
                let isBroken = session.hasBrokenRecord
                #expect(!isBroken)
                Self.learn(session.stoppedSites, &known, &windows)
            }
            let left = session.stoppedSites.count
            #expect(left < windows.values.joined().count)
            return (stopped, recorded, left)
        }
    }

    /// Adds what can be written down of the sites that are new.
    private static func learn(
        _ sites: Set<CallSite>, _ known: inout Set<CallSite>,
        _ windows: inout [String: [CallWindow]]
    ) {
        let new = sites.filter { known.insert($0).inserted }
        for (file, sites) in Dictionary(grouping: new, by: \.module) {
            let found = try? CallWindows.read(file, ofCallsAt: Set(sites.map(\.offset)))
            windows[file, default: []] += found ?? []
        }
    }

    @Test(
        "whatever is executed writes its calls down from its execve on",
        arguments: [
            "ls /usr", "sqlite3 :memory: .help", "bash -c :", "env env true",
            "bash -c {ls,/usr};/bin/true|cat;(exec,id)", "self-exec", "vfork-exec", "thread-exec",
            "filters-itself", "fork-tree", "threads", "leaderless", "killed", "moved-code",
            "restarts",
        ])
    func images(line: String) throws {
        var words = line.split(separator: " ").map { $0.replacing(",", with: " ") }
            .map(String.init)
        if words.count == 1 { words = [try TestProgram.build(words[0])] }
        if ["vfork-exec", "filters-itself"].contains(line) { words.append("/bin/ls") }
        let command = try Command(words)
        var (stopped, recorded, _) = try Self.runs(of: command)
        // What the kernel restarts depends on when a signal comes.
        for _ in 0..<5 where Self.callsByThread(of: recorded) != Self.callsByThread(of: stopped) {
            (stopped, recorded, _) = try Self.runs(of: command)
        }
        #expect(Self.callsByThread(of: recorded) == Self.callsByThread(of: stopped))
        #expect(Self.madeCalls(of: recorded) == Self.madeCalls(of: stopped))
        #expect(recorded.end == stopped.end)
        #expect(
            recorded.threads.map(\.role.name).sorted() == stopped.threads.map(\.role.name).sorted())
    }

    @Test("one target after the other writes its calls down in the same memory")
    func successors() throws {
        let commands = [
            try Command(["ls", "/usr"]), try Command(["sqlite3", ":memory:", ".help"]),
        ]
        try SessionThread.run { session in
            var windows: [String: [CallWindow]] = [:]
            var known: Set<CallSite> = []
            let stopped = try commands.map {
                try session.run($0.launch, options: Self.options)
            }
            for round in 0..<8 {
                let trace = try session.run(
                    commands[round % 2].launch, options: Self.options, recording: windows)
                #expect(trace.difference(from: stopped[round % 2]) == nil)
                #expect(Self.madeCalls(of: trace) == Self.madeCalls(of: stopped[round % 2]))
                Self.learn(session.stoppedSites, &known, &windows)
            }
            let left = session.stoppedSites.count
            #expect(left < windows.values.joined().count)
        }
    }

    @Test("code that a target has changed is executed by no later one")
    func segments() throws {
        let program = try TestProgram.build("writes-down")
        let good = try Command([program, "many"])
        let bad = try Command([program, "segments"])
        try SessionThread.run { session in
            var windows: [String: [CallWindow]] = [:]
            var known: Set<CallSite> = []
            let stopped = try session.run(good.launch, options: Self.options)
            for _ in 0..<3 {
                _ = try session.run(good.launch, options: Self.options, recording: windows)
                Self.learn(session.stoppedSites, &known, &windows)
            }
            let spoiling = try session.run(bad.launch, options: Self.options, recording: windows)
            #expect(spoiling.end != .exited(status: 77))
            let after = try session.run(good.launch, options: Self.options, recording: windows)
            let left = session.stoppedSites.count
            #expect(left < windows.values.joined().count)
            #expect(after.end == stopped.end)
            #expect(Self.calls(of: after) == Self.calls(of: stopped))
        }
    }

    @Test(
        "a static program writes its calls down",
        arguments: [
            TestProgram.Linking.fixed, .fixedPositionIndependent,
        ])
    func linking(linking: TestProgram.Linking) throws {
        let command = try Command([try TestProgram.build("writes-down", linking), "many"])
        let (stopped, recorded, hasRecorded, _) = try Self.traces(of: command, Self.options)
        #expect(hasRecorded)
        #expect(Self.calls(of: recorded) == Self.calls(of: stopped))
        #expect(recorded.events.count > 20_000)
    }

    @Test("faults and signals come at the calls that they are meant for")
    func provocations() throws {
        let command = try Command(
            [try TestProgram.build("copies")], input: String(repeating: "y", count: 640))
        var options = Self.options
        options.faults = [.init(syscall: 1, occurrence: 12, effect: .shortCount(5))]
        options.signals = [
            .init(signal: 10, atSyscall: 9), .init(signal: 10, atSyscall: 30),
        ]
        let (stopped, recorded, hasRecorded, _) = try Self.traces(of: command, options)
        #expect(hasRecorded)
        #expect(recorded.end == .exited(status: 130))
        #expect(Self.calls(of: recorded) == Self.calls(of: stopped))
    }

    @Test("signals that come at any moment lose no call and no result, and invent none")
    func interruptions() throws {
        let command = try Command([try TestProgram.build("writes-down"), "interrupted"])
        let (trace, handled) = try SessionThread.run { session in
            var server = try Self.start(command.launch, in: &session)
            _ = try session.run(copyOf: server, as: command.launch, options: Self.options)
            try Self.learn(from: session, in: &server)
            _ = try command.takeOutput()
            let trace = try session.run(
                copyOf: server, as: command.launch, options: Self.options)
            session.end(server)
            let output = try command.takeOutput()
            return (try #require(trace), try #require(Int(output.dropLast())))
        }
        #expect(trace.end == .exited(status: 0))
        #expect(handled > 20)
        func count(_ name: String) -> Int { trace.events.count { $0.number.name == name } }
        #expect(count("getppid") == 30_001)
        #expect(count("getuid") == handled + 1)
        #expect(count("rt_sigreturn") == handled)
        #expect(count("close") >= 30_001 + handled)
        for event in trace.events where event.number.name == "getppid" {
            #expect(event.result.map { $0 >= 0 } == true)
        }
        let failing = trace.events.filter { $0.number.name == "close" && $0.arguments[0] > 1000 }
        #expect(failing.count == 30_001 + handled)
        #expect(failing.allSatisfy { $0.error == EBADF })
    }

    @Test(
        "a copy that meddles with what it writes to harms itself alone",
        arguments: ["scribble", "rewind", "blind", "unmap", "rewrite", "fork", "thread"])
    func meddling(how: String) throws {
        let program = try TestProgram.build("writes-down")
        let good = try Command([program, "many"])
        let bad = try Command([program, how])
        let (before, during, after) = try SessionThread.run { session in
            var server = try Self.start(good.launch, in: &session)
            for _ in 0..<2 {
                _ = try session.run(copyOf: server, as: good.launch, options: Self.options)
                try Self.learn(from: session, in: &server)
            }
            let before = try session.run(copyOf: server, as: good.launch, options: Self.options)
            var options = Self.options
            options.blockedTime = .milliseconds(200)
            let during = try session.run(copyOf: server, as: bad.launch, options: options)
            let isAlive = session.isAlive(server)
            #expect(isAlive)
            let after = try session.run(copyOf: server, as: good.launch, options: Self.options)
            session.end(server)
            return (try #require(before), during, try #require(after))
        }
        #expect(Self.calls(of: after) == Self.calls(of: before))
        switch how {
        case "scribble": #expect(during == nil || during?.end != .exited(status: 0))
        case "unmap": #expect(during?.end == .killed(signal: SIGSEGV))
        case "rewrite": #expect(during?.end == .exited(status: 128 + EACCES))
        case "blind":
            let names = try #require(during).events.map(\.number.name)
            #expect(names.contains("kill"))
            #expect(during?.threads.count == 2)
        case "fork": #expect(during?.events.count { $0.number.name == "getuid" } == 21)
        case "thread":
            #expect(during?.events.count { $0.number.name == "getegid" } == 21)
        default: break
        }
    }
}
