import Phasing
import Syscalls
import Testing
import TraceBuilding
import Traces

@Suite("PhaseLearner")
struct PhaseLearnerTests {
    static func model(_ traces: [Trace]) throws -> PhaseModel {
        var learner = PhaseLearner()
        for trace in traces { learner.add(trace) }
        return try #require(learner.model())
    }

    static func triggers(_ model: PhaseModel) -> [String] {
        model.rules.dropFirst(2).flatMap { rule in
            rule.triggers.map { "\(rule.phase): \($0)" }
        }
    }

    static func ended(_ builder: TraceBuilder) -> Trace {
        var trace = builder.trace
        for index in trace.threads.indices { trace.threads[index].exit = .exited(status: 0) }
        return trace
    }

    /// A master and its worker: the worker's first wait, for one event, only tests the kernel.
    static func server(requests: Int) -> Trace {
        var builder = TraceBuilder()
        for name in ["execve", "mmap", "mprotect"] { builder.call(name) }
        builder.enter()
        for name in ["openat", "socket", "bind", "listen", "setsid"] { builder.call(name) }
        builder.call("clone", result: 101)
        let worker = builder.fork()
        builder.call("rt_sigsuspend")
        for name in ["setgroups", "setuid", "prctl", "epoll_create1", "mmap"] {
            builder.call(name, thread: worker)
        }
        builder.call("epoll_wait", [7, 0, 1, 5000], thread: worker)
        builder.call("eventfd2", thread: worker)
        for _ in 0..<requests {
            builder.call("epoll_wait", [7, 0, 512, .max], thread: worker)
            for name in ["accept4", "recvfrom", "writev"] { builder.call(name, thread: worker) }
        }
        builder.call("exit_group", result: nil, thread: worker)
        for name in ["rt_sigsuspend", "wait4", "kill"] { builder.call(name) }
        builder.call("exit_group", result: nil)
        return ended(builder)
    }

