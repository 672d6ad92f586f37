import Phasing
import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("PhaseRecognizer")
struct PhaseRecognizerTests {
    static func phases(of trace: Trace, _ model: PhaseModel = .commandLine) -> [String] {
        let segmentation = PhaseRecognizer(model: model).segmentation(of: trace)
        return trace.events.indices.map { segmentation.phase(ofEvent: $0)?.name ?? "none" }
    }

    @Test("pwd: the loader, the heap, then its answer, then leaving")
    func pwd() {
        var builder = TraceBuilder()
        for name in ["execve", "brk", "openat", "read", "mmap", "close", "mprotect"] {
            builder.call(name)
        }
        builder.enter()
        builder.call("brk")
        builder.call("getcwd")
        builder.call("newfstatat", [1])
        builder.call("write", [1])
        builder.call("close", [1])
        builder.call("close", [2])
        builder.call("exit_group", result: nil)
        let expected =
            Array(repeating: "load", count: 7) + ["init", "work", "work", "work"]
            + ["exit", "exit", "exit"]
        #expect(Self.phases(of: builder.trace) == expected)
    }

    @Test("the library's own files are initialisation, the program's are work")
    func opens() {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("openat", [.max, 0, 0o2000000], result: 3)
        builder.call("read", [3])
        builder.call("openat", [.max, 0, 0], result: 4)
        builder.call("read", [4])
        #expect(Self.phases(of: builder.trace) == ["init", "init", "work", "work"])
        var writer = TraceBuilder()
        writer.enter()
        writer.call("openat", [.max, 0, 0o2000102], result: 3)
        #expect(Self.phases(of: writer.trace) == ["work"])
    }

    @Test("a program that only exits skips work")
    func skip() {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("brk")
        builder.call("exit_group", result: nil)
        #expect(Self.phases(of: builder.trace) == ["init", "exit"])
    }

