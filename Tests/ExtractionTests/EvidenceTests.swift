import Foundation
import Syscalls
import Testing

@testable import Extraction

@Suite("Evidence of runs")
struct EvidenceTests {
    private func number(_ name: String) throws -> SyscallNumber {
        try #require(SyscallNumber(name: name))
    }

    @Test("a library that runs had mapped is analysed, under an assumption of its own")
    func libraries() throws {
        let path = try CompiledProgram.path("ordinary", [])
        let library = "/usr/lib/x86_64-linux-gnu/libresolv.so.2"
        let evidence = ExtractionEvidence(libraries: [library, path, "/nonexistent.so", "[vdso]"])
        let set = try Extractor.extract(path, options: ExtractionOptions(evidence: evidence))
        let socket = try number("socket")
        #expect(set.modules.contains(library))
        #expect(set.syscalls.contains(socket))
        let assumption = try #require(set.assumptions.first { $0.name == "observed" })
        #expect(assumption.detail.contains(library))
        #expect(!assumption.detail.contains("nonexistent"))
        #expect(assumption.added.contains(socket))
        let without = try Extractor.extract(
            path,
            options: ExtractionOptions(withoutAssumptions: ["observed"], evidence: evidence))
        #expect(!without.syscalls.contains(socket))
        #expect(without.assumptions.allSatisfy { $0.name != "observed" })
    }

    @Test("a number that was seen where none was found is added there, and nowhere else")
    func numbers() throws {
        let path = try CompiledProgram.path(
            "open-number", CompiledProgram.freestanding + ["-no-pie"])
        let plain = try Extractor.extract(path)
        let open = try #require(plain.unresolved.first { $0.kind == "number" }).site
        let acct = try number("acct")
        #expect(plain.entry(for: acct) == nil)
        let elsewhere = CallSite(module: open.module, offset: open.offset + 1)
        let evidence = ExtractionEvidence(numbers: [open: [acct], elsewhere: [.clone3]])
        let set = try Extractor.extract(path, options: ExtractionOptions(evidence: evidence))
        #expect(set.entry(for: acct)?.sites == [open])
        #expect(set.entry(for: acct)?.chain.first?.link == .root)
        #expect(set.entry(for: .clone3) == nil)
        let assumption = try #require(set.assumptions.first { $0.name == "observed" })
        #expect(assumption.detail.contains("acct at \(open)"))
        #expect(assumption.added.sortedNames == ["acct"])
    }

    @Test("a number that was found needs no evidence")
    func knownNumbers() throws {
        let path = try CompiledProgram.path("wrappers", CompiledProgram.freestanding + ["-no-pie"])
        let plain = try Extractor.extract(path)
        let site = try #require(plain.entries.first { !$0.sites.isEmpty }?.sites.first)
        let evidence = ExtractionEvidence(numbers: [site: [try number("acct")]])
        let set = try Extractor.extract(path, options: ExtractionOptions(evidence: evidence))
        #expect(set.syscalls == plain.syscalls)
        #expect(set.assumptions == plain.assumptions)
    }

    @Test("functions of a program's own file are as far from a call as calls lead there")
    func landmarks() throws {
        let path = try CompiledProgram.path("ordinary", [])
        let distances = try Extractor.distances(
            in: path, options: ExtractionOptions(), atMost: 100, from: { $0 == path })
        let entries = Set(try FunctionEntries.read(path))
        let near = try #require(distances.landmarks[try number("sethostname")])
        // `main` calls the C library's function, which makes the call.
        #expect(near.first?.distance == 1)
        #expect(near.map(\.distance) == near.map(\.distance).sorted())
        for landmark in near {
            #expect(landmark.function.module == path)
            #expect(entries.contains(landmark.function.offset))
        }
        let few = try Extractor.distances(
            in: path, options: ExtractionOptions(), atMost: 1, from: { _ in true })
        #expect(few.landmarks.values.allSatisfy { $0.count == 1 })
        #expect(few.landmarks[.write]?.first?.distance == 0)
    }

