import Contact
import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("Failure of the first execution")
struct FailureTests {
    /// Of an execution that came to its own code.
    static func failure(
        _ end: Trace.End, errors: String = "", output: String = "", hasArguments: Bool = true,
        entered: Bool = true, _ build: (inout TraceBuilder) -> Void = { _ in }
    ) -> Failure? {
        var builder = TraceBuilder()
        if entered { builder.enter() }
        build(&builder)
        builder.end(end)
        var surroundings = FirstContact.Surroundings()
        surroundings.hasArguments = hasArguments
        return Failure(
            FirstContact(
                builder.trace, output: Array(output.utf8), errors: Array(errors.utf8),
                surroundings))
    }

    @Test("an exit status is an answer, such as that files differ or nothing was found")
    func answers() {
        #expect(Self.failure(.exited(status: 1), output: "1c1\n") == nil)
        #expect(Self.failure(.exited(status: 1)) == nil)
        #expect(Self.failure(.exited(status: 0), errors: "warning\n") == nil)
        let both = Self.failure(.exited(status: 2), errors: "b: missing\n", output: "a: 1\n")
        #expect(both == nil)
    }

    @Test("a server that gives up is no answer, wherever it says why")
    func server() {
        func failure(_ status: Int32, isClient: Bool = false) -> Failure? {
            var builder = TraceBuilder()
            builder.enter()
            builder.end(.exited(status: status))
            var surroundings = FirstContact.Surroundings()
            surroundings.listening = [.init(transport: "udp", address: "0.0.0.0:27500")]
            if isClient {
                surroundings.destinations = [.init(transport: "udp", address: "127.0.0.1:53")]
            }
            return Failure(
                FirstContact(
                    builder.trace, output: Array("no map\n".utf8), errors: [], surroundings))
        }
        #expect(failure(1) == .gaveUpServing)
        #expect(failure(0) == nil)
        #expect(failure(1, isClient: true) == nil)
    }

    @Test("what ends badly in the background counts, behind a first process that ended well")
    func background() {
        func failure(first: Bool, exit: TracedThread.Exit) -> Failure? {
            Self.failure(.exited(status: 0), errors: "not super user\n") { builder in
                let worker = builder.fork()
                builder.call("write", [2, 0x1000, 15], result: 15, thread: worker)
                if first { builder.call("wait4", [0], result: 102) }
                builder.call("exit_group", [0], result: nil)
                if !first { builder.call("exit_group", [1], result: nil, thread: worker) }
                builder.exit(exit, thread: worker)
            }
        }
        #expect(failure(first: false, exit: .exited(status: 1)) == .complained)
        #expect(failure(first: false, exit: .killed(signal: 11)) == .killed(signal: 11))
        #expect(failure(first: false, exit: .exited(status: 0)) == nil)
        #expect(failure(first: true, exit: .exited(status: 1)) == nil)
    }

    @Test("a server that cannot open its log failed for that")
    func log() {
        let failure = Self.failure(
            .exited(status: 1),
            errors: "web: [alert] could not open error log file: open() \"/var/log/web/e.log\" "
                + "failed (13: Permission denied)\n"
        ) { $0.open("/var/log/web/e.log", flags: 0o2101, result: -13) }
        guard case .lacked(let refusals) = failure else {
            Issue.record("it is \(String(describing: failure))")
            return
        }
        #expect(refusals.map(\.subject) == ["/var/log/web/e.log"])
    }

    @Test("what was refused and not complained of is not to blame")
    func unrelated() {
        let failure = Self.failure(.exited(status: 1), errors: "tool: bad magic\n") {
            $0.open("/root/.toolrc", flags: 0, result: -13)
        }
        #expect(failure == .complained)
    }

    @Test("users that it could not become are blamed by the kind of the failure")
    func users() {
        let failure = Self.failure(
            .exited(status: 1), errors: "setgroups: Operation not permitted\n"
        ) { $0.call("setgroups", [0, 0], result: -1) }
        #expect(failure.map { if case .lacked = $0 { true } else { false } } == true)
    }

    @Test("a program that was given nothing may well say how it is used")
    func usage() {
        let text = "tool: missing operand\nTry 'tool --help' for more information.\n"
        #expect(Self.failure(.exited(status: 2), errors: text) == .refusedArguments)
        #expect(Self.failure(.exited(status: 2), errors: text, hasArguments: false) == nil)
    }

    @Test("a client that complains may do so of its peer")
    func client() {
        var surroundings = FirstContact.Surroundings()
        surroundings.destinations = [.init(transport: "tcp", address: "127.0.0.1:80")]
        var builder = TraceBuilder()
        builder.enter()
        builder.end(.exited(status: 7))
        let contact = FirstContact(
            builder.trace, output: [], errors: Array("no answer\n".utf8), surroundings)
        #expect(Failure(contact) == nil)
    }

    @Test("a program that never came to its own code failed whatever it said")
    func loader() {
        let text = "tool: error while loading shared libraries: libx.so.1: cannot open\n"
        let failure = Self.failure(.exited(status: 127), errors: text, entered: false)
        #expect(failure == .neverBegan)
    }

    @Test("signals that nobody sent are failures; bounds and waiting are none")
    func ends() {
        #expect(Self.failure(.killed(signal: 11)) == .killed(signal: 11))
        #expect(Self.failure(.stopped(.blocked), errors: "waiting\n") == nil)
    }
}
