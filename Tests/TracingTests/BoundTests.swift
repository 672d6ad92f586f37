import Glibc
import TestSupport
import Testing
import Traces
import Tracing

/// A program that never ends by itself, and the bound that ends it.
struct BoundCase: Sendable, CustomTestStringConvertible {
    let command: [String]
    let reason: Trace.Reason
    let options: TraceOptions

    var testDescription: String { command.joined(separator: " ") + ": " + reason.rawValue }

    init(
        _ command: String..., endsBy reason: Trace.Reason, _ set: (inout TraceOptions) -> Void
    ) {
        self.command = command
        self.reason = reason
        var options = TraceOptions()
        set(&options)
        self.options = options
    }

    func run() throws -> Trace {
        var traced = TracedCommand(
            [try TestProgram.build(command[0])] + command.dropFirst())
        let longest = traced.options.wallTime
        traced.options = options
        traced.options.wallTime = options.wallTime ?? longest
        return try traced.run()
    }
}

@Suite("Bounds")
struct BoundTests {
    static let cases = [
        BoundCase("busy", endsBy: .cpuTime) { $0.cpuTime = .milliseconds(50) },
        BoundCase("busy", "calls", endsBy: .cpuTime) { $0.cpuTime = .milliseconds(50) },
        BoundCase("busy", "chain", endsBy: .cpuTime) { $0.cpuTime = .milliseconds(200) },
        BoundCase("busy", endsBy: .wallTime) { $0.wallTime = .milliseconds(50) },
        BoundCase("sleeps", "600000", endsBy: .wallTime) {
            $0.wallTime = .milliseconds(50)
            $0.blockedTime = .milliseconds(20)
        },
        BoundCase("blocked", endsBy: .blocked) { $0.blockedTime = .milliseconds(50) },
        BoundCase("blocked", "pipe", endsBy: .blocked) { $0.blockedTime = .milliseconds(50) },
        BoundCase("blocked", "lock", endsBy: .blocked) { $0.blockedTime = .milliseconds(50) },
        BoundCase("blocked", "stop", endsBy: .blocked) { $0.blockedTime = .milliseconds(50) },
        BoundCase("daemon", "-1", endsBy: .blocked) { $0.blockedTime = .milliseconds(50) },
        BoundCase("allocates", "256", endsBy: .memory) { $0.memory = 64 << 20 },
        BoundCase("forks", "200", endsBy: .tooManyProcesses) { $0.maximumProcesses = 16 },
        BoundCase("busy", "calls", endsBy: .tooManyEvents) { $0.maximumEvents = 1000 },
    ]

    @Test("the bound that is met is the end, and no process is left", arguments: cases)
    func reason(bound: BoundCase) throws {
        let trace = try bound.run()
        #expect(trace.end == .stopped(bound.reason))
        #expect(trace.survivors.isEmpty)
        #expect(trace.events.count <= bound.options.maximumEvents)
    }

    @Test("a process that opens a pipe nobody writes to is blocked")
    func fifo() throws {
        let folder = try TemporaryFolder()
        #expect(unsafe mkfifo(folder.path + "/fifo", 0o600) == 0)
        var command = TracedCommand(["cat", folder.path + "/fifo"])
        command.options.blockedTime = .milliseconds(50)
        #expect(try command.run().end == .stopped(.blocked))
    }

    @Test("a process that waits for its own timer is not blocked")
    func timer() throws {
        var command = TracedCommand([try TestProgram.build("blocked"), "timer"])
        command.options.blockedTime = .milliseconds(50)
        #expect(try command.run().end == .exited(status: 7))
    }

    @Test("bounds that are not met change nothing")
    func unmet() throws {
        var command = TracedCommand(["ls", "/"])
        let free = try command.run()
        command.options.cpuTime = .seconds(60)
        command.options.wallTime = .seconds(60)
        command.options.blockedTime = .seconds(60)
        command.options.memory = 1 << 32
        let bounded = try command.run()
        #expect(bounded.end == .exited(status: 0))
        #expect(bounded.returnedCounts == free.returnedCounts)
    }

    @Test("sessions on several threads at once each meet their own bounds")
    func parallelSessions() async throws {
        let cases = Self.cases.filter { [.wallTime, .blocked, .cpuTime].contains($0.reason) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for bound in cases {
                group.addTask { try bound.run().end == .stopped(bound.reason) }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
