import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("Trace coding")
struct TraceCodingTests {
    static func sample() -> Trace {
        var builder = TraceBuilder()
        builder.call("execve")
        builder.call("openat", [0xffff_ff9c, 0x7fff_0000_1000, 0o2000000], result: 3, from: "/l/c")
        builder.enter()
        builder.call("clone", [0x0120_0011], result: 77, from: "/bin/target", offset: 0x1234)
        let child = builder.fork()
        builder.call("read", [0, 0, .max], result: -11, thread: child)
        builder.call("exit_group", result: nil)
        var trace = builder.trace
        trace.threads[0].exit = .exited(status: 2)
        trace.threads[child].exit = .killed(signal: 9)
        trace.end = .stopped(.blocked)
        return trace
    }

    static func lines(_ trace: Trace) -> [String] {
        trace.threads.map { "\($0)" } + [trace.modules.joined(), "\(trace.end)"]
            + trace.events.map { event in
                let arguments = event.arguments.indices.map { String(event.arguments[$0]) }
                let result = event.result.map { String($0) } ?? "?"
                return "\(event.thread) \(event.number) \(event.module)+\(event.offset)"
                    + "(\(arguments.joined(separator: ","))) \(result)"
            }
    }

    @Test("a trace comes back as it was, but for addresses")
    func roundTrip() throws {
        var expected = Self.sample()
        let decoded = try #require(Trace(encoded: expected.encoded()))
        #expect(Self.lines(decoded) != Self.lines(expected))
        expected.events[1].arguments[1] = 0
        #expect(Self.lines(decoded) == Self.lines(expected))
    }

    @Test("of a long trace every kind of call stays, and the entry point where it was")
    func thinning() throws {
        var builder = TraceBuilder()
        for _ in 0..<50 { builder.call("brk") }
        builder.enter()
        for index in 0..<200 { builder.call("read", [UInt64(index)], from: "/l/c") }
        builder.call("write", from: "/l/c")
        let trace = builder.trace
        let decoded = try #require(Trace(encoded: trace.encoded(fullEvents: 60)))
        #expect(decoded.events.count == 62)
        #expect(decoded.threads[0].entryEvent == 50)
        #expect(decoded.events.last?.number == .write)
        let early = try #require(Trace(encoded: trace.encoded(fullEvents: 10)))
        #expect(early.threads[0].entryEvent == 11)
        #expect(early.events.map(\.number.name).suffix(3) == ["brk", "read", "write"])
    }

    @Test("bytes that are cut or changed anywhere are refused or a trace, never a trap")
    func damage() {
        let bytes = Self.sample().encoded()
        for count in bytes.indices { #expect(Trace(encoded: Array(bytes[..<count])) == nil) }
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                guard let trace = Trace(encoded: damaged) else { continue }
                for event in trace.events { _ = trace.site(of: event) }
                #expect(trace.threads.allSatisfy { ($0.parent ?? 0) < trace.threads.count })
            }
        }
    }
}
