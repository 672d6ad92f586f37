import Extraction
import Foundation
import Syscalls
import Testing

@Suite("Extractor")
struct ExtractorTests {
    private func set(
        _ path: String, _ options: ExtractionOptions = ExtractionOptions()
    ) throws -> StaticSet {
        try Extractor.extract(path, options: options)
    }

    private static let wrapperCalls = [
        "execve", "exit_group", "getegid", "getgid", "getpgrp", "getpid", "getppid", "gettid",
        "getuid",
    ]

    @Test(
        "numbers are found through registers, the stack, pointers and tables of functions",
        arguments: [
            ["-no-pie"], ["-static-pie", "-fPIE"], ["-no-pie", "-O2"], ["-no-pie", "-s"],
        ])
    func wrappers(_ options: [String]) throws {
        let path = try CompiledProgram.path("wrappers", CompiledProgram.freestanding + options)
        let set = try set(path)
        #expect(set.syscalls.sortedNames == Self.wrapperCalls)
        // The wrapper that a table points at is called by it, not through it.
        #expect(set.unresolved.isEmpty)
    }

    @Test("a call is found behind its call frame, in a misplaced one, and in cases of a switch")
    func holes() throws {
        let path = try CompiledProgram.path("holes", CompiledProgram.freestanding + ["-no-pie"])
        let set = try set(path)
        #expect(
            set.syscalls.sortedNames == [
                "execve", "exit_group", "getegid", "geteuid", "getgid", "getpgrp", "getpid",
                "getppid", "getuid", "rt_sigreturn",
            ])
    }

    @Test("every site of a result is a system call instruction in the file that it names")
    func sites() throws {
        for path in ["/bin/pwd", try CompiledProgram.path("ordinary", ["-static"])] {
            let set = try set(path)
            for entry in set.entries {
                for site in entry.sites where site.module != "[vdso]" {
                    let handle = try #require(FileHandle(forReadingAtPath: site.module))
                    try handle.seek(toOffset: site.offset)
                    #expect(try handle.read(upToCount: 2) == Data([0x0f, 0x05]), "\(site)")
                }
            }
        }
    }

    @Test(
        "a C program counts its own calls, and fewer after main",
        arguments: [[], ["-static"], ["-static-pie"], ["-no-pie"], ["-static", "-s"]])
    func ordinary(_ options: [String]) throws {
        let path = try CompiledProgram.path("ordinary", options)
        let whole = try set(path)
        let expected: SyscallSet = SyscallSet(
            ["gettid", "sethostname", "write", "exit_group", "newfstatat"]
                .compactMap { SyscallNumber(name: $0) })
        #expect(expected.isSubset(of: whole.syscalls))
        #expect(whole.entries.count < 80)
        let later = try set(path, ExtractionOptions(convention: .afterMain))
        #expect(expected.isSubset(of: later.syscalls))
        #expect(later.syscalls.isSubset(of: whole.syscalls))
        #expect(later.entries.count < whole.entries.count)
    }

    @Test("a constructor is done before main, what it left a pointer to is not")
    func constructors() throws {
        let path = try CompiledProgram.path("constructs", [])
        let (name, domain) = (SyscallNumber.marks[0], SyscallNumber.marks[1])
        #expect(Set([name, domain]).isSubset(of: Set(try set(path).syscalls)))
        let later = try set(path, ExtractionOptions(convention: .afterMain)).syscalls
        #expect(!later.contains(name) && later.contains(domain))
    }

    @Test("a stripped program has the same set as the one with symbols")
    func stripped() throws {
        let full = try set(CompiledProgram.path("ordinary", ["-static"]))
        let stripped = try set(CompiledProgram.path("ordinary", ["-static", "-s"]))
        #expect(full.syscalls == stripped.syscalls)
        #expect(
            full.entries.map { $0.sites.map(\.offset) }
                == stripped.entries.map { $0.sites.map(\.offset) })
    }

    @Test("a chain leads from a root to the call, and names the function where it is known")
    func chain() throws {
        let path = try CompiledProgram.path("ordinary", [])
        let number = try #require(SyscallNumber(name: "sethostname"))
        let entry = try #require(set(path).entry(for: number))
        #expect(entry.chain.map(\.link) == [.root, .call, .imported])
        #expect(entry.chain.map(\.function) == ["main", "main", "sethostname"])
        #expect(entry.chain.last?.module == "/usr/lib/x86_64-linux-gnu/libc.so.6")
    }

    @Test(
        "the sets of well-known programs stay small",
        arguments: [("/bin/pwd", 55), ("/usr/bin/diff", 60), ("/bin/ls", 90)])
    func sizes(_ path: String, _ limit: Int) throws {
        let set = try set(path)
        #expect(set.entries.count <= limit, "\(set.syscalls.sortedNames)")
        #expect(set.entries.map(\.number) == set.entries.map(\.number).sorted())
        #expect(set.entries.allSatisfy { $0.chain.first?.link == .root })
        #expect(set.modules.first == set.binary)
    }

    @Test("two extractions of one program are equal")
    func determinism() throws {
        #expect(try set("/usr/bin/diff") == set("/usr/bin/diff"))
    }

    @Test("programs that the target runs are listed with their own sets")
    func otherPrograms() throws {
        let set = try set("/usr/bin/diff")
        #expect(set.programs.map(\.name) == ["/usr/bin/pr"])
        #expect(set.programs.first?.sites.map(\.module) == ["/usr/bin/diff"])
        #expect(set.programs.first?.syscalls.contains(.read) == true)
        #expect(!set.unresolved.contains { $0.kind == "execve" })
    }

    @Test("calls that only an unusual request leads to carry its name")
    func gates() throws {
        let set = try set("/bin/pwd")
        let timer = try #require(SyscallNumber(name: "setitimer"))
        #expect(set.entry(for: timer)?.gates == ["LD_PROFILE"])
        #expect(set.entry(for: .read)?.gates == [])
    }

    @Test("an assumption states what it added, and can be left out")
    func assumptions() throws {
        let full = try set("/bin/ls")
        let names = full.assumptions.map(\.name)
        #expect(names.contains("nss"))
        let nss = try #require(full.assumptions.first { $0.name == "nss" })
        let without = try set("/bin/ls", ExtractionOptions(withoutAssumptions: ["nss"]))
        #expect(!without.assumptions.contains { $0.name == "nss" })
        #expect(full.syscalls.subtracting(without.syscalls).isSubset(of: nss.added))
    }

    @Test("a library that the caller names is part of the program")
    func givenLibraries() throws {
        let path = try CompiledProgram.path("ordinary", [])
        let library = "/lib/x86_64-linux-gnu/libresolv.so.2"
        let set = try set(path, ExtractionOptions(libraries: [library]))
        #expect(set.modules.contains { $0.contains("libresolv") })
        #expect(set.syscalls.contains(try #require(SyscallNumber(name: "socket"))))
    }

    @Test("a sysroot holds its own libraries, and links in it stay in it")
    func sysroot() throws {
        let root = try CompiledProgram.temporaryPath("root")
        let files = FileManager.default
        for folder in ["bin", "usr/lib/x86_64-linux-gnu", "usr/lib64"] {
            try files.createDirectory(
                atPath: root + "/" + folder, withIntermediateDirectories: true)
        }
        let program = try CompiledProgram.path("ordinary", [])
        try files.copyItem(atPath: program, toPath: root + "/bin/ordinary")
        let libraries = "/usr/lib/x86_64-linux-gnu"
        for name in ["libc.so.6", "ld-linux-x86-64.so.2"] {
            try files.copyItem(
                atPath: libraries + "/" + name, toPath: root + libraries + "/" + name)
        }
        try files.createSymbolicLink(
            atPath: root + "/lib64", withDestinationPath: "/usr/lib64")
        try files.createSymbolicLink(
            atPath: root + "/usr/lib64/ld-linux-x86-64.so.2",
            withDestinationPath: libraries + "/ld-linux-x86-64.so.2")
        let inside = try set("/bin/ordinary", ExtractionOptions(sysroot: root))
        #expect(inside.modules.allSatisfy { $0.hasPrefix(root) })
        #expect(inside.modules.count == 3)
        #expect(inside.unresolved.allSatisfy { $0.kind != "library" })
        #expect(try inside.syscalls == set(program).syscalls)
        let same = try set(root + "/bin/ordinary", ExtractionOptions(sysroot: root))
        #expect(same == inside)
    }
}
