import Foundation
import Platform
import Syscalls
import TestSupport
import Testing
import Traces
import Tracing

@Suite("Call sites")
struct CallSiteTests {
    @Test(
        "every call of every module comes from a syscall instruction in that file",
        arguments: ["pwd", "sort", "xz"])
    func instructions(name: String) throws {
        let trace = try TracedCommand([name]).run()
        // The first call was made by the tracer's side of the launch.
        for event in trace.events.dropFirst() {
            let site = try #require(trace.site(of: event))
            #expect(try Self.bytes(at: site) == [0x0f, 0x05], "\(event.number) at \(site)")
        }
        #expect(trace.events.count > 20)
    }

    @Test(
        "call sites agree with the instruction pointers that strace prints",
        .enabled(if: StraceCount.isAvailable, "strace is not installed"))
    func instructionPointers() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/log"
        _ = try Subprocess.run(
            ["setarch", "-R", "strace", "-i", "-o", file, "pwd"],
            environment: TracedCommand.environment, capturing: false)
        let log = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
        // [00007ffff7fe0e2a] brk(NULL) = 0x555555564000
        let theirs = log.split(separator: "\n").filter { $0.contains("(") }.map { line in
            let pointer = UInt64(line.dropFirst().prefix { $0 != "]" }, radix: 16) ?? 0
            let name = line.drop { $0 != " " }.dropFirst().prefix { $0 != "(" }
            return "\(name) \((pointer &- 2) % 4096)"
        }
        var command = TracedCommand(["pwd"])
        command.hasFixedAddresses = true
        // A file's bytes keep their place within a page wherever it is mapped.
        let ours = try command.run().events.map { "\($0.number.name) \($0.offset % 4096)" }
        #expect(ours.dropFirst() == theirs.dropFirst())
        #expect(ours.count > 30)
    }

    @Test("libraries that are mapped to the same addresses one after another are told apart")
    func reusedAddresses() throws {
        let first = try TestProgram.build("plugin-a", .library)
        let second = try TestProgram.build("plugin-b", .library)
        let trace = try TracedCommand([
            try TestProgram.build("dlopen"), first, second, first, second,
        ]).run()
        let calls = trace.events.filter { ["getppid", "getpgrp"].contains($0.number.name) }
        #expect(calls.map(\.number.name) == ["getppid", "getpgrp", "getppid", "getpgrp"])
        let sites = calls.compactMap { trace.site(of: $0) }
        #expect(sites.map(\.module) == [first, second, first, second])
        for site in sites { #expect(try Self.bytes(at: site) == [0x0f, 0x05]) }
        #expect(sites[0].offset != sites[1].offset)
        let entry = try #require(trace.threads[0].entryEvent)
        let addresses = trace.events.enumerated().filter { index, event in
            index > entry && event.number == .mmap && event.arguments[2] == 5
        }.compactMap(\.element.result)
        #expect(addresses.count == 4)
        #expect(Set(addresses).count == 1, "the kernel did not reuse the addresses")
    }

    @Test("code made at run time is anonymous and has no offset")
    func runTimeCode() throws {
        let trace = try TracedCommand([try TestProgram.build("jit")]).run()
        #expect(trace.end == .exited(status: 0))
        let sites = trace.events(of: "getppid").compactMap { trace.site(of: $0) }
        let anonymous = sites.filter { $0 == CallSite(module: "[anonymous]", offset: 0) }
        #expect(sites.count == 4)
        #expect(anonymous.count == 2)
    }

    @Test("code that was moved keeps its place in its file")
    func movedCode() throws {
        let trace = try TracedCommand([try TestProgram.build("moved-code")]).run()
        #expect(trace.end == .exited(status: 0))
        let site = try #require(trace.events(of: "getppid").first.flatMap { trace.site(of: $0) })
        #expect(site.module.contains("memfd:code"))
        #expect(site.offset == 128 + 5)
    }

    @Test("calls through the 32-bit gate are none of the 64-bit table")
    func gate() throws {
        let trace = try TracedCommand([try TestProgram.build("int80")]).run()
        #expect(trace.events(of: "semget").isEmpty)
        #expect(trace.events(of: "getppid").isEmpty)
        #expect(trace.events(of: "i386:getppid").count == 1)
    }

    @Test("numbers that no kernel has are seen as they are")
    func unknownNumbers() throws {
        let trace = try TracedCommand([try TestProgram.build("unknown-number")]).run()
        let numbers = trace.events.map(\.number.rawValue).filter { $0 > 599 }
        #expect(numbers == [600, .max])
        #expect(!trace.events.contains { $0.number.isCompatibility })
        #expect(trace.end == .exited(status: 0))
    }

    private static func bytes(at site: CallSite) throws -> [UInt8] {
        let file = try FileHandle(forReadingFrom: URL(filePath: site.module))
        defer { try? file.close() }
        try file.seek(toOffset: site.offset)
        return Array(try file.read(upToCount: 2) ?? Data())
    }
}

@Suite("Entry points")
struct EntryPointTests {
    @Test("libraries' constructors run in the load, the program's own and main behind its entry")
    func constructors() throws {
        let library = try TestProgram.build("constructor-library", .library)
        let trace = try TracedCommand([try TestProgram.build("constructor", with: [library])]).run()
        let entry = try #require(trace.threads[0].entryEvent)
        func positions(_ name: String) -> [Int] {
            trace.events.indices.filter { trace.events[$0].number.name == name }
        }
        #expect(positions("getsid").count == 1)
        #expect(positions("getsid").allSatisfy { $0 < entry })
        #expect(positions("getpgrp").count == 1)
        #expect((positions("getpgrp") + positions("getppid")).allSatisfy { $0 >= entry })
        #expect(positions("execve") == [0])
    }

    @Test(
        "the load of a program without a loader is its execve alone",
        arguments: [TestProgram.Linking.fixed, .fixedPositionIndependent])
    func fixed(linking: TestProgram.Linking) throws {
        let trace = try TracedCommand([try TestProgram.build("threads", linking)]).run()
        #expect(trace.threads[0].entryEvent == 1)
        #expect(trace.end == .exited(status: 0))
    }

    @Test("threads and forks begin where their maker is, programs anew")
    func inheritance() throws {
        let trace = try TracedCommand(["sh", "-c", "(cd /); /bin/true"]).run()
        #expect(trace.threads.allSatisfy { $0.entryEvent != nil })
        let image = try #require(
            trace.threads.firstIndex { $0.role == .exec(image: "/usr/bin/true") })
        let entry = try #require(trace.threads[image].entryEvent)
        let isLoaderFirst = trace.events[..<entry].contains { $0.thread == Int32(image) }
        #expect(isLoaderFirst)
    }
}
