import Syscalls
import TestSupport
import Testing
import Traces

@Suite("Roles")
struct RoleTests {
    @Test("forked processes are workers, and know who made them")
    func workers() throws {
        let trace = try TracedCommand([try TestProgram.build("fork-tree"), "2"]).run()
        #expect(trace.threads.map(\.role) == [.root] + Array(repeating: .worker, count: 6))
        #expect(trace.threads.indices.map { trace.creator(of: $0) } == [nil, 0, 1, 1, 0, 4, 4])
        #expect(trace.events(of: "getpgrp").count == 4)
        #expect(trace.end == .exited(status: 0))
        #expect(trace.threads.allSatisfy { $0.exit == .exited(status: 0) })
    }

    @Test("further threads have a role of their own, in the process of the first")
    func threads() throws {
        let trace = try TracedCommand([try TestProgram.build("parallel-threads"), "4", "100"]).run()
        #expect(trace.threads.map(\.role) == [.root] + Array(repeating: .thread, count: 4))
        #expect(Set(trace.threads.map(\.processID)).count == 1)
        let calls = trace.events(of: "getppid")
        #expect(calls.count == 400)
        #expect(calls.allSatisfy { trace.role(of: $0) == .thread && $0.result != nil })
    }

    @Test("a program that a child executes is named by its image, and its parent goes on as root")
    func execution() throws {
        let program = try TestProgram.build("vfork-exec")
        let trace = try TracedCommand([program, "/bin/true"]).run()
        let names = trace.threads.map(\.role.name)
        #expect(names == ["root", "worker", "exec:/usr/bin/true"])
        #expect(trace.threads[1].exit == nil)
        #expect(trace.creator(of: 2) == 0)
        #expect(trace.events(of: "execve").map { trace.role(of: $0) } == [.root, .worker])
    }

    @Test("a thread that executes takes the process's place, and the other threads are gone")
    func executionByThread() throws {
        let program = try TestProgram.build("thread-exec")
        let trace = try TracedCommand([program, "/bin/echo"]).run()
        #expect(trace.threads.map(\.role.name) == ["root", "thread", "exec:/usr/bin/echo"])
        #expect(trace.threads[2].threadID == trace.threads[0].processID)
        #expect(trace.creator(of: 2) == nil)
        #expect(trace.events(of: "execve").last?.result == 0)
        #expect(trace.end == .exited(status: 0))
    }

    @Test("a program that executes itself stays the root")
    func selfExecution() throws {
        let trace = try TracedCommand([try TestProgram.build("self-exec"), "2"]).run()
        #expect(trace.threads.map(\.role) == [.root, .root, .root])
        #expect(trace.threads.allSatisfy { $0.entryEvent != nil })
    }

    @Test("a daemon is followed after its parents have gone")
    func daemon() throws {
        let trace = try TracedCommand([try TestProgram.build("daemon"), "50"]).run()
        #expect(trace.end == .exited(status: 0))
        #expect(trace.events(of: "umask").map { trace.role(of: $0) } == [.worker])
        #expect(trace.events(of: "umask").allSatisfy { trace.creator(of: Int($0.thread)) == 1 })
    }

    @Test("a process that is killed while it forks leaves no task that is not followed")
    func orphans() throws {
        let trace = try TracedCommand([try TestProgram.build("killed-in-fork"), "40"]).run()
        #expect(trace.end == .exited(status: 0))
        #expect(trace.threads.allSatisfy { $0.exit != nil })
        #expect(trace.survivors.isEmpty)
    }

    @Test("a signal that kills the root is the trace's end")
    func killed() throws {
        let program = try TestProgram.build("killed")
        #expect(try TracedCommand([program, "15"]).run().end == .killed(signal: 15))
        #expect(try TracedCommand([program, "9"]).run().end == .killed(signal: 9))
    }

    @Test("a stopped process rests until it is continued, as it would untraced")
    func groupStop() throws {
        let trace = try TracedCommand([try TestProgram.build("group-stop")]).run()
        #expect(trace.end == .exited(status: 0))
        #expect(trace.events(of: "kill").count == 1)
    }

    @Test("a program notices its tracer only where the kernel tells it")
    func visibleTracer() throws {
        let trace = try TracedCommand([try TestProgram.build("traces-itself")]).run()
        #expect(trace.end == .exited(status: 0))
        #expect(trace.events(of: "ptrace").map(\.error) == [1, 1])
    }

    @Test("a call refused by the program's own filter is seen with its result")
    func filtered() throws {
        let trace = try TracedCommand([try TestProgram.build("filters-itself")]).run()
        #expect(trace.end == .exited(status: 0))
        #expect(trace.events(of: "getppid").map(\.error) == [18])
    }
}
