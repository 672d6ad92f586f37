import Foundation
import Syscalls
import TestCases
import TestSupport
import Testing
import Traces
import Tracing

@Suite("Faults and signals")
struct ProvocationTests {
    private static let text = String(repeating: "0123456789abcdef", count: 4)
    private static let (read, write, clone, exitGroup) = (
        UInt32(0), UInt32(1), UInt32(56), UInt32(231)
    )

    /// Runs copies.c on 64 bytes: reads of 16, each followed by a write of 16.
    private func copy(_ set: (inout TraceOptions) -> Void) throws -> (trace: Trace, output: String)
    {
        let folder = try TemporaryFolder()
        var command = TracedCommand([try TestProgram.build("copies")])
        command.input = try folder.write(Self.text, to: "input")
        command.output = folder.path + "/output"
        set(&command.options)
        let trace = try command.run()
        let output = try Data(contentsOf: URL(filePath: command.output))
        return (trace, String(decoding: output, as: UTF8.self))
    }

    private func programCalls(_ name: String, of trace: Trace) throws -> [Event] {
        let entry = try #require(trace.threads[0].entryEvent)
        return trace.events[entry...].filter { $0.number.name == name }
    }

    @Test("nothing happens to an execution without provocations")
    func plain() throws {
        let (trace, output) = try copy { _ in }
        #expect(trace.end == .exited(status: 128))
        #expect(output == Self.text)
    }

    @Test("the n-th call behind the entry point fails, the loader's are not counted")
    func error() throws {
        let (trace, output) = try copy {
            $0.faults = [.init(syscall: Self.read, occurrence: 2, effect: .error(5))]
        }
        #expect(trace.end == .exited(status: 5))
        #expect(output == Self.text.prefix(16))
        #expect(try programCalls("read", of: trace).map(\.result) == [16, -5])
        #expect(trace.events(of: "read").count > 2)
    }

    @Test("a shortened write is made in part, and the program writes the rest")
    func shortCount() throws {
        let (trace, output) = try copy {
            $0.faults = [.init(syscall: Self.write, occurrence: 2, effect: .shortCount(5))]
        }
        #expect(trace.end == .exited(status: 128))
        #expect(output == Self.text)
        let writes = try programCalls("write", of: trace)
        #expect(writes.map(\.result) == [16, 5, 11, 16, 16])
        #expect(writes.map { $0.arguments[2] } == [16, 16, 11, 16, 16])
    }

    @Test("a shortened call hands its registers back as the kernel would")
    func registers() throws {
        var command = TracedCommand([try TestProgram.build("kept-registers"), "64"])
        command.options.faults = [
            .init(syscall: Self.write, occurrence: 1, effect: .shortCount(5))
        ]
        #expect(try command.run().end == .exited(status: 64))
    }

    @Test("a fork that is made to fail makes no process")
    func fork() throws {
        var command = TracedCommand([try TestProgram.build("fork-tree"), "1"])
        command.options.faults = [.init(syscall: Self.clone, occurrence: 1, effect: .error(11))]
        let trace = try command.run()
        #expect(trace.threads.count == 2)
        #expect(trace.events(of: "clone").map(\.error) == [11, nil])
    }

    @Test("calls that never return are not made to fail")
    func exit() throws {
        var command = TracedCommand([try TestProgram.build("fork-tree"), "0"])
        command.options.faults = [
            .init(syscall: Self.exitGroup, occurrence: 1, effect: .error(1))
        ]
        #expect(try command.run().end == .exited(status: 0))
    }

    @Test("a program that the target has executed is left alone")
    func foreign() throws {
        var command = TracedCommand([try TestProgram.build("vfork-exec"), "/bin/pwd"])
        command.options.faults = [.init(syscall: Self.write, occurrence: 1, effect: .error(28))]
        let trace = try command.run()
        #expect(trace.end == .exited(status: 0))
        #expect(trace.events(of: "write").allSatisfy { $0.error == nil })
    }

    @Test("a signal arrives at the call it is meant for")
    func signal() throws {
        // Behind the entry point: the loader's leftovers, sigaction, then reads and writes.
        let plain = try copy { _ in }.trace
        let entry = try #require(plain.threads[0].entryEvent)
        let write = try #require(
            plain.events[entry...].firstIndex { $0.number.name == "write" })
        let (trace, output) = try copy {
            $0.signals = [.init(signal: 10, atSyscall: UInt32(write - entry + 1))]
        }
        #expect(trace.end == .exited(status: 129))
        #expect(output == Self.text)
        let calls = try trace.events[#require(trace.threads[0].entryEvent)...].map(\.number.name)
        let signalReturn = try #require(calls.firstIndex(of: "rt_sigreturn"))
        #expect(signalReturn == write - entry + 1)
    }

    @Test("a killing signal ends the target as it would from outside")
    func kill() throws {
        let (trace, output) = try copy { $0.signals = [.init(signal: 9, atSyscall: 1)] }
        #expect(trace.end == .killed(signal: 9))
        #expect(output.isEmpty)
        #expect(trace.events.last?.result == nil)
    }
}
