import Foundation
import Syscalls
import Testing

@testable import Extraction

@Suite("Programs of every make")
struct FileKindsTests {
    private static let makes: [[String]] = [
        [], ["-no-pie"], ["-static"], ["-static-pie"], ["-static", "-s"],
    ]

    /// The calls with the offsets of their instructions; names of functions may be lost.
    private func sites(_ path: String) throws -> [SyscallNumber: [UInt64]] {
        let set = try Extractor.extract(path)
        return Dictionary(
            uniqueKeysWithValues: set.entries.map { ($0.number, $0.sites.map(\.offset)) })
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    @Test("a program without section headers has the same set", arguments: makes)
    func withoutSections(_ options: [String]) throws {
        let path = try CompiledProgram.path("ordinary", options)
        var bytes = try bytes(path)
        // The offset of the table; the size of its rows, their number, and which has the names.
        for offset in Array(40..<48) + Array(58..<64) { bytes[offset] = 0 }
        let bare = try CompiledProgram.file(bytes)
        #expect(try ElfFile.read(bare).contents.sectionStarts.isEmpty)
        #expect(try sites(bare) == sites(path))
    }

    @Test("a stripped program has the same set", arguments: [["-static-pie"], ["-no-pie"], []])
    func stripped(_ options: [String]) throws {
        let full = try sites(CompiledProgram.path("ordinary", options))
        #expect(try sites(CompiledProgram.path("ordinary", options + ["-s"])) == full)
    }

    @Test("a program that changes its user when started is read like others")
    func setUser() throws {
        let program = try CompiledProgram.path("ordinary", [])
        let path = try CompiledProgram.file(bytes(program))
        try FileManager.default.setAttributes([.posixPermissions: 0o4755], ofItemAtPath: path)
        #expect(try sites(path) == sites(program))
    }

    @Test("functions of Go take the number in rax, and a call of one keeps no register")
    func goConvention() throws {
        let path = try CompiledProgram.path(
            "go-convention", CompiledProgram.freestanding + ["-no-pie"])
        #expect(try ElfFile.read(path).contents.isGo)
        let set = try Extractor.extract(path)
        #expect(set.syscalls.sortedNames == ["execve", "exit_group", "getpid"])
        // The second result of a call, which must not be taken for what was there before.
        #expect(set.unresolved.map(\.kind) == ["number"])
    }

    @Test("programs of other compilers are not taken for Go's")
    func notGo() throws {
        #expect(try !ElfFile.read(CompiledProgram.path("ordinary", [])).contents.isGo)
        #expect(try !ElfFile.read("/usr/lib/x86_64-linux-gnu/libc.so.6").contents.isGo)
    }

    @Test("another machine's program is refused with the machine's name")
    func machines() throws {
        for (machine, name) in [(183, "aarch64"), (243, "riscv"), (40, "arm"), (3, "i386")] {
            var bytes = FlatProgram.bytes([0xf4])
            bytes[18] = UInt8(machine)
            let path = try CompiledProgram.file(bytes)
            let error = try #require(throws: ExtractionError.self) {
                try Extractor.extract(path)
            }
            #expect(error.code == .unsupported)
            #expect(error.description.contains(name), "\(error)")
        }
    }
}
