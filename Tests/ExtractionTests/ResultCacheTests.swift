import Foundation
import Syscalls
import Testing

@testable import Extraction

@Suite("Cache of sets")
struct ResultCacheTests {
    private func folder() throws -> String { try CompiledProgram.temporaryPath("cache") }

    private func entries(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".set") }.sorted()
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    /// The set that a folder keeps for the program at a resolved path, if it still holds.
    private func kept(
        _ path: String, _ folder: String, root: String = "",
        _ options: ExtractionOptions = ExtractionOptions()
    ) throws -> StaticSet? {
        let store = try #require(CacheStore(folder: folder))
        return try #require(ResultCache(store, of: path, root: root, options)).find()
    }

    private static let small = CompiledProgram.freestanding + ["-no-pie"]

    /// Extracts from the summaries of a folder, without the sets that it keeps.
    private func anew(
        _ path: String, _ folder: String, _ options: ExtractionOptions
    ) throws -> StaticSet {
        for name in (try? entries(folder)) ?? [] {
            try FileManager.default.removeItem(atPath: folder + "/" + name)
        }
        var options = options
        options.cacheFolder = folder
        return try Extractor.extract(path, options: options)
    }

    @Test("a kept set is the one that is computed, whatever was asked for")
    func equality() throws {
        let folder = try folder()
        let path = try CompiledProgram.path("ordinary", [])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for var options in [
            ExtractionOptions(), ExtractionOptions(findsWays: true),
            ExtractionOptions(convention: .afterMain),
            ExtractionOptions(withoutAssumptions: ["dlopen", "dormant"], programDepth: 0),
            ExtractionOptions(
                evidence: ExtractionEvidence(libraries: ["/usr/lib/x86_64-linux-gnu/libc.so.6"])),
            ExtractionOptions(
                evidence: ExtractionEvidence(
                    libraries: ["/usr/lib/x86_64-linux-gnu/libc.so.6"], reachesMain: true)),
        ] {
            let set = try anew(path, folder, options)
            #expect(try entries(folder).count == 1)
            #expect(try kept(path, folder, options) == set)
            let knowsMain = options.evidence.reachesMain
            #expect(set.entries.contains { $0.approach?.guards.isEmpty == false } == knowsMain)
            options.cacheFolder = folder
            #expect(
                try encoder.encode(Extractor.extract(path, options: options))
                    == encoder.encode(set))
            #expect(try entries(folder).count == 1)
        }
    }

    @Test("requests with other options have entries of their own, evidence of numbers has none")
    func requests() throws {
        let folder = try folder()
        let path = try CompiledProgram.path("wrappers", Self.small)
        let requests = [
            ExtractionOptions(), ExtractionOptions(convention: .afterMain),
            ExtractionOptions(sysroot: "/usr/.."), ExtractionOptions(libraries: ["/none.so"]),
            ExtractionOptions(withoutAssumptions: ["nss"]), ExtractionOptions(programDepth: 1),
            ExtractionOptions(findsWays: true),
            ExtractionOptions(evidence: ExtractionEvidence(libraries: ["/none.so"])),
            ExtractionOptions(evidence: ExtractionEvidence(reachesMain: true)),
        ]
        for (index, options) in requests.enumerated() {
            var cached = options
            cached.cacheFolder = folder
            let set = try Extractor.extract(path, options: cached)
            #expect(try set == Extractor.extract(path, options: options))
            #expect(try entries(folder).count == index + 1)
        }
        let evidence = ExtractionEvidence(numbers: [CallSite(module: path, offset: 1): [.execve]])
        _ = try Extractor.extract(
            path, options: ExtractionOptions(evidence: evidence, cacheFolder: folder))
        #expect(try entries(folder).count == requests.count)
        let entered = ExtractionEvidence(functions: [CallSite(module: path, offset: 1)])
        _ = try Extractor.extract(
            path, options: ExtractionOptions(evidence: entered, cacheFolder: folder))
        #expect(try entries(folder).count == requests.count)
        // When this fails, add the new option to the request of ResultCache.
        #expect(
            Mirror(reflecting: ExtractionOptions()).children.compactMap(\.label) == [
                "convention", "sysroot", "libraries", "withoutAssumptions", "programDepth",
                "evidence", "findsWays", "cacheFolder",
            ])
        #expect(
            Mirror(reflecting: ExtractionEvidence()).children.compactMap(\.label) == [
                "libraries", "numbers", "functions", "reachesMain",
            ])
    }

    @Test("no set outlives a change of anything that it depends on")
    func changes() throws {
        let tree = try SystemTree()
        let folder = try folder()
        let marks = SyscallNumber.marks
        let small = try CompiledProgram.path("wrappers", Self.small)
        let library = SystemTree.libraries
        func mark(_ number: SyscallNumber) throws -> String {
            try SystemTree.library("mark", calls: number, ["-Wl,-soname,libmark.so.1"])
        }
        try tree.add(CompiledProgram.path("looks-up", []), at: "/usr/bin/looks-up")
        try tree.add(
            SystemTree.program(calling: "mark", of: mark(marks[0])), at: "/usr/bin/marked")
        try tree.add(CompiledProgram.path("runs-programs", ["-O1"]), at: "/usr/bin/runner")
        for name in ["sh", "tool"] { try tree.copy(small, to: "/usr/bin/\(name)") }
        try tree.write("#! /usr/bin/tool\n", to: "/usr/bin/script")
        try tree.write("passwd: files\n", to: "/etc/nsswitch.conf")
        for number in marks[0...1] {
            let service = try SystemTree.library("_nss_extra_getpwnam_r", calls: number)
            try tree.copy(service, to: "/srv/\(number.name).so")
        }
        let converter = try SystemTree.library("gconv", calls: marks[3])
        let changes: [(what: String, program: String, make: () throws -> Void)] = [
            (
                "the configuration names a service that is not installed", "looks-up",
                { try tree.write("passwd: files extra\n", to: "/etc/nsswitch.conf") }
            ),
            (
                "the service is installed", "looks-up",
                {
                    try tree.copy(
                        tree.root + "/srv/\(marks[0].name).so", to: library + "/libnss_extra.so.2")
                }
            ),
            (
                "the service is replaced", "looks-up",
                {
                    try tree.remove(library + "/libnss_extra.so.2")
                    try tree.copy(
                        tree.root + "/srv/\(marks[1].name).so", to: library + "/libnss_extra.so.2")
                }
            ),
            (
                "a folder of converters appears", "looks-up",
                { try tree.copy(converter, to: library + "/gconv/A.so") }
            ),
            (
                "a file appears in a folder of converters", "looks-up",
                { try tree.copy(converter, to: library + "/gconv/B.so") }
            ),
            (
                "a library for every program is configured", "looks-up",
                {
                    try tree.copy(SystemTree.library("first", calls: marks[4]), to: "/opt/first.so")
                    try tree.write("/opt/first.so\n", to: "/etc/ld.so.preload")
                }
            ),
            (
                "a missing library is installed", "marked",
                {
                    try tree.copy(mark(marks[0]), to: "/usr/lib/libmark.so.1.0")
                    try tree.copy(mark(marks[1]), to: "/usr/lib/libmark.so.1.1")
                    try tree.link("/usr/lib/libmark.so.1", to: "libmark.so.1.0")
                }
            ),
            (
                "a link leads to another library", "marked",
                {
                    try tree.remove("/usr/lib/libmark.so.1")
                    try tree.link("/usr/lib/libmark.so.1", to: "libmark.so.1.1")
                }
            ),
            (
                "a library comes into an earlier folder", "marked",
                { try tree.copy(mark(marks[2]), to: library + "/libmark.so.1") }
            ),
            (
                "one for some processors comes beside it", "marked",
                {
                    try tree.copy(
                        mark(marks[3]), to: library + "/glibc-hwcaps/x86-64-v3/libmark.so.1")
                }
            ),
            (
                "a program that is run is installed", "runner",
                { try tree.copy(small, to: "/usr/bin/missing") }
            ),
            (
                "a program that is run is replaced", "runner",
                {
                    try tree.remove("/usr/bin/missing")
                    try tree.copy(tree.root + "/usr/bin/looks-up", to: "/usr/bin/missing")
                }
            ),
            (
                "a script has another interpreter", "runner",
                { try tree.write("#! /usr/bin/sh\n", to: "/usr/bin/script") }
            ),
            (
                "the program is replaced", "marked",
                {
                    try tree.remove("/usr/bin/marked")
                    try tree.copy(small, to: "/usr/bin/marked")
                }
            ),
        ]
        let options = ExtractionOptions(sysroot: tree.root)
        for change in changes {
            let program = "/usr/bin/" + change.program
            let path = tree.root + program
            let before = try tree.extract(program, cacheFolder: folder)
            #expect(try kept(path, folder, root: tree.root, options) == before, "\(change.what)")
            try change.make()
            #expect(try kept(path, folder, root: tree.root, options) == nil, "\(change.what)")
            let after = try tree.extract(program, cacheFolder: folder)
            #expect(after != before, "\(change.what)")
            #expect(try after == anew(program, folder, options), "\(change.what)")
        }
    }

    @Test("a damaged entry is found out and made again")
    func damage() throws {
        let folder = try folder()
        let program = try CompiledProgram.path("wrappers", Self.small)
        let options = ExtractionOptions(cacheFolder: folder)
        let set = try Extractor.extract(program, options: options)
        let path = try folder + "/" + #require(entries(folder).first)
        let whole = try bytes(path)
        var damaged = stride(from: 0, to: whole.count, by: max(1, whole.count / 40))
            .map { Array(whole[..<$0]) }
        for offset in stride(from: 0, to: whole.count, by: max(1, whole.count / 80)) {
            var copy = whole
            copy[offset] ^= 1 << UInt8(offset % 8)
            damaged.append(copy)
        }
        for bytes in damaged {
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try kept(program, folder) == nil)
            #expect(try Extractor.extract(program, options: options) == set)
            #expect(try self.bytes(path) == whole)
        }
    }

    @Test("an entry for another request, or of another folder, is not taken")
    func otherEntries() throws {
        let folders = [try folder(), try folder()]
        let programs = [
            try CompiledProgram.path("wrappers", Self.small),
            try CompiledProgram.path("wrappers", Self.small + ["-O0"]),
        ]
        var paths: [String] = []
        for (program, folder) in [(programs[0], folders[0]), (programs[1], folders[1])] {
            _ = try Extractor.extract(program, options: ExtractionOptions(cacheFolder: folder))
            paths.append(try folder + "/" + #require(entries(folder).first))
        }
        let other = try bytes(paths[1])
        try Data(other).write(to: URL(filePath: paths[0]))
        #expect(try kept(programs[0], folders[0]) == nil)
        // Of the same folder, under another's name.
        _ = try Extractor.extract(
            programs[0], options: ExtractionOptions(cacheFolder: folders[1]))
        let mine = try #require(
            entries(folders[1]).map { folders[1] + "/" + $0 }.first { $0 != paths[1] })
        try Data(other).write(to: URL(filePath: mine))
        #expect(try kept(programs[0], folders[1]) == nil)
        #expect(try kept(programs[1], folders[1]) != nil)
    }

    @Test("every part of a set comes back from an entry")
    func coding() throws {
        let site = CallSite(module: "/bin/a", offset: .max)
        let step = StaticSet.Step(module: "/bin/a", function: "main", link: .addressTaken)
        // Of these two texts, which Swift takes for equal, one is composed.
        let texts = ["\u{e9}", "e\u{301}", "", "/bin/a"]
        let set = StaticSet(
            binary: "/bin/a", convention: .afterMain,
            entries: [
                .init(number: .execve, sites: [], chain: []),
                .init(
                    number: SyscallNumber(rawValue: 1 << 30 | 520), sites: [site, site],
                    chain: [step], gates: texts, distance: -1, ways: []),
                .init(
                    number: SyscallNumber(rawValue: 0), sites: [site], chain: [step, step],
                    distance: 0,
                    ways: StaticSet.Stage.allCases.map { .init(stage: $0, chain: [step]) }),
            ],
            modules: texts, unresolved: [.init(kind: "k", site: site, detail: "\u{e9}")],
            assumptions: [
                .init(
                    name: "n", detail: "d", added: SyscallSet([.execve]),
                    removed: SyscallSet([SyscallNumber(rawValue: 511)]))
            ],
            programs: [
                .init(
                    name: "p", path: "/p", interpreter: "/i", parent: "/q", depth: 2,
                    sites: [site], syscalls: SyscallSet([.execve]), reason: "r"),
                .init(name: "p", path: nil, parent: "", depth: 0, sites: []),
            ],
            inputs: [.init(path: "/c", hash: "00"), .init(path: "/d", hash: nil)])
        var entry = EntryWriter()
        set.write(to: &entry)
        let decoded = try decode(entry.bytes)
        #expect(decoded == set)
        #expect(decoded.modules.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
        for length in 0..<entry.bytes.count {
            #expect(throws: EntryReader.Damage.self) { try decode(Array(entry.bytes[..<length])) }
        }
    }

    private func decode(_ bytes: [UInt8]) throws -> StaticSet {
        try unsafe bytes.withUnsafeBytes { buffer in
            var reader = unsafe EntryReader(buffer)
            return try StaticSet(from: &reader)
        }
    }

    // MARK: The record

    @Test("what changes while it is used is not kept")
    func changesMeanwhile() throws {
        let folder = try folder()
        let store = try #require(CacheStore(folder: folder))
        let file = try CompiledProgram.file([1, 2, 3])
        let set = try Extractor.extract(CompiledProgram.path("wrappers", Self.small))
        let cache = try #require(ResultCache(store, of: file, root: "", ExtractionOptions()))
        // Between two looks of the extraction.
        let twice = FileRecord(hash: store.hash)
        _ = try twice.open(file)
        try Data([4, 5, 6]).write(to: URL(filePath: file))
        _ = try twice.open(file)
        #expect(twice.observations == nil)
        cache.keep(set, twice)
        // Between its look and its end.
        let once = FileRecord(hash: store.hash)
        _ = try once.open(file)
        try Data([1, 2, 3]).write(to: URL(filePath: file))
        cache.keep(set, once)
        #expect(try entries(folder).isEmpty)
        // Nothing changes for this one.
        let steady = FileRecord(hash: store.hash)
        _ = try steady.open(file)
        _ = steady.node(file)
        _ = steady.kernelObject()
        cache.keep(set, steady)
        #expect(cache.find() == set)
    }

    @Test("the kinds of answers differ: nothing, a link, a file, a folder that gains a name")
    func outcomes() throws {
        let store = try #require(CacheStore(folder: folder()))
        let path = try CompiledProgram.temporaryPath("entry")
        let parent = URL(filePath: path).deletingLastPathComponent().path
        let files = FileManager.default
        let kinds: [Observation.Kind] = [.node, .names, .start, .contents]
        func outcomes(_ path: String) -> [Outcome] {
            kinds.map { Observation($0, path).outcome(store.hash) }
        }
        var seen: [[Outcome]] = [outcomes(path)]
        try files.createSymbolicLink(atPath: path, withDestinationPath: "one")
        seen.append(outcomes(path))
        try files.removeItem(atPath: path)
        try files.createSymbolicLink(atPath: path, withDestinationPath: "two")
        seen.append(outcomes(path))
        try files.removeItem(atPath: path)
        try Data([1]).write(to: URL(filePath: path))
        seen.append(outcomes(path))
        #expect(Set(seen.map { $0[0] }).count == 4)
        #expect(seen[3][2] != seen[0][2] && seen[3][3] != seen[0][3])
        // Zeros at the end, and bytes behind the start, count.
        try Data([1, 0]).write(to: URL(filePath: path))
        #expect(outcomes(path)[3] != seen[3][3])
        let names = Observation(.names, parent).outcome(store.hash)
        try Data().write(to: URL(filePath: parent + "/entries"))
        #expect(Observation(.names, parent).outcome(store.hash) != names)
        #expect(Observation(.kernelObject, "").outcome(store.hash).digest != nil)
    }

    @Test("only the record, the cache and the reader of files ask the system about files")
    func accesses() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/Extraction")
        let names = try #require(FileManager.default.enumerator(atPath: sources.path))
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
        #expect(names.count > 40)
        let direct = try names.filter { name in
            let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            return [
                "MappedFile.open", "SmallFile", "opendir(", "readlink(", "access(", " open(",
                "stat(", "ElfFile.read(", "ElfFile.kernelObject(", "getcwd", "getenv",
                "Environment", "fopen",
                "import Foundation",
            ].contains(where: text.contains)
        }
        #expect(
            Set(direct) == [
                // The questions, and asking them again.
                "Linking/FileRecord.swift", "Cache/Observation.swift",
                // The cache's own files, and where they are.
                "Cache/CacheStore.swift",
                // What the record calls; and its own reading for what is no part of a result.
                "ELF/ElfFile+Reading.swift", "ELF/ElfFile+Kernel.swift",
                // What is read of single files beside extraction, and kept nowhere.
                "Breakpoints/CallWindows.swift", "Breakpoints/FunctionEntries.swift",
                "Breakpoints/ImportedFunctions.swift", "Breakpoints/NumberComparisons.swift",
                "Interface/ComparedConstants.swift",
                "Interface/CodeReferences.swift",
                "Interface/ProgramInterface.swift",
                // The working directory, which becomes a part of the request.
                "Linking/FileTree.swift",
            ])
    }
}
