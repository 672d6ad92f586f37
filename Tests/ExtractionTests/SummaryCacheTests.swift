import Foundation
import Platform
import Syscalls
import TestCases
import Testing

@testable import Extraction

@Suite("Cache of summaries")
struct SummaryCacheTests {
    private func folder() throws -> String { try CompiledProgram.temporaryPath("cache") }

    private func entries(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".summary") }.sorted()
    }

    /// Extracts from summaries, even where the whole set is known.
    private func extract(_ path: String, _ folder: String?) throws -> StaticSet {
        if let folder {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where name.hasSuffix(".set") {
                try? FileManager.default.removeItem(atPath: folder + "/" + name)
            }
        }
        return try Extractor.extract(path, options: ExtractionOptions(cacheFolder: folder))
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    @Test("a cache changes no result", arguments: ["/bin/pwd", "/bin/ls"])
    func equality(_ program: String) throws {
        let folder = try folder()
        let without = try extract(program, nil)
        let cold = try extract(program, folder)
        let files = try entries(folder)
        #expect(files.count >= 3)
        let warm = try extract(program, folder)
        #expect(cold == without)
        #expect(warm == without)
        // The whole set, after that from summaries.
        let whole = try Extractor.extract(program, options: ExtractionOptions(cacheFolder: folder))
        #expect(whole == without)
        #expect(try entries(folder) == files)
    }

    @Test("every part of a summary comes back from an entry")
    func coding() throws {
        for path in ["/usr/lib/x86_64-linux-gnu/libc.so.6", try knownFile()] {
            let summary = try Summary(of: ElfFile.read(path))
            var entry = EntryWriter()
            summary.write(to: &entry)
            let decoded = try decode(entry.bytes)
            // The texts take megabytes, too many for a report.
            let isEqual = "\(decoded)" == "\(summary)"
            #expect(isEqual)
        }
    }

    private func decode(_ bytes: [UInt8]) throws -> Summary {
        try unsafe bytes.withUnsafeBytes { buffer in
            var reader = unsafe EntryReader(buffer)
            return try Summary(from: &reader)
        }
    }

    @Test("all values of registers come back from an entry")
    func values() throws {
        let values: [AbstractValue] = [
            .unknown, .constants([]), .constants([1, .max]), .parameter(.register(5)),
            .parameter(.stack(-8)), .parameter(.pointee(2, 16)), .stack(-40),
            .pointee(.pointee(.constant(0x1000), 0), 8),
        ]
        var entry = EntryWriter()
        entry.append(values)
        let bytes = entry.bytes
        let decoded = try unsafe bytes.withUnsafeBytes { buffer -> [AbstractValue] in
            var reader = unsafe EntryReader(buffer)
            return try reader.rows()
        }
        #expect(decoded == values)
    }

    @Test("an entry that ends anywhere too early is refused, and no count is believed")
    func shortEntries() throws {
        var entry = EntryWriter()
        try Summary(of: ElfFile.read(try knownFile())).write(to: &entry)
        for length in 0..<entry.bytes.count {
            #expect(throws: EntryReader.Damage.self) { try decode(Array(entry.bytes[..<length])) }
        }
        let huge = [UInt8](repeating: 0xff, count: 8) + entry.bytes[8...]
        #expect(throws: EntryReader.Damage.self) { try decode(huge) }
    }

    @Test("a damaged entry is found out and made again")
    func damage() throws {
        let folder = try folder()
        let program = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie"])
        let set = try extract(program, folder)
        let names = try entries(folder)
        let path = try folder + "/" + #require(names.first)
        let whole = try bytes(path)
        var damaged = stride(from: 0, to: whole.count, by: max(1, whole.count / 40))
            .map { Array(whole[..<$0]) }
        for offset in stride(from: 0, to: whole.count, by: max(1, whole.count / 80)) {
            var copy = whole
            copy[offset] ^= 1 << UInt8(offset % 8)
            damaged.append(copy)
        }
        for bytes in damaged {
            try write(bytes, path)
            #expect(try extract(program, folder) == set)
            #expect(try self.bytes(path) == whole)
        }
    }

    @Test("an entry is for the bytes of a file, not for its path")
    func identity() throws {
        let folder = try folder()
        let program = try knownFile()
        let bytes = try bytes(program)
        let set = try extract(program, folder)
        #expect(try extract(CompiledProgram.file(bytes), folder).syscalls == set.syscalls)
        #expect(try entries(folder).count == 1)
        // Another number in the instruction that loads one: getuid becomes getpid.
        let load: [UInt8] = [0xb8, 102, 0, 0, 0]
        let offset = try #require(bytes.indices.first { bytes[$0...].starts(with: load) })
        var other = bytes
        other[offset + 1] = 39
        let changed = try extract(CompiledProgram.file(other), folder)
        #expect(try entries(folder).count == 2)
        #expect(changed.syscalls != set.syscalls)
        #expect(try changed.syscalls == extract(CompiledProgram.file(other), nil).syscalls)
    }

    @Test("a cache that cannot be made, or that others may write to, is not used")
    func unusable() throws {
        let program = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie"])
        let set = try extract(program, nil)
        let file = try CompiledProgram.file([1])
        let open = try folder()
        try FileManager.default.createDirectory(
            atPath: open, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o777])
        // The umask holds for folders that are made.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: open)
        for folder in [file, file + "/below", "/proc/fathom", open] {
            #expect(CacheStore(folder: folder) == nil)
            #expect(try extract(program, folder) == set)
        }
        #expect(try entries(open).isEmpty)
    }

    @Test("a folder with a damaged key begins anew")
    func damagedKey() throws {
        let folder = try folder()
        let program = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie"])
        let set = try extract(program, folder)
        try write([1, 2, 3], folder + "/key")
        #expect(try extract(program, folder) == set)
        #expect(try bytes(folder + "/key").count == ContentHash.keySize)
    }

    @Test("extractions at the same time share a folder")
    func concurrency() async throws {
        let folder = try folder()
        let program = try CompiledProgram.path("ordinary", [])
        let set = try extract(program, nil)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask { (try? extract(program, folder)) == set }
            }
            for await isEqual in group { #expect(isEqual) }
        }
        #expect(try !entries(folder).isEmpty)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder)
                .allSatisfy { !$0.contains("unfinished") })
    }

    @Test("the entries that were not used for longest go first")
    func age() throws {
        let folder = try folder()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        for (name, days) in [
            ("a.summary", 1), ("b.summary", 3), ("c.summary", 2), ("key", 9),
            ("d.summary.unfinished-1", 1), ("e.summary.unfinished-1", 0),
        ] {
            let path = folder + "/" + name
            try write([UInt8](repeating: 0, count: 100), path)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: Double(days) * -86_400)],
                ofItemAtPath: path)
        }
        try #require(PrivateFolder(making: folder)).prune(suffix: ".summary", to: 200)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "a.summary", "c.summary", "e.summary.unfinished-1", "key",
            ])
    }

    // MARK: Version

    /// A program of a few instructions, the same on every machine.
    private func knownFile() throws -> String {
        let code: [[UInt8]] = [
            // mov $39, %edi; call wrapper
            [0xbf, 0x27, 0, 0, 0, 0xe8, 0x34, 0, 0, 0],
            // mov $102, %eax; test %rsp, %rsp; je over the next; mov $104, %eax; syscall
            [0xb8, 0x66, 0, 0, 0, 0x48, 0x85, 0xe4, 0x74, 0x05, 0xb8, 0x68, 0, 0, 0, 0x0f, 0x05],
            // push $186; call stacked
            [0x68, 0xba, 0, 0, 0, 0xe8, 0x1e, 0, 0, 0],
            // lea table(%rip), %rdx; call *8(%rdx)
            [0x48, 0x8d, 0x15, 0x2c, 0, 0, 0, 0xff, 0x52, 0x08],
            // mov value(%rip), %rax; mov $231, %eax; syscall; hlt
            [0x48, 0x8b, 0x05, 0x32, 0, 0, 0, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05, 0xf4],
            // wrapper: mov %edi, %eax; syscall; ret
            [0x89, 0xf8, 0x0f, 0x05, 0xc3],
            // stacked: mov 8(%rsp), %eax; syscall; ret
            [0x8b, 0x44, 0x24, 0x08, 0x0f, 0x05, 0xc3],
            // pointed: mov $110, %eax; int $0x80; xor %eax, %eax; syscall; ret; nop
            [0xb8, 0x6e, 0, 0, 0, 0xcd, 0x80, 0x31, 0xc0, 0x0f, 0x05, 0xc3, 0x66, 0x90],
            // table: the addresses of the first function and of pointed; value: 5
            FlatProgram.little(FlatProgram.start), FlatProgram.little(0x4000c2 as UInt64),
            FlatProgram.little(5 as UInt64),
        ]
        return try CompiledProgram.file(FlatProgram.bytes(code.flatMap { $0 }))
    }

    @Test("what a known file's summary is belongs to the version of summaries")
    func version() throws {
        let path = try knownFile()
        #expect(
            try extract(path, nil).syscalls.sortedNames == [
                "execve", "exit_group", "getgid", "getpid", "gettid", "getuid", "read",
            ])
        var entry = EntryWriter()
        try Summary(of: ElfFile.read(path)).write(to: &entry)
        // When this fails, raise Summary.version and record the new digest beside it.
        let known: [UInt32: String] = [
            9: "811ebc62613207b70bd5ac593a0b36f83537877b25abbcbf88f820d7673e43c7"
        ]
        #expect(
            known[Summary.version] == "\(SHA256.digest(of: entry.bytes))",
            "summaries have changed: raise Summary.version, then record this digest")
    }

    @Test("texts that differ in one bit, or in zeros at their end, have different digests")
    func hash() throws {
        let key = (0..<ContentHash.keySize).map {
            UInt8(truncatingIfNeeded: ($0 &* $0 &* 7) >> 3 &+ 1)
        }
        let hash = try #require(ContentHash(key: key))
        func digest(_ bytes: [UInt8]) -> ContentHash.Digest {
            unsafe bytes.withUnsafeBytes { unsafe hash.digest(of: $0) }
        }
        #expect(ContentHash(key: Array(key.dropLast())) == nil)
        for size in [0, 1, 1023, 1024, 1025, 70_000] {
            let text = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            var digests: Set<ContentHash.Digest> = [digest(text)]
            #expect(digest(text) == digest(text))
            var changes = 0
            for offset in stride(from: 0, to: size, by: max(1, size / 50)) {
                var other = text
                other[offset] ^= 1 << UInt8(offset % 8)
                digests.insert(digest(other))
                changes += 1
            }
            #expect(digests.count == changes + 1)
        }
    }
}