    @Test("what keeps code that ran from a call is the comparison before it")
    func guards() throws {
        let path = try CompiledProgram.path("ordinary", [])
        let write = try #require(try Extractor.extract(path).entry(for: .write)?.sites.first)
        let evidence = ExtractionEvidence(numbers: [write: [.write]], reachesMain: true)
        let set = try Extractor.extract(path, options: ExtractionOptions(evidence: evidence))
        #expect(set.entry(for: .write)?.approach == nil)
        let approach = try #require(set.entry(for: try number("sethostname"))?.approach)
        #expect(approach.steps.first?.function == "main")
        #expect(approach.steps.count == 2)
        #expect(approach.site.module == path)
        // `count > 5`, as compilers write it.
        let condition = try #require(approach.guards.last)
        #expect(condition.comparison?.hasPrefix("cmp ") == true)
        #expect(condition.comparison?.hasSuffix(", 0x5") == true)
        #expect(condition.site.offset < approach.site.offset || condition.isTaken)
    }

    @Test("distances count calls from code that ran, and are there only with evidence")
    func distances() throws {
        let path = try CompiledProgram.path("ordinary", [])
        let plain = try Extractor.extract(path)
        #expect(plain.entries.allSatisfy { $0.distance == nil })
        let write = try #require(plain.entry(for: .write))
        let evidence = ExtractionEvidence(
            numbers: Dictionary(
                write.sites.map { ($0, [SyscallNumber.write]) },
                uniquingKeysWith: { first, _ in first }), reachesMain: true)
        let set = try Extractor.extract(path, options: ExtractionOptions(evidence: evidence))
        #expect(set.syscalls == plain.syscalls)
        #expect(set.entry(for: .write)?.distance == 0)
        // `main` calls it, and it makes the call itself.
        #expect(set.entry(for: try number("sethostname"))?.distance == 1)
        let far = try #require(set.entries.compactMap(\.distance).max())
        #expect(far > 1)
    }

    @Test("every gate is described, and none takes away what every process does")
    func gates() throws {
        let names = Gate.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(GateDescription.named(name)?.name == name) }
        #expect(Set(GateDescription.all.map(\.name)) == Set(names))
        let set = try Extractor.extract("/bin/ls")
        for call in ["set_tid_address", "arch_prctl", "mmap", "read", "brk"] {
            #expect(set.entry(for: try number(call))?.gates == [], "\(call)")
        }
        #expect(set.entry(for: try number("setitimer"))?.gates == ["LD_PROFILE"])
    }

    @Test("ways are found for each stage that begins somewhere")
    func ways() throws {
        let path = try CompiledProgram.path("stages", ["-O1", "-pthread"])
        let set = try Extractor.extract(path, options: ExtractionOptions(findsWays: true))
        func stages(_ name: String) throws -> [StaticSet.Stage] {
            try #require(set.entry(for: number(name))?.ways).map(\.stage)
        }
        #expect(try stages("getppid").contains(.threads))
        #expect(try stages("getpgid").contains(.signalHandlers))
        #expect(try stages("getsid").contains(.constructors))
        #expect(try stages("getpriority").contains(.exit))
        #expect(try stages("sethostname") == [.main])
        let entry = try #require(set.entry(for: number("sethostname")))
        #expect(entry.ways?.first?.chain == entry.chain)
        #expect(try Extractor.extract(path).entries.allSatisfy { $0.ways == nil })
    }

    @Test("what a file allows beyond its code is reported with its place")
    func caveats() throws {
        let stack = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie", "-z", "execstack"])
        #expect(try Extractor.extract(stack).unresolved.contains { $0.kind == "executable stack" })
        let writable = try CompiledProgram.path(
            "wrappers", CompiledProgram.freestanding + ["-no-pie", "-Wl,--omagic"])
        let place = try #require(
            try Extractor.extract(writable).unresolved.first { $0.kind == "writable code" })
        #expect(place.site.module == writable)
        let plain = try CompiledProgram.path("ordinary", [])
        let kinds = Set(try Extractor.extract(plain).unresolved.map(\.kind))
        #expect(kinds.isDisjoint(with: ["writable code", "executable stack", "text relocations"]))
    }

    @Test("calls of the x32 table are in the set under their numbers, and reported")
    func otherTable() throws {
        let path = try CompiledProgram.path("x32", CompiledProgram.freestanding + ["-no-pie"])
        let set = try Extractor.extract(path)
        let number = SyscallNumber(rawValue: 1 << 30 | 39)
        let site = try #require(set.entry(for: number)?.sites.first)
        #expect(
            set.unresolved.contains { $0.kind == "x32 system call" && $0.site == site })
    }
}
