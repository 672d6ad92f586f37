import Foundation
import Syscalls
import TestSupport
import Testing

@testable import Extraction

/// Extraction must end with a set or an error; a trap ends the test process.
@Suite("Files that are damaged")
struct DamagedFileTests {
    private static let sources: [(name: String, options: [String])] = [
        ("ordinary", []), ("ordinary", ["-no-pie", "-Wl,--hash-style=sysv"]),
        ("plugin-a", ["-shared", "-fPIC"]),
        ("wrappers", CompiledProgram.freestanding + ["-static-pie", "-fPIE"]),
        ("holes", CompiledProgram.freestanding + ["-no-pie"]),
    ]

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    /// Whether there is a set; libraries are found nowhere in the folder that stands for `/`.
    private func isExtracted(_ bytes: [UInt8], _ root: borrowing TemporaryFolder) throws -> Bool {
        try Data(bytes).write(to: URL(filePath: root.path + "/program"))
        let start = ContinuousClock.now
        defer { #expect(ContinuousClock.now - start < .seconds(20)) }
        do {
            _ = try Extractor.extract(
                "/program", options: ExtractionOptions(sysroot: root.path))
            return true
        } catch {
            #expect(error.description.contains(root.path))
            return false
        }
    }

    @Test("a damaged program gives a set or a sentence", arguments: sources.indices)
    func programs(_ index: Int) throws {
        let (name, options) = Self.sources[index]
        let whole = try bytes(CompiledProgram.path(name, options))
        let corruptor = FileCorruptor(whole)
        let root = try TemporaryFolder()
        #expect(try isExtracted(whole, root))
        var sets = 0
        for seed in 0..<50 {
            let damaged = corruptor.corrupted(seed: UInt64(seed))
            if try isExtracted(damaged, root) { sets += 1 }
        }
        // Damage that is refused at once would test little, and so would harmless damage.
        #expect((5..<50).contains(sets), "\(sets)")
    }

    @Test("a damaged C library gives a set or a sentence")
    func library() throws {
        let corruptor = FileCorruptor(try bytes("/usr/lib/x86_64-linux-gnu/libc.so.6"))
        let root = try TemporaryFolder()
        for seed in 0..<2 { _ = try isExtracted(corruptor.corrupted(seed: UInt64(seed)), root) }
    }

    @Test("a sound program with a damaged library gives a set or a sentence")
    func dependency() throws {
        let library = try CompiledProgram.path(
            "plugin-a", ["-shared", "-fPIC", "-Wl,-soname,libdamaged.so"])
        let program = try CompiledProgram.path("ordinary", ["-Wl,--no-as-needed", library])
        let root = try TemporaryFolder()
        for folder in ["/lib64", "/usr"] {
            try FileManager.default.createDirectory(
                atPath: root.path + folder, withIntermediateDirectories: true)
        }
        let corruptor = FileCorruptor(try bytes(library))
        for seed in 0..<25 {
            try Data(corruptor.corrupted(seed: UInt64(seed)))
                .write(to: URL(filePath: root.path + "/lib64/libdamaged.so"))
            _ = try isExtracted(try bytes(program), root)
        }
    }

    @Test("the same seed gives the same damage")
    func determinism() throws {
        let corruptor = FileCorruptor(try bytes("/bin/true"))
        #expect(corruptor.corrupted(seed: 3) == corruptor.corrupted(seed: 3))
        #expect(corruptor.corrupted(seed: 3) != corruptor.corrupted(seed: 4))
        #expect(FileCorruptor([]).corrupted(seed: 1) == [])
        _ = FileCorruptor([1, 2, 3]).corrupted(seed: 1)
    }

    @Test("a small program cut at any byte gives a set or a sentence")
    func truncation() throws {
        let path = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie", "-s", "-Wl,-z,noseparate-code"])
        let whole = try bytes(path)
        let root = try TemporaryFolder()
        // Every length that ends within a header, and some within the rest.
        for length in 0..<whole.count where length < 256 || length % 32 == 0 {
            _ = try isExtracted(Array(whole[..<length]), root)
        }
    }

    @Test("libraries that need each other are read once")
    func cycle() throws {
        let folder = try TemporaryFolder()
        func link(_ name: String, _ libraries: [String]) throws {
            let source = try folder.write("int \(name)(void) { return 1; }", to: name + ".c")
            let result = try CompiledProgram.run(
                "/usr/bin/env",
                [
                    "clang", "-fuse-ld=bfd", "-shared", "-fPIC", "-nostdlib", source,
                    "-Wl,-soname,lib\(name).so", "-Wl,-rpath,$ORIGIN", "-Wl,--no-as-needed", "-o",
                    "\(folder.path)/lib\(name).so",
                ] + libraries)
            try #require(result.status == 0, "\(result.output)")
        }
        try link("first", [])
        try link("second", [folder.path + "/libfirst.so"])
        try link("first", [folder.path + "/libsecond.so"])
        let set = try Extractor.extract(folder.path + "/libfirst.so")
        #expect(set.modules.count == 2)
    }

    @Test("files that no one may map or that are for others are refused, each in one sentence")
    func refusals() throws {
        for path in ["/proc/kcore", "/proc/self/mem", "/dev/zero", "/proc/self/exe/x"] {
            let error = try #require(throws: ExtractionError.self) {
                try Extractor.extract(path)
            }
            #expect(!error.description.contains("\n"))
        }
    }

    @Test("counts that no file can hold cost nothing")
    func counts() throws {
        // The number of symbols in a hash table of the older kind.
        let path = try CompiledProgram.path("ordinary", ["-Wl,--hash-style=sysv"])
        let whole = try bytes(path)
        let file = try ElfFile.read(path)
        let hash = try #require(file.contents.dynamic[4].flatMap { file.fileOffset(of: $0) })
        let root = try TemporaryFolder()
        for count: UInt32 in [0, 0x7fff_ffff, .max] {
            var damaged = whole
            for byte in 0..<4 {
                damaged[Int(hash) + 4 + byte] = UInt8(truncatingIfNeeded: count >> (byte * 8))
            }
            #expect(try isExtracted(damaged, root))
        }
    }

    @Test("a file that is all code, all calls or all names stays within bounds")
    func bombs() throws {
        let root = try TemporaryFolder()
        // Calls of the next instruction: every one begins a function.
        for pattern: [UInt8] in [[0xe8, 0, 0, 0, 0], [0xe8, 1, 0, 0, 0, 0x90], [0xff], [0x90]] {
            let body = (0..<(1 << 18) / pattern.count).flatMap { _ in pattern }
            _ = try isExtracted(FlatProgram.bytes(body), root)
        }
    }

    @Test("functions that are found one after the other take no time of their own each")
    func chain() throws {
        // Each calls the one seven places on, modulo a prime, so that none is known beforehand.
        let count = 8191
        var body = [UInt8](repeating: 0xcc, count: count * 16)
        for index in 0..<count {
            let distance = Int32(((index + 7) % count - index) * 16 - 5)
            body[index * 16] = 0xe8
            body.replaceSubrange(
                index * 16 + 1..<index * 16 + 5, with: FlatProgram.little(distance))
            body[index * 16 + 5] = 0xc3
        }
        let file = try CompiledProgram.file(FlatProgram.bytes(body))
        let start = ContinuousClock.now
        let summary = try Summary(of: ElfFile.read(file))
        #expect(summary.functions.count >= count)
        // A pass over all functions for each would take minutes.
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
