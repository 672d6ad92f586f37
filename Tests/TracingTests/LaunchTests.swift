import CLinux
import Foundation
import Glibc
import Platform
import TestCases
import TestSupport
import Testing
import Traces
import Tracing

@Suite("Launching")
struct LaunchTests {
    /// The sentence that running the path fails with.
    private func failure(of path: String) throws -> String {
        do {
            let trace = try TracedCommand([path]).run()
            Issue.record("\(path) was executed: \(trace.end)")
            return ""
        } catch let error as TracingError {
            guard case .launch(_, isExecution: true) = error else { throw error }
            return "\(error)"
        }
    }

    @Test("a file that cannot be executed is refused in a sentence that says why")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing"
        #expect(try failure(of: missing).contains("missing, which does not exist"))
        #expect(try failure(of: folder.path).contains("which is a directory"))
        let plain = try folder.write("#!/bin/sh\n", to: "plain")
        #expect(try failure(of: plain).contains("not executable; see chmod(1)"))
        let script = try folder.write("#! \(missing) -x\n", to: "script", mode: 0o755)
        #expect(
            try failure(of: script).contains(
                "script, which is a script for \(missing), which does not exist"))
        let garbage = try folder.write("\u{1}garbage", to: "garbage", mode: 0o755)
        #expect(try failure(of: garbage).contains("neither an ELF program nor a script"))
    }

    @Test("a filter that denies even the end of a process ends its launch")
    func denyingFilter() throws {
        // Returns EPERM, and kills the process.
        for (answer, name) in [(0x0005_0001, "error"), (0x8000_0000, "kill")] as [(UInt64, String)]
        {
            var launch = Launch.inheriting(
                path: "/bin/true", arguments: [Array("true".utf8)], environment: [])
            launch.isCommand = false
            launch.filter = SyscallFilter(instructions: [6 | answer << 32])
            let start = ContinuousClock.now
            do {
                let process = try SessionThread.run { [launch] _ in try launch.start() }
                Issue.record("process \(process) was executed")
            } catch let error as TracingError {
                #expect("\(error)".contains("not permitted"), "\(name): \(error)")
            }
            #expect(ContinuousClock.now - start < .seconds(5), "\(name)")
        }
    }

    @Test("a terminal has the size that one has with somebody before it")
    func terminal() throws {
        var (primary, secondary): (Int32, Int32) = (-1, -1)
        try #require(unsafe clinux_open_terminal(&primary, &secondary) == 0)
        defer {
            close(primary)
            close(secondary)
        }
        var size = winsize()
        #expect(unsafe ioctl(secondary, UInt(TIOCGWINSZ), &size) == 0)
        #expect(size.ws_row == 24 && size.ws_col == 80)
    }

    @Test("an ELF file's obstacle is found at whichever byte it is cut off")
    func truncation() throws {
        let folder = try TemporaryFolder()
        let program = try Data(contentsOf: URL(filePath: "/bin/true")).prefix(4096)
        for length in stride(from: 0, to: program.count, by: 7) {
            let path = folder.path + "/cut"
            try program.prefix(length).write(to: URL(filePath: path))
            #expect(chmodExecutable(path))
            #expect((ProgramFile.obstacle(at: path) != nil) == (length < 64))
        }
    }

    @Test(
        "headers of programs that cannot be traced are told apart",
        arguments: [
            (4, 1, "32-bit program"), (18, 183, "another processor"), (16, 1, "no program"),
            (16, 4, "no program"),
        ])
    func headers(offset: Int, value: UInt8, reason: String) throws {
        let folder = try TemporaryFolder()
        var program = try Data(contentsOf: URL(filePath: "/bin/true"))
        program[offset] = value
        let path = folder.path + "/changed"
        try program.write(to: URL(filePath: path))
        #expect(chmodExecutable(path))
        #expect(try #require(ProgramFile.obstacle(at: path)).contains(reason))
        #expect(ProgramFile.obstacle(at: "/bin/true") == nil)
    }

    @Test("a missing loader is named")
    func loader() throws {
        let folder = try TemporaryFolder()
        var program = try Data(contentsOf: URL(filePath: "/bin/true"))
        let name = try #require(program.range(of: Data("/lib64/ld-linux".utf8)))
        program.replaceSubrange(name, with: Data("/lib64/no-linux".utf8))
        let path = folder.path + "/changed"
        try program.write(to: URL(filePath: path))
        #expect(chmodExecutable(path))
        #expect(
            try failure(of: path).contains(
                "which needs the loader /lib64/no-linux-x86-64.so.2, which does not exist"))
    }

    @Test("a target inherits the descriptors that are named and no other")
    func descriptors() throws {
        let kept = try FileHandle(forUpdating: URL(filePath: "/dev/null"))
        var launch = Launch(
            path: "/bin/ls", arguments: [Array("ls".utf8), Array("/proc/self/fd".utf8)],
            environment: [], descriptors: [.init(number: 5, source: kept.fileDescriptor)])
        launch.startsSession = true
        var standard = launch
        standard.descriptors = (0...2).map { .init(number: $0, source: kept.fileDescriptor) }
        let traces = try SessionThread.traces(of: [launch, standard])
        let (trace, second) = (traces[0], traces[1])
        #expect(!trace.events(of: "write").isEmpty)
        #expect(trace.events(of: "write").allSatisfy { $0.error == 9 })
        // The first descriptor that a program opens is the lowest that is free.
        #expect(trace.events(of: "openat").first?.result == 0)
        #expect(second.end == .exited(status: 0))
        #expect(second.events(of: "openat").first?.result == 3)
    }

    @Test("limits, arguments with NUL and an empty argument vector are passed as they are")
    func vectors() throws {
        var launch = Launch(
            path: "/bin/echo", arguments: [[97, 0, 98], []], environment: [],
            descriptors: [])
        // RLIMIT_NOFILE
        launch.limits = [(resource: 7, value: 0)]
        let limited = try SessionThread.trace(of: launch)
        #expect(limited.events(of: "openat").allSatisfy { $0.error == 24 })
        launch.limits = []
        launch.arguments = []
        #expect(try SessionThread.trace(of: launch).threads.count == 1)
    }

    private func chmodExecutable(_ path: String) -> Bool {
        (try? FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: path)) != nil
    }

    @Test(
        "a target on the tracer's processor is told of the whole machine, and has it once it chooses"
    )
    func processors() throws {
        var numbers = [UInt32](repeating: 0, count: 1024)
        let usable = unsafe clinux_usable_processors(&numbers, Int32(numbers.count))
        let program = try TestProgram.build("asks-processors")
        let command = try Command([program])
        _ = try SessionThread.run { session in
            try #require(clinux_bind_to_processor(0) == 0)
            return try session.run(command.launch, options: TraceOptions())
        }
        #expect(try command.takeOutput() == "\(usable) 1 \(usable) \(usable)\n")
    }
}
