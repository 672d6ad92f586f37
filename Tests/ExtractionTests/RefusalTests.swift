import Extraction
import Foundation
import Syscalls
import Testing

@Suite("Files that are refused")
struct RefusalTests {
    private func refusal(_ path: String) throws -> ExtractionError {
        try #require(throws: ExtractionError.self) { try Extractor.extract(path) }
    }

    private func header(_ changes: [Int: UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        bytes.replaceSubrange(0..<7, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
        bytes[16] = 3
        bytes[18] = 62
        for (offset, byte) in changes { bytes[offset] = byte }
        return bytes
    }

    @Test("each kind of wrong file gets a sentence that says what it is instead")
    func sentences() throws {
        let cases: [(bytes: [UInt8], code: ExtractionError.Code, words: String)] = [
            ([], .unsupported, "empty"),
            (Array("hello".utf8), .unsupported, "no ELF file"),
            ([0x7f, 0x45, 0x4c, 0x46, 2, 1], .corrupt, "ends within its header"),
            (header([4: 1]), .unsupported, "no 64-bit"),
            (header([18: 183]), .unsupported, "ELF machine 183"),
            (header([16: 1]), .unsupported, "type is 1"),
            (header([:]), .unsupported, "no executable segment"),
            (header([32: 64, 54: 56, 56: 9]), .corrupt, "program header table"),
        ]
        for (bytes, code, words) in cases {
            let path = try CompiledProgram.file(bytes)
            let error = try refusal(path)
            #expect(error.code == code, "\(error)")
            #expect(error.description.contains(words), "\(error)")
            #expect(error.description.contains(path))
            #expect(error.offset != nil)
        }
    }

    @Test("a script is refused with the name of its interpreter")
    func script() throws {
        let path = try CompiledProgram.file(Array("#! /bin/sh -e\necho\n".utf8))
        let error = try refusal(path)
        #expect(error.code == .script(interpreter: "/bin/sh"))
        #expect(error.description.contains("/bin/sh"))
    }

    @Test("what is no regular file is refused, a FIFO without waiting for its writer")
    func kinds() throws {
        let fifo = try CompiledProgram.temporaryPath("fifo")
        let made = unsafe mkfifo(fifo, 0o600)
        #expect(made == 0)
        for path in [fifo, "/usr/bin", "/dev/null", "/nonexistent/program"] {
            #expect(try refusal(path).code == .unreadable)
        }
    }

    /// Extraction must end with a set or an error; a trap ends the test process.
    private func survives(_ bytes: [UInt8], _ path: String) throws -> Bool {
        try Data(bytes).write(to: URL(filePath: path))
        do {
            _ = try Extractor.extract(path)
            return true
        } catch {
            #expect(!error.description.isEmpty)
            return false
        }
    }

    private static let sources: [(name: String, options: [String])] = [
        ("wrappers", CompiledProgram.freestanding + ["-no-pie"]),
        ("holes", CompiledProgram.freestanding + ["-static-pie", "-fPIE"]),
    ]

    @Test("a file cut at any length gives an error or a set", arguments: sources.indices)
    func truncation(_ index: Int) throws {
        let source = Self.sources[index]
        let bytes = [UInt8](
            try Data(contentsOf: URL(filePath: CompiledProgram.path(source.name, source.options))))
        let path = try CompiledProgram.temporaryPath("cut")
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 90)) {
            _ = try survives(Array(bytes[..<length]), path)
        }
        #expect(try survives(bytes, path))
    }

    @Test("a file with flipped bits gives an error or a set", arguments: sources.indices)
    func bitFlips(_ index: Int) throws {
        let source = Self.sources[index]
        let bytes = [UInt8](
            try Data(contentsOf: URL(filePath: CompiledProgram.path(source.name, source.options))))
        let path = try CompiledProgram.temporaryPath("flipped")
        var state: UInt64 = 7
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var sets = 0
        for round in 0..<90 {
            var damaged = bytes
            // The headers at the front decide most; half of the rounds damage only those.
            let span = round % 2 == 0 ? min(bytes.count, 1024) : bytes.count
            for _ in 0...draw(6) { damaged[draw(span)] ^= 1 << UInt8(draw(8)) }
            if try survives(damaged, path) { sets += 1 }
        }
        #expect(sets > 0 && sets < 90)
    }

    @Test("a damaged program that loads libraries gives an error or a set")
    func dynamicTables() throws {
        let bytes = [UInt8](
            try Data(contentsOf: URL(filePath: CompiledProgram.path("ordinary", ["-s"]))))
        let path = try CompiledProgram.temporaryPath("dynamic")
        var state: UInt64 = 11
        for _ in 0..<12 {
            var damaged = bytes
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                damaged[Int(state >> 33) % 2048] ^= UInt8(truncatingIfNeeded: state >> 20)
            }
            _ = try survives(damaged, path)
        }
    }
}
