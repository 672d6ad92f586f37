import Extraction
import Foundation
import Platform
import Syscalls
import TestSupport
import Testing
import Traces
import Tracing

@Suite("Forbidden calls")
struct ForbiddenCallTests {
    private static let core: Int32 = 4

    private static var options: TraceOptions {
        var options = TraceOptions()
        options.wallTime = .seconds(30)
        options.isConfined = true
        return options
    }

    private static func command() throws -> Command {
        let command = try Command([try TestProgram.build("forbidden")])
        command.launch.limits = [(resource: core, value: 1)]
        return command
    }

    /// The calls of the loop, with what they have returned.
    private static func calls(_ trace: Trace) -> [String] {
        let names = [
            "getppid", "socket", "keyctl", "bpf", "setrlimit", "prlimit64", "getrlimit", "close",
        ]
        let start = trace.events.firstIndex { $0.number.name == "getppid" } ?? 0
        return trace.events[start...].filter { names.contains($0.number.name) }.map {
            "\($0.number.name) \($0.error ?? 0)"
        }
    }

    private static let expected: [String] = Array(
        repeating: [
            "getppid 0", "socket 97", "keyctl 1", "bpf 1", "setrlimit 0", "prlimit64 0",
            "prlimit64 0", "socket 0", "close 0",
        ], count: 3
    ).flatMap(\.self)

    @Test("are seen and refused by an execution that stops at each call")
    func stopping() throws {
        let command = try Self.command()
        let trace = try SessionThread.run { session in
            try session.run(command.launch, options: Self.options)
        }
        #expect(trace.end == .exited(status: 0))
        #expect(Self.calls(trace) == Self.expected)
    }

    @Test("are seen and refused where they could be written down by copies")
    func copies() throws {
        let command = try Self.command()
        let (trace, stopped) = try SessionThread.run { session in
            var server = try ForkServer.start(
                command.launch, in: &session, options: Self.options, inputFolders: ["/tmp"],
                records: true)
            let isRecording = server.record()
            try #require(isRecording)
            var trace: Trace?
            for _ in 0..<3 {
                trace = try session.run(
                    copyOf: server, as: command.launch, options: Self.options)
                let sites = session.stoppedCalls.compactMap { server.site(at: $0) }
                for (file, sites) in Dictionary(grouping: sites, by: \.module) {
                    let offsets = Set(sites.map(\.offset))
                    guard let windows = try? CallWindows.read(file, ofCallsAt: offsets) else {
                        continue
                    }
                    server.divert(windows, in: file)
                }
            }
            let stopped = session.stoppedCalls.count
            session.end(server)
            return (try #require(trace), stopped)
        }
        #expect(trace.end == .exited(status: 0))
        #expect(Self.calls(trace) == Self.expected)
        #expect(stopped <= 2)
    }

    @Test("are answered as before by executions that let known calls through")
    func known() throws {
        let command = try Self.command()
        let statuses = try SessionThread.run { session -> [Trace.End] in
            let trace = try session.run(command.launch, options: Self.options)
            let numbers = Set(trace.events.map(\.number).filter { $0.name != "prlimit64" })
            return try [true, false].map { hasValues in
                let permissions = numbers.sorted().map { number in
                    let values = trace.events.filter { $0.number == number }.map { event in
                        number.scalarArguments.map { $0.value(of: event.arguments[$0.index]) }
                    }
                    let needsValues = hasValues && !number.scalarArguments.isEmpty
                    return SyscallFilter.Permission(
                        number: number, values: needsValues ? values : nil)
                }
                let server = try ForkServer.start(
                    command.launch, in: &session, options: Self.options, inputFolders: ["/tmp"])
                try server.arm(SyscallFilter(allowing: permissions))
                var options = Self.options
                options.watch = .entries
                let copy = try session.run(copyOf: server, as: command.launch, options: options)
                session.end(server)
                return try #require(copy).end
            }
        }
        #expect(statuses == [.exited(status: 0), .exited(status: 0)])
    }

    @Test("all have a number that the kernel knows")
    func numbers() {
        for call in ForbiddenCall.all { #expect(call.number.isNamed, "\(call.line)") }
    }

    @Test("all stand in the documentation, with the same words")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appending(path: "Documentation/Sandbox.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(lines == ForbiddenCall.all.map(\.line))
    }
}