    @Test("nginx: master and worker begin to work each at its own wait, not at the self-test")
    func server() {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("openat", [.max, 0, 0], result: 3)
        builder.call("write", [1])
        builder.call("clone", result: 101)
        let worker = builder.fork()
        builder.call("rt_sigsuspend")
        builder.call("epoll_wait", [7, 0, 1, 5000], thread: worker)
        builder.call("epoll_ctl", thread: worker)
        builder.call("epoll_wait", [7, 0, 512, .max], thread: worker)
        builder.call("exit_group", result: nil, thread: worker)
        #expect(
            Self.phases(of: builder.trace, .server) == [
                "init", "init", "init", "work", "init", "init", "work", "exit",
            ])
    }

    @Test("a child begins where its maker was when it made it, not where that is by now")
    func inheritance() {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("clone", result: -11)
        builder.call("clone", result: 5)
        builder.call("write", [1])
        builder.call("clone3", result: 6)
        let early = builder.fork()
        let late = builder.thread()
        builder.call("getpid", thread: late)
        builder.call("getpid", thread: early)
        builder.call("exit", result: nil, thread: late)
        builder.call("read", [9])
        #expect(
            Self.phases(of: builder.trace) == [
                "init", "init", "work", "work", "work", "init", "exit", "work",
            ])
    }

    @Test("a program that a process executes begins at its own loader")
    func exec() {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("write", [1])
        builder.call("fork", result: 9)
        let child = builder.fork()
        builder.call("execve", thread: child)
        let program = builder.exec("/bin/sh", in: child)
        builder.call("brk", thread: program)
        builder.enter(thread: program)
        builder.call("getpid", thread: program)
        #expect(Self.phases(of: builder.trace) == ["work", "work", "work", "load", "init"])
    }

    @Test("triggers count occurrences, compare bits and know their call site")
    func triggers() {
        let site = CallSite(module: "/bin/target", offset: 0x10)
        let model = PhaseModel(
            name: "learned", entry: Phase(name: "a"),
            rules: [
                PhaseModel.Rule(
                    phase: Phase(name: "b"), summary: "",
                    triggers: [Trigger(.read, occurrence: 2)]),
                PhaseModel.Rule(
                    phase: Phase(name: "c"), summary: "", triggers: [Trigger(.write, site: site)]),
            ])
        var builder = TraceBuilder()
        builder.enter()
        builder.call("read")
        builder.call("read")
        builder.call("read")
        builder.call("write", from: "/bin/target", offset: 0x20)
        builder.call("write", from: "/bin/target", offset: 0x10)
        builder.call("read")
        #expect(Self.phases(of: builder.trace, model) == ["a", "b", "b", "b", "c", "c"])
    }

    @Test("no thread ever goes back, in random traces")
    func monotone() {
        var state: UInt64 = 3
        func below(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return (state >> 33) % bound
        }
        var recognizer = PhaseRecognizer(model: .commandLine)
        var segmentation = Segmentation(phases: [])
        for _ in 0..<40 {
            var builder = TraceBuilder()
            _ = builder.fork()
            builder.enter()
            _ = builder.thread()
            let names = ["read", "write", "openat", "clone", "close", "exit_group", "brk", "poll"]
            for _ in 0..<100 {
                builder.call(
                    names[Int(below(8))], (0..<3).map { _ in below(3) }, thread: Int(below(3)))
            }
            recognizer.segment(builder.trace, into: &segmentation)
            #expect(segmentation.indexes.count == builder.trace.events.count)
            var last = [UInt8](repeating: 0, count: 3)
            for (event, phase) in zip(builder.trace.events, segmentation.indexes) {
                #expect(phase >= last[Int(event.thread)])
                last[Int(event.thread)] = phase
            }
        }
    }

    @Test("a trace that refers to a thread it does not have is no trap")
    func corrupt() {
        var builder = TraceBuilder()
        builder.call("read")
        var trace = builder.trace
        trace.events[0].thread = 7
        trace.threads[0].parent = 3
        #expect(Self.phases(of: trace) == ["load"])
    }

    @Test(
        "triggers read as sentences",
        arguments: [
            (Trigger(.exitGroup), "exit_group"),
            (
                Trigger(.close, tests: [ArgumentTest(0, .equal, 1)]),
                "close where argument 0 == 1"
            ),
            (
                Trigger(.read, occurrence: 3, site: CallSite(module: "/m", offset: 16)),
                "read (occurrence 3) at /m+0x10"
            ),
        ])
    func descriptions(trigger: Trigger, text: String) {
        #expect(trigger.description == text)
    }

    @Test("a test of flags names the flags")
    func flagTests() throws {
        let openat = try #require(SyscallNumber(name: "openat"))
        let test = ArgumentTest(2, mask: 0o2_000_000, .equal, 0)
        #expect(test.describe(for: openat) == "flags & O_CLOEXEC == 0")
        let mode = ArgumentTest(2, mask: 3, .different, 0)
        #expect(mode.describe(for: openat) == "flags & 0x3 != 0")
    }

    @Test("a model prints its rules")
    func print() {
        #expect(
            PhaseModel.server.description == """
                load begins when the kernel has executed the program
                init begins when the program's entry point is reached
                work begins when it waits for a connection, a request or a signal for the first time
                    epoll_wait where argument 2 != 1
                    epoll_pwait where argument 2 != 1
                    epoll_pwait2 where argument 2 != 1
                    poll
                    ppoll
                    select
                    pselect6
                    accept
                    accept4
                    rt_sigsuspend
                    rt_sigtimedwait
                    pause
                    io_uring_enter
                exit begins when it exits
                    exit_group
                    exit
                """)
    }

    @Test("every call that a model names exists")
    func names() {
        let counts = [PhaseModel.commandLine, .server].map { $0.rules.map(\.triggers.count) }
        #expect(counts == [[0, 0, 29, 3], [0, 0, 13, 2]])
    }
}
