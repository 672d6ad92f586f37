import Campaigns
import Foundation
import Testing

@Suite("Target files")
struct TargetFileTests {
    let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    /// The head of an ELF file of that class, type and machine, see elf(5), without segments.
    static func header(class: UInt8 = 2, type: UInt8 = 3, machine: UInt8 = 62) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        bytes.replaceSubrange(0..<7, with: [0x7f, 0x45, 0x4c, 0x46, `class`, 1, 1])
        bytes[16] = type
        bytes[18] = machine
        return bytes
    }

    func refusal(_ path: String) -> String {
        let error = #expect(throws: TargetError.self) { try TargetFile.inspect(path) }
        let description = error?.description ?? ""
        #expect(description.hasPrefix("cannot trace \(path), which "), "\(description)")
        return description
    }

    @Test("a program is its own image, with links resolved")
    func program() throws {
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: "/usr/bin/diff")
        let target = try TargetFile.inspect(link)
        #expect(target.path == link)
        #expect(target.image == "/usr/bin/diff")
        #expect(!target.isScript)
    }

    @Test("what is missing, a directory or a device is refused")
    func noFile() throws {
        #expect(refusal(folder.path + "/missing").hasSuffix("does not exist"))
        #expect(refusal(folder.path).hasSuffix("is a directory"))
        #expect(refusal("/dev/null").hasSuffix("is no regular file"))
    }

    @Test("a file that is not executable is refused, for the superuser as well")
    func notExecutable() throws {
        let path = try folder.file("program", Self.header())
        #expect(refusal(path).contains("is not executable"))
    }

    @Test(
        "programs that x86-64 tracing cannot follow are refused by what they are",
        arguments: [
            (header(class: 1, machine: 3), "32-bit program; only x86-64"),
            (header(machine: 183), "another processor; only x86-64"),
            (header(type: 1), "an ELF file but no program"),
            (Array(header().prefix(40)), "cut off within its ELF header"),
            (Array("echo hello\n".utf8), "neither an ELF program nor a script"),
            ([], "neither an ELF program nor a script"),
            (Array("#!\nexit\n".utf8), "no interpreter"),
            (Array("#!/bin/sh\r\nexit\r\n".utf8), "carriage return"),
            (Array("#!/usr/bin/env python3\r\nexit()\r\n".utf8), "carriage return"),
        ] as [([UInt8], String)])
    func refused(bytes: [UInt8], reason: String) throws {
        let path = try folder.file("program", bytes, mode: 0o755)
        let error = #expect(throws: TargetError.self) { try TargetFile.inspect(path) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("a script's image is its interpreter's, which may have an argument and spaces before it")
    func script() throws {
        let path = try folder.file("script", "#! \t/bin/sh -e\necho\n".utf8, mode: 0o755)
        let target = try TargetFile.inspect(path)
        #expect(target.isScript)
        #expect(target.image == URL(fileURLWithPath: "/bin/sh").resolvingSymlinksInPath().path)
    }

    @Test("a script whose interpreter is missing is refused by the interpreter's name")
    func missingInterpreter() throws {
        let path = try folder.file("script", "#!/no/such/shell\n".utf8, mode: 0o755)
        #expect(refusal(path).hasSuffix("is a script for /no/such/shell, which does not exist"))
    }

    @Test("scripts that interpret scripts are followed exactly as far as the kernel follows them")
    func chain() throws {
        var interpreter = "/bin/true"
        for depth in 1...7 {
            let path = try folder.file("script\(depth)", "#!\(interpreter)\n".utf8, mode: 0o755)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: path)
            let isExecuted: Bool
            do {
                try process.run()
                process.waitUntilExit()
                isExecuted = process.terminationStatus == 0
            } catch {
                isExecuted = false
            }
            let target = try? TargetFile.inspect(path)
            #expect((target != nil) == isExecuted, "\(depth) scripts")
            if let target {
                #expect(
                    target.image == URL(fileURLWithPath: "/bin/true").resolvingSymlinksInPath().path
                )
            }
            interpreter = path
        }
        #expect(refusal(interpreter).contains("whose interpreters call each other"))
    }
}