    @Test("a server's master and worker are divided each at its own wait, not at the self-test")
    func server() throws {
        let model = try Self.model([Self.server(requests: 40)])
        #expect(
            Self.triggers(model) == [
                "serve: rt_sigsuspend by root",
                "serve: epoll_wait where argument 2 == 512 by worker",
            ])
        let segmentation = PhaseRecognizer(model: model).segmentation(
            of: Self.server(requests: 2))
        let phases = Self.server(requests: 2).events.indices.map {
            segmentation.phase(ofEvent: $0)?.name
        }
        #expect(phases.filter { $0 == "serve" }.count == 2 * 4 + 1 + 1 + 4)
    }

    /// A master that is told once to start new workers, which it then tells the old ones.
    static func reloaded() -> Trace {
        var builder = TraceBuilder()
        for name in ["execve", "mmap", "mprotect"] { builder.call(name) }
        builder.enter()
        for name in ["openat", "socket", "bind", "listen", "setsid", "prctl", "mmap", "brk"] {
            builder.call(name)
        }
        for id in [Int64(101), 102] {
            builder.call("clone", result: id)
            let worker = builder.fork()
            for name in ["setgroups", "setuid", "epoll_create1"] {
                builder.call(name, thread: worker)
            }
            for _ in 0..<20 { builder.call("epoll_wait", [7, 0, 512, .max], thread: worker) }
            builder.call("exit_group", result: nil, thread: worker)
            builder.call("rt_sigsuspend")
        }
        for name in ["sendmsg", "rt_sigsuspend", "rt_sigsuspend", "rt_sigsuspend"] {
            builder.call(name)
        }
        builder.call("exit_group", result: nil)
        return ended(builder)
    }

    @Test("a master that makes workers between waits is not divided behind its first wait")
    func reload() throws {
        let triggers = try Self.triggers(Self.model([Self.reloaded()]))
        let root = triggers.filter { $0.hasSuffix("by root") }
        #expect(root.allSatisfy { $0 == "serve: rt_sigsuspend by root" }, "\(triggers)")
        #expect(triggers.contains("serve: epoll_wait by worker"), "\(triggers)")
    }

    /// A server that serves itself, or has a worker do so; no two have lives that are alike.
    static func server(alone: Bool, requests: Int) -> Trace {
        var builder = TraceBuilder()
        builder.enter()
        for _ in 0..<requests { builder.call("openat") }
        for name in ["openat", "socket", "bind", "listen", "setsid", "prctl", "mmap", "brk"] {
            builder.call(name)
        }
        var server = 0
        if !alone {
            builder.call("clone", result: 101)
            server = builder.fork()
        }
        builder.call("epoll_create1", thread: server)
        for _ in 0..<requests {
            builder.call("epoll_wait", [7, 0, 512, .max], thread: server)
            builder.call("accept4", thread: server)
        }
        builder.call("exit_group", result: nil, thread: server)
        if !alone {
            builder.call("rt_sigsuspend")
            builder.call("wait4")
            builder.call("exit_group", result: nil)
        }
        return ended(builder)
    }

    @Test("a server of one process or of several serves from its first wait on, whatever it is")
    func eitherWait() throws {
        // Most have a worker; those that do without are too many, and too long, to be early ends.
        let traces = (3..<18).map { Self.server(alone: $0.isMultiple(of: 4), requests: $0) }
        let model = try Self.model(traces)
        let triggers = Self.triggers(model)
        #expect(triggers.contains("serve: epoll_wait by root"), "\(triggers)")
        #expect(triggers.contains("serve: rt_sigsuspend by root"), "\(triggers)")
        let recognizer = PhaseRecognizer(model: model)
        for trace in traces {
            let segmentation = recognizer.segmentation(of: trace)
            let first = trace.events.indices.first {
                segmentation.phase(ofEvent: $0)?.name == "serve"
                    && trace.events[$0].thread == 0
            }
            let call = try #require(first.map { trace.events[$0].number.description })
            #expect(call == (trace.threads.count == 1 ? "epoll_wait" : "rt_sigsuspend"))
        }
    }

    /// A program that sets itself up, handles files and leaves; `-V` ends it early.
    static func tool(files: Int, isEarlyEnd: Bool = false, odd: String? = nil) -> Trace {
        var builder = TraceBuilder()
        builder.enter()
        for name in ["brk", "sigaltstack", "rt_sigaction", "prctl"] { builder.call(name) }
        if isEarlyEnd {
            builder.call("write", [1])
        } else {
            for _ in 0..<files {
                builder.call("openat", [.max, 0, 0], result: 3)
                builder.call("read", [3])
                builder.call("close", [3])
            }
            if let odd { builder.call(odd) }
            builder.call("write", [1])
        }
        builder.call("exit_group", result: nil)
        return ended(builder)
    }

    @Test("runs that end early do not hide where the others begin to work")
    func earlyEnds() throws {
        var traces = (3..<12).map { Self.tool(files: $0) }
        traces += [Self.tool(files: 0, isEarlyEnd: true)]
        #expect(Self.triggers(try Self.model(traces)) == ["work: openat by root"])
    }

    @Test("the order and number of equal traces do not matter")
    func order() throws {
        let traces = (3..<9).map { Self.tool(files: $0, odd: $0 == 4 ? "getcwd" : nil) }
        let model = try Self.model(traces)
        #expect(try Self.model(traces.reversed()) == model)
        #expect(try Self.model(traces + traces + [traces[2], traces[2]]) == model)
    }

    @Test("a trigger is not taken where something that it would end comes later")
    func laterCalls() throws {
        // Where every file is read through a new mapping, nothing ends with the first.
        var builder = TraceBuilder()
        builder.enter()
        for _ in 0..<20 {
            for name in ["openat", "mmap", "read", "munmap", "close"] { builder.call(name) }
        }
        for name in ["openat", "mmap", "read", "munmap", "close"] { builder.call(name) }
        builder.call("exit_group", result: nil)
        #expect(Self.triggers(try Self.model([Self.ended(builder)])).isEmpty)
    }

    @Test("what threads call may come at any time, what children call only when they are made")
    func tasks() throws {
        var builder = TraceBuilder()
        builder.enter()
        for name in ["socket", "bind"] { builder.call(name) }
        builder.call("fork", result: 5)
        let child = builder.fork()
        builder.call("clone3", result: 6)
        let thread = builder.thread()
        builder.call("mount", thread: child)
        builder.call("chroot", thread: thread)
        for _ in 0..<10 { builder.call("poll", [0, 1]) }
        let model = try Self.model([Self.ended(builder)])
        #expect(Self.triggers(model) == ["serve: poll by root"])
    }

    /// Leaves nothing but one harmless call behind; each turn begins with a call of choice.
    static func loop(_ first: String) -> Trace {
        var builder = TraceBuilder()
        builder.enter()
        builder.call("uname")
        for _ in 0..<20 {
            for name in [first, "read", "openat", "socket", "connect", "bind", "mmap", "write"] {
                builder.call(name)
            }
        }
        builder.call("exit_group", result: nil)
        return ended(builder)
    }

    @Test("for little a life is divided where it waits, and nowhere else")
    func littleGain() throws {
        #expect(Self.triggers(try Self.model([Self.loop("poll")])) == ["serve: poll by root"])
        #expect(Self.triggers(try Self.model([Self.loop("getdents64")])).isEmpty)
    }

    @Test("a server that is ended from outside counts beside runs that end by themselves")
    func cutShort() throws {
        let refusals = (1..<4).map { count in
            var builder = TraceBuilder()
            builder.enter()
            for _ in 0..<count { builder.call("openat") }
            for name in ["write", "exit_group"] { builder.call(name) }
            return Self.ended(builder)
        }
        let servers = (10..<14).map { requests in
            var builder = TraceBuilder()
            builder.enter()
            for name in ["openat", "socket", "bind", "listen", "prctl"] { builder.call(name) }
            for _ in 0..<requests {
                for name in ["poll", "recvfrom", "sendto"] { builder.call(name) }
            }
            return builder.trace
        }
        let model = try Self.model(refusals + servers)
        #expect(Self.triggers(model) == ["serve: poll by root"])
    }

    @Test("what few lives show of a gain is not enough, and what many show of the same gain is")
    func fewLives() throws {
        func lives(_ count: Int) -> [Trace] {
            (0..<count).map { extra in
                var builder = TraceBuilder()
                builder.enter()
                for _ in 0..<300 { builder.call("lseek") }
                for name in ["socket", "connect", "mount", "getrandom"] { builder.call(name) }
                for _ in 0..<75 + extra { builder.call("write") }
                builder.call("exit_group")
                return Self.ended(builder)
            }
        }
        #expect(Self.triggers(try Self.model(lives(4))).isEmpty)
        #expect(!Self.triggers(try Self.model(lives(100))).isEmpty)
    }

    @Test("without traces there is no model")
    func empty() {
        #expect(PhaseLearner().model() == nil)
    }

    @Test("random traces give a model that segments them, and none traps")
    func random() throws {
        var state: UInt64 = 5
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int((state >> 33) % UInt64(bound))
        }
        let names = [
            "read", "openat", "clone", "fork", "epoll_wait", "exit_group", "execve", "brk",
        ]
        for _ in 0..<30 {
            let traces = (0..<4).map { _ in
                var builder = TraceBuilder()
                if below(4) > 0 { builder.enter() }
                var threads = [0]
                for _ in 0..<below(60) {
                    let thread = threads[below(threads.count)]
                    switch below(12) {
                    case 0: threads.append(builder.fork(of: thread))
                    case 1: threads.append(builder.thread(of: thread))
                    default:
                        builder.call(
                            names[below(8)], [UInt64(below(3)), 0, UInt64(below(3))],
                            thread: thread)
                    }
                }
                return below(2) == 0 ? Self.ended(builder) : builder.trace
            }
            var learner = PhaseLearner()
            for trace in traces { learner.add(trace) }
            guard let model = learner.model() else { continue }
            #expect(Set(model.phases).count == model.phases.count)
            for trace in traces {
                let segmentation = PhaseRecognizer(model: model).segmentation(of: trace)
                #expect(segmentation.indexes.count == trace.events.count)
            }
        }
    }
}
