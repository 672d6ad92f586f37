import Foundation
import Glibc
import Platform
import Syscalls
import TestCases
import TestSupport
import Testing
import Traces
import Tracing

@Suite("Fork server")
struct ForkServerTests {
    private static var options: TraceOptions {
        var options = TraceOptions()
        options.wallTime = .seconds(30)
        return options
    }

    private static func start(
        _ launch: Launch, in session: inout TraceSession
    ) throws(ForkServerObstacle) -> ForkServer {
        try ForkServer.start(
            launch, in: &session, options: options, inputFolders: ["/tmp"])
    }

    private static func obstacle(to command: Command) throws -> ForkServerObstacle? {
        try SessionThread.run { session -> ForkServerObstacle? in
            do throws(ForkServerObstacle) {
                session.end(try Self.start(command.launch, in: &session))
                return nil
            } catch {
                return error
            }
        }
    }

    @Test(
        "a copy finds what a fresh start finds, whatever the template was started with",
        arguments: [
            TestProgram.Linking.dynamic, .fixed, .fixedPositionIndependent,
        ])
    func equalStart(linking: TestProgram.Linking) throws {
        let program = try TestProgram.build("shows-start", linking)
        let first = try Command([program])
        let second = try Command(
            [program, "", "two words", String(repeating: "x", count: 30_000)],
            environment: ["LC_ALL=C", "EMPTY=", "HOME=/nowhere", "LONG=\(first.folder.path)"])
        try second.add("/etc/hosts", O_RDONLY, as: 7)
        second.launch.limits = [(resource: 1, value: 1 << 20), (resource: 4, value: 0)]
        let directory = unsafe open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        second.launch.workingDirectory = directory

        let (copies, fresh) = try SessionThread.run { session in
            let server = try Self.start(first.launch, in: &session)
            var copies: [(trace: Trace, output: String)] = []
            var fresh: [(trace: Trace, output: String)] = []
            for _ in 0..<2 {
                for command in [first, second] {
                    let copy = try #require(
                        try session.run(
                            copyOf: server, as: command.launch, options: Self.options))
                    copies.append((copy, try command.takeOutput()))
                    let trace = try session.run(command.launch, options: Self.options)
                    fresh.append((trace, try command.takeOutput()))
                }
            }
            session.end(server)
            return (copies, fresh)
        }
        for (copy, fresh) in zip(copies, fresh) {
            #expect(copy.output == fresh.output)
            #expect(!copy.output.isEmpty)
            #expect(copy.trace.difference(from: fresh.trace) == nil)
            #expect(copy.trace.end == fresh.trace.end)
            #expect(Set(copy.trace.modules) == Set(fresh.trace.modules))
        }
        #expect(copies[0].trace.end == .exited(status: 1))
        #expect(copies[1].trace.end == .exited(status: 4))
    }

    @Test("a copy of a script gets the command line that the kernel makes for its interpreter")
    func script() throws {
        let program = try TestProgram.build("shows-start", .dynamic)
        let folder = try TemporaryFolder()
        let script = try folder.write("#!\(program) two words\n", to: "script")
        try #require(unsafe chmod(script, 0o755) == 0)
        let command = try Command([script, "first", ""])
        let (given, copy, fresh) = try SessionThread.run { session in
            let template = try Command([script])
            let server = try Self.start(template.launch, in: &session)
            var copied = command.launch
            copied.arguments = server.arguments + command.launch.arguments.dropFirst()
            let trace = try session.run(copyOf: server, as: copied, options: Self.options)
            #expect(trace != nil)
            let copy = try command.takeOutput()
            _ = try session.run(command.launch, options: Self.options)
            session.end(server)
            return (copied.arguments, copy, try command.takeOutput())
        }
        let expected = [program, "two words", script, "first", ""]
        #expect(given == expected.map { Array($0.utf8) })
        #expect(copy == fresh)
        #expect(copy.contains("two words"))
    }

    @Test("stripped programs and those of other linkers have a main that is found")
    func programs() throws {
        for program in ["pwd", "ls", "diff", "sqlite3", "bash", "gzip"] {
            guard let path = try? Executable.find(program) else { continue }
            let command = try Command([path])
            let trace = try SessionThread.run { session in
                let server = try Self.start(command.launch, in: &session)
                let copy = try session.run(
                    copyOf: server, as: command.launch, options: Self.options)
                _ = try command.takeOutput()
                let fresh = try session.run(command.launch, options: Self.options)
                session.end(server)
                return copy.map { ($0, fresh) }
            }
            let (copy, fresh) = try #require(trace)
            #expect(copy.difference(from: fresh) == nil, "\(program)")
        }
    }

    @Test(
        "a program that does before main what a copy would not have is refused by name",
        arguments: zip(
            [
                "thread", "process", "socket", "file", "closed", "timer", "identity", "input",
                "tree", "memory", "session", "exit", "crash",
            ],
            [
                ForkServerObstacle.makesTasks, .makesTasks, .opensDescriptors, .opensDescriptors,
                .opensDescriptors, .hasTimers, .knowsItsProcess, .readsInput, .readsInput,
                .sharesMemory, .changesItself, .endsBeforeMain, .endsBeforeMain,
            ]))
    func obstacles(what: String, expected: ForkServerObstacle) throws {
        let command = try Command([try TestProgram.build("before-main"), what])
        let found = try Self.obstacle(to: command)
        #expect(found == expected)
    }

    @Test("a program without a main function is refused")
    func noMain() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "void _start(void) { __asm__(\"mov $60,%eax; xor %edi,%edi; syscall\"); }",
            to: "bare.c")
        let program = folder.path + "/bare"
        let clang = try Subprocess.run(["clang", "-nostdlib", "-static", source, "-o", program])
        try #require(clang.status == 0)
        let command = try Command([program])
        let found = try Self.obstacle(to: command)
        #expect(found == .noMain)
    }

    @Test("faults and signals come to a copy as to a fresh start")
    func provocations() throws {
        let command = try Command(
            [try TestProgram.build("copies")], input: String(repeating: "y", count: 64))
        var options = Self.options
        options.faults = [.init(syscall: 1, occurrence: 2, effect: .shortCount(5))]
        options.signals = [.init(signal: 10, atSyscall: 4)]
        let asked = options
        let (copy, fresh) = try SessionThread.run { session in
            let server = try Self.start(command.launch, in: &session)
            let copy = try session.run(copyOf: server, as: command.launch, options: asked)
            _ = try command.takeOutput()
            let fresh = try session.run(command.launch, options: asked)
            session.end(server)
            return (try #require(copy), fresh)
        }
        #expect(copy.end == .exited(status: 129))
        #expect(copy.end == fresh.end)
        #expect(copy.difference(from: fresh) == nil)
    }

    @Test(
        "a target cannot change the template",
        arguments: zip(
            ["kill", "limit", "write", "open", "trace"], [ESRCH, ESRCH, ESRCH, EACCES, ESRCH]))
    func protectedTemplate(what: String, expected: Int32) throws {
        let folder = try TemporaryFolder()
        let program = folder.path + "/program"
        try FileManager.default.copyItem(
            atPath: try TestProgram.build("fights-template"), toPath: program)
        for path in [folder.path, program] { _ = unsafe chmod(path, 0o755) }
        let command = try Command([program])
        // Root may do to any process what the target's user may not.
        if geteuid() == 0 {
            command.launch.identity = Launch.Identity(user: 1000, group: 1000)
            command.launch.dropsCapabilities = true
        }
        let (ends, isAlive) = try SessionThread.run { session in
            let server = try Self.start(command.launch, in: &session)
            var launch = command.launch
            launch.arguments += [Array(what.utf8), Array("\(server.process)".utf8)]
            var ends: [Trace.End] = []
            for _ in 0..<2 {
                let trace = try session.run(copyOf: server, as: launch, options: Self.options)
                ends.append(try #require(trace).end)
            }
            let isAlive = session.isAlive(server)
            session.end(server)
            return (ends, isAlive)
        }
        #expect(ends == [.exited(status: expected), .exited(status: expected)])
        #expect(isAlive)
    }

    @Test(
        "whatever a copy does, the next one finds what the first one found",
        arguments: [
            "abort", "undumpable", "strict", "close", "kill", "trace", "stop", "unmap",
            "terminate-all", "limits", "overwrite", "nonblocking",
        ])
    func misbehaviour(how: String) throws {
        let program = try TestProgram.build("shows-start")
        let good = try Command([program])
        let bad = try Command([program, how])
        let (before, after, same) = try SessionThread.run { session in
            let server = try Self.start(good.launch, in: &session)
            let process = server.process
            var options = Self.options
            options.blockedTime = .milliseconds(200)
            func run(
                _ command: Command, by server: borrowing ForkServer,
                in session: inout TraceSession
            ) throws -> (calls: Trace?, output: String) {
                // Flags of an open file are its own matter: each execution is given new ones.
                try command.add("/dev/null", O_RDONLY, as: 0)
                try command.add(command.folder.path + "/output", O_RDWR | O_CREAT, as: 1)
                let trace = try session.run(
                    copyOf: server, as: command.launch, options: options)
                return (trace, try command.takeOutput())
            }
            let before = try run(good, by: server, in: &session)
            #expect(try run(bad, by: server, in: &session).calls != nil)
            let after = try run(good, by: server, in: &session)
            let isSame = session.isAlive(server) && server.process == process
            session.end(server)
            return (before, after, isSame)
        }
        #expect(same)
        #expect(before.output == after.output)
        #expect(!after.output.isEmpty)
        let (first, second) = (try #require(before.calls), try #require(after.calls))
        #expect(second.difference(from: first) == nil)
        #expect(second.end == .exited(status: 1))
    }

    @Test("a template that is killed at any moment costs its execution and nothing else")
    func killedAtAnyMoment() throws {
        let command = try Command([try TestProgram.build("shows-start")])
        let (completed, starts) = try SessionThread.run { session in
            var (completed, starts) = (0, 0)
            for delay in 0..<30 {
                let server = try Self.start(command.launch, in: &session)
                starts += 1
                let process = server.process
                let killer = Thread {
                    usleep(useconds_t(delay * 300))
                    kill(process, SIGKILL)
                }
                killer.start()
                while let trace = try session.run(
                    copyOf: server, as: command.launch, options: Self.options)
                {
                    #expect(trace.end == .exited(status: 1))
                    completed += 1
                    guard completed < 100_000 else { break }
                }
                session.end(server)
            }
            return (completed, starts)
        }
        #expect(starts == 30)
        #expect(completed > 0)
    }

    @Test("a template that cannot be cloned is given up, as is what was sent to it")
    func failedClone() throws {
        let folder = try TemporaryFolder()
        let program = folder.path + "/program"
        try FileManager.default.copyItem(
            atPath: try TestProgram.build("shows-start"), toPath: program)
        for path in [folder.path, program] { _ = unsafe chmod(path, 0o755) }
        let command = try Command([program])
        // The kernel lets root have any number of processes.
        if geteuid() == 0 {
            command.launch.identity = Launch.Identity(user: 54_321, group: 54_321)
            command.launch.dropsCapabilities = true
        }
        let (copy, isAlive, again) = try SessionThread.run { session in
            var limited = command.launch
            limited.limits = [(resource: 6, value: 0)]  // RLIMIT_NPROC
            let server = try Self.start(limited, in: &session)
            let copy = try session.run(
                copyOf: server, as: command.launch, options: Self.options)
            let isAlive = session.isAlive(server)
            session.end(server)
            let second = try Self.start(command.launch, in: &session)
            let again = try session.run(
                copyOf: second, as: command.launch, options: Self.options)
            session.end(second)
            return (copy, isAlive, again)
        }
        #expect(copy == nil)
        #expect(!isAlive)
        #expect(again?.end == .exited(status: 1))
    }

    @Test("a template that was killed is noticed, and another one can be started")
    func killedTemplate() throws {
        let command = try Command([try TestProgram.build("shows-start")])
        let (copy, again) = try SessionThread.run { session in
            let server = try Self.start(command.launch, in: &session)
            kill(server.process, SIGKILL)
            let copy = try session.run(
                copyOf: server, as: command.launch, options: Self.options)
            let isAlive = session.isAlive(server)
            session.end(server)
            #expect(!isAlive)
            let second = try Self.start(command.launch, in: &session)
            let again = try session.run(
                copyOf: second, as: command.launch, options: Self.options)
            session.end(second)
            return (copy, again)
        }
        #expect(copy == nil)
        #expect(again?.end == .exited(status: 1))
    }

    @Test("an armed copy that does what is known runs to its end, and is stopped at anything else")
    func armed() throws {
        let command = try Command(
            [try TestProgram.build("copies")], input: String(repeating: "z", count: 64))
        let other = try Command([try TestProgram.build("copies")], input: "")
        try other.add("/dev/full", O_WRONLY, as: 1)
        let known = ["read", "write", "rt_sigaction", "exit_group"].compactMap {
            SyscallNumber(name: $0)
        }
        let permissions = known.map { number in
            // Signal 10 alone.
            SyscallFilter.Permission(
                number: number, values: number.scalarArguments.isEmpty ? nil : [[10]])
        }
        func run(
            _ permissions: [SyscallFilter.Permission]
        ) throws -> (end: Trace.End, isNovel: Bool, output: String) {
            try SessionThread.run { session in
                let server = try Self.start(command.launch, in: &session)
                try server.arm(SyscallFilter(allowing: permissions))
                var options = Self.options
                options.watch = .novelty
                let trace = try session.run(
                    copyOf: server, as: command.launch, options: options)
                let isNovel = session.isNovel
                let isAlive = session.isAlive(server)
                session.end(server)
                #expect(isAlive)
                return (try #require(trace).end, isNovel, try command.takeOutput())
            }
        }
        let all = try run(permissions)
        #expect(all.end == .exited(status: 128))
        #expect(!all.isNovel)
        #expect(all.output == String(repeating: "z", count: 64))
        for number in known {
            let some = try run(permissions.filter { $0.number != number })
            #expect(some.isNovel, "\(number)")
            #expect(some.end == .stopped(.novelty))
        }
        // SIGUSR1 is not SIGUSR2.
        let otherSignal = permissions.map {
            $0.values == nil ? $0 : SyscallFilter.Permission(number: $0.number, values: [[12]])
        }
        #expect(try run(otherSignal).isNovel)
    }

    @Test("a filter that lets nothing through shows every call, without results")
    func entries() throws {
        let command = try Command(
            [try TestProgram.build("copies")], input: String(repeating: "z", count: 64))
        var options = Self.options
        options.watch = .entries
        var filtered = command.launch
        filtered.filter = SyscallFilter(allowing: [])
        let asked = (options, filtered)
        let (entries, full) = try SessionThread.run { session in
            let entries = try session.run(asked.1, options: asked.0)
            _ = try command.takeOutput()
            return (entries, try session.run(command.launch, options: Self.options))
        }
        #expect(entries.difference(from: full) == nil)
        #expect(entries.end == full.end)
        #expect(entries.events.dropFirst().allSatisfy { $0.result == nil })
        let sites = entries.events.dropFirst().map { entries.site(of: $0) }
        #expect(sites == full.events.dropFirst().map { full.site(of: $0) })
    }
}
