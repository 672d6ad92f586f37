import Extraction
import Syscalls
import TestSupport
import Testing

@Suite("Code that counts under a condition")
struct ConditionTests {
    private func calls(
        _ program: String, _ defines: [String] = [], without: Set<String> = []
    ) throws -> Set<String> {
        let path = try CompiledProgram.path(program, ["-O2", "-pthread"] + defines)
        let set = try Extractor.extract(
            path, options: ExtractionOptions(withoutAssumptions: without))
        return Set(set.syscalls.map(\.name))
    }

    @Test(
        "what the C library does for those who ask is there when the program asks",
        arguments: [
            ("-DCEILING", ["sched_getparam", "sched_get_priority_max"]),
            ("-DSPAWN", ["setpgid", "sched_setparam"]), ("-DAFFINITY", ["sched_setaffinity"]),
            ("-DLEAVE", ["exit"]), ("-DHOSTS", ["sendmmsg"]),
        ])
    func features(_ define: String, _ names: [String]) throws {
        // A program with threads ends them with exit in any case.
        let expected = Set(names).subtracting(define == "-DLEAVE" ? ["exit"] : [])
        let plain = try calls("dormant")
        #expect(plain.isDisjoint(with: expected))
        #expect(try calls("dormant", [define]).isSuperset(of: names))
        #expect(try calls("dormant", without: ["dormant"]).isSuperset(of: expected))
    }

    @Test("both places that one instruction refers to count")
    func twoReferences() throws {
        let path = try CompiledProgram.path("two-references", ["-O2", "-no-pie", "-fno-pie"])
        let found = Set(try Extractor.extract(path).syscalls.map(\.name))
        #expect(found.isSuperset(of: ["sethostname", "setdomainname"]))
    }

    @Test("the assumption says what it takes out")
    func assumption() throws {
        let path = try CompiledProgram.path("dormant", ["-O2", "-pthread"])
        let set = try Extractor.extract(path)
        let dormant = try #require(set.assumptions.first { $0.name == "dormant" })
        #expect(dormant.removed.contains(try #require(SyscallNumber(name: "sched_getparam"))))
        #expect(dormant.removed.intersection(set.syscalls).isEmpty)
        #expect(dormant.added.isEmpty)
        #expect(dormant.detail.contains("mutexes with a priority ceiling"))
    }

    @Test("a program without threads ends once, and never asks the loader to describe itself")
    func endings() throws {
        let calls = try calls("ordinary")
        #expect(calls.contains("exit_group"))
        #expect(calls.isDisjoint(with: ["exit", "uname"]))
    }

    @Test("constant arguments leave the cases that they choose")
    func choices() throws {
        let calls = try calls("choices")
        #expect(calls.isSuperset(of: ["swapon", "sethostname", "vhangup"]))
        #expect(
            calls.isDisjoint(with: [
                "chroot", "swapoff", "acct", "umount2", "setdomainname", "reboot",
            ]))
    }

    @Test(
        "an argument that is not known leaves every case",
        arguments: ["-DVARIABLE", "-DPOINTER"])
    func unknownChoices(_ define: String) throws {
        let calls = try calls("choices", [define])
        #expect(
            calls.isSuperset(of: [
                "chroot", "swapon", "swapoff", "acct", "umount2", "sethostname", "setdomainname",
            ]))
        #expect(!calls.contains("reboot"))
    }

    @Test("a variable keeps its number until something may store through the stack pointer")
    func stackCopies() throws {
        let calls = try calls("stack-copies")
        #expect(calls.isDisjoint(with: ["chroot", "acct", "setdomainname"]))
        #expect(calls.isSuperset(of: ["swapon", "umount2", "sethostname", "swapoff"]))
    }
}
