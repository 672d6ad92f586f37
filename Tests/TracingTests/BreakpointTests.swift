import Foundation
import Syscalls
import TestSupport
import Testing
import Traces
import Tracing

@Suite("Breakpoints")
struct BreakpointTests {
    private typealias Capture = BreakpointSightings.Capture

    /// What the program compares besides its arguments.
    private static let constant: [Capture] = [
        .compared([0x61, 0, 0x62], [0x61, 0, 0x63]), compared("thread", "other thread"),
        compared("child", "parent"),
    ]

    private static func compared(_ left: String, _ right: String) -> Capture {
        .compared(Array(left.utf8), Array(right.utf8))
    }

    private static var options: TraceOptions {
        var options = TraceOptions()
        options.wallTime = .seconds(30)
        return options
    }

    /// Where the functions of the program are, by its symbol table.
    private static func addresses(in program: String) throws -> [String: UInt64] {
        let symbols = try Subprocess.run(["nm", program]).output
        return Dictionary(
            symbols.split(separator: "\n").compactMap { line -> (String, UInt64)? in
                let words = line.split(separator: " ")
                guard words.count == 3, let address = UInt64(words[0], radix: 16) else {
                    return nil
                }
                return (String(words[2]), address)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// A template of the program with breakpoints at its own functions.
    private static func start(
        _ command: Command, in session: inout TraceSession
    ) throws -> ForkServer {
        let program = try TestProgram.build("compares")
        let addresses = try addresses(in: program)
        var server = try ForkServer.start(
            command.launch, in: &session, options: options, inputFolders: ["/tmp"])
        let image = try #require(server.images.first { $0.path == program })
        // The code stands in the file where it stands in memory.
        func address(_ name: String) throws -> UInt64 {
            image.start - image.fileOffset + (try #require(addresses[name]))
        }
        server.plant([
            Breakpoint(address: try address("same_text"), purpose: .capture(.strings)),
            Breakpoint(address: try address("same_bytes"), purpose: .capture(.memory)),
            Breakpoint(address: try address("passed"), purpose: .visit),
        ])
        return server
    }

    private static func run(
        _ server: borrowing ForkServer, _ arguments: [String], _ command: Command,
        in session: inout TraceSession
    ) throws -> Trace {
        var launch = command.launch
        launch.arguments = (["compares"] + arguments).map { Array($0.utf8) }
        return try #require(
            try session.run(copyOf: server, as: launch, options: Self.options))
    }

    /// Of the first thread, without its waiting for the other, which may have ended before.
    private static func calls(of trace: Trace) -> [String] {
        trace.events.filter { $0.thread == 0 && $0.number.name != "futex" }.map(\.number.name)
    }

    @Test("comparisons are seen in every task, each time, and change nothing else")
    func comparisons() throws {
        let command = try Command([try TestProgram.build("compares")])
        let (captures, again, plain, planted) = try SessionThread.run { session in
            let server = try Self.start(command, in: &session)
            let trace = try Self.run(server, ["one", "wanted", "two"], command, in: &session)
            let captures = session.sightings.captures
            _ = try Self.run(server, ["three"], command, in: &session)
            let again = session.sightings.captures
            session.end(server)
            let bare = try ForkServer.start(
                command.launch, in: &session, options: Self.options, inputFolders: ["/tmp"])
            let plain = try Self.run(bare, ["one", "wanted", "two"], command, in: &session)
            session.end(bare)
            return (captures, again, plain, trace)
        }
        #expect(
            Set(captures)
                == Set(
                    Self.constant + [
                        Self.compared("one", "wanted"), Self.compared("two", "wanted"),
                    ]))
        #expect(Set(again) == Set(Self.constant + [Self.compared("three", "wanted")]))
        #expect(planted.end == .exited(status: 0))
        #expect(Self.calls(of: planted) == Self.calls(of: plain))
        #expect(try command.takeOutput().components(separatedBy: "found").count == 3)
    }

    @Test("a function that is called with the same again and again is left alone")
    func repetition() throws {
        let command = try Command([try TestProgram.build("compares")])
        let same = [String](repeating: "same", count: 20)
        let (changing, unchanging) = try SessionThread.run { session in
            let server = try Self.start(command, in: &session)
            _ = try Self.run(server, same + ["other"] + same + ["late"], command, in: &session)
            let changing = session.sightings.captures
            _ = try Self.run(server, same + same + ["late"], command, in: &session)
            let unchanging = session.sightings.captures
            session.end(server)
            return (changing, unchanging)
        }
        let late = Self.compared("late", "wanted")
        #expect(changing.contains(late))
        #expect(!unchanging.contains(late))
        #expect(unchanging.contains(Self.compared("same", "wanted")))
    }

    @Test("a visit is told once in an execution, and not again when its breakpoint is removed")
    func visits() throws {
        let command = try Command([try TestProgram.build("compares")])
        let (first, second, third) = try SessionThread.run { session in
            var server = try Self.start(command, in: &session)
            _ = try Self.run(server, [], command, in: &session)
            let first = session.sightings.visits
            _ = try Self.run(server, [], command, in: &session)
            let second = session.sightings.visits
            server.remove(first)
            _ = try Self.run(server, [], command, in: &session)
            let third = session.sightings.visits
            session.end(server)
            return (first, second, third)
        }
        #expect(first.count == 1)
        #expect(second == first)
        #expect(third.isEmpty)
    }

    @Test("another image of the same file has no breakpoints and runs undisturbed")
    func images() throws {
        let command = try Command([try TestProgram.build("compares")])
        let (trace, captures) = try SessionThread.run { session in
            let server = try Self.start(command, in: &session)
            let trace = try Self.run(server, ["again"], command, in: &session)
            let captures = session.sightings.captures
            session.end(server)
            return (trace, captures)
        }
        #expect(trace.end == .exited(status: 0))
        #expect(captures.contains(Self.compared("again", "wanted")))
        #expect(!captures.contains(Self.compared("image", "wanted")))
    }
}
