import Policies
import Syscalls
import Testing
import Traces

@testable import Commands

@Suite struct OptionParsingTests {
    private static func usageError<Value: Command>(
        _ type: Value.Type, _ words: [String]
    ) -> String? {
        do throws(UsageError) {
            _ = try type.parsed(words)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("options may stand before and behind the campaign")
    func order() throws {
        let before = try #require(try StatusCommand.parsed(["--json", "a.campaign"]))
        let behind = try #require(try StatusCommand.parsed(["a.campaign", "--json"]))
        #expect(before.asJSON)
        #expect(behind.asJSON)
    }

    @Test("options of extract may be repeated, and assumptions must be known ones")
    func extract() throws {
        let command = try #require(
            try ExtractCommand.parsed([
                "--library", "a.so", "ls", "--library=b.so", "--without", "nss", "--without=pam",
            ]))
        #expect(command.libraries == ["a.so", "b.so"])
        #expect(command.excluded == ["nss", "pam"])
        let refusal = Self.usageError(ExtractCommand.self, ["ls", "--without", "nis"])
        #expect(refusal?.contains("dlopen") == true && refusal?.contains("'nis'") == true)
    }

    @Test("an unknown option is answered with the nearest")
    func nearestOption() {
        #expect(
            Self.usageError(StatusCommand.self, ["c", "--jsn"])
                == "unknown option --jsn; did you mean --json?")
        #expect(
            Self.usageError(ExportCommand.self, ["c", "--formt", "oci"])
                == "unknown option --formt; did you mean --format?")
        #expect(
            Self.usageError(ReachedCommand.self, ["c", "--staticonly"])
                == "unknown option --staticonly; did you mean --static-only?")
    }

    @Test("an unknown system call is answered with the nearest")
    func nearestCall() {
        #expect(
            Self.usageError(WhyCommand.self, ["c", "opneat"])
                == "no system call is named opneat; did you mean openat?")
        #expect(
            Self.usageError(ExtractCommand.self, ["ls", "--explain", "clone33"])
                == "no system call is named clone33; did you mean clone3?")
        #expect(Self.usageError(WhyCommand.self, ["c", "fstatat"]) == nil)
    }

    @Test("a command about a campaign wants exactly one")
    func oneCampaign() {
        #expect(Self.usageError(StatusCommand.self, [])?.contains("needs a campaign") == true)
        #expect(Self.usageError(ReachedCommand.self, ["a", "b"])?.contains("not also 'b'") == true)
        #expect(Self.usageError(WhyCommand.self, ["a"]) != nil)
        #expect(Self.usageError(DoctorCommand.self, ["a"]) != nil)
        #expect(Self.usageError(ExtractCommand.self, []) != nil)
    }

    @Test("corpus knows its actions and how many words each takes")
    func corpus() {
        #expect(Self.usageError(CorpusCommand.self, ["list", "c"]) == nil)
        #expect(Self.usageError(CorpusCommand.self, ["grammar", "c"]) == nil)
        #expect(Self.usageError(CorpusCommand.self, ["grammar", "--", "ls", "-l"]) == nil)
        #expect(Self.usageError(CorpusCommand.self, ["grammar", "c", "d"]) != nil)
        #expect(Self.usageError(CorpusCommand.self, ["show", "c", "3f"]) == nil)
        #expect(
            Self.usageError(CorpusCommand.self, ["lst", "c"])
                == "corpus cannot lst; did you mean list?")
        #expect(Self.usageError(CorpusCommand.self, ["show", "c"]) != nil)
        #expect(Self.usageError(CorpusCommand.self, ["list", "c", "3f"]) != nil)
        #expect(Self.usageError(CorpusCommand.self, []) != nil)
    }

    @Test("export takes what a policy can be made with")
    func export() throws {
        let command = try #require(
            try ExportCommand.parsed([
                "c", "--format=bpf", "--tiers", "natural,signal", "--static-only", "log",
                "--denial", "kill", "-o", "out/",
            ]))
        #expect(command.format == .bpf)
        #expect(command.tiers == [.natural, .signal])
        #expect(command.staticOnly == .log)
        #expect(command.denial == .kill)
        #expect(command.output == "out/")
    }

    @Test(
        "export refuses what has no meaning",
        arguments: [
            ["c"], ["c", "-f", "ocii"], ["c", "-f", "oci", "--role", "root"],
            ["c", "-f", "policy", "--phase", "work"], ["c", "-f", "oci", "--static-only", "maybe"],
            ["c", "-f", "oci", "--tiers", "all,some"], ["c", "-f"], ["c", "-f", "oci", "-o", ""],
        ])
    func exportErrors(words: [String]) {
        #expect(Self.usageError(ExportCommand.self, words) != nil)
    }

    @Test("a value that is not as expected is answered with what is")
    func expectation() {
        #expect(
            Self.usageError(ExportCommand.self, ["c", "-f", "json"])
                == "-f needs one of oci, docker, kubernetes, spo, systemd, bpf, kafel, minijail, firejail, header, text, "
                + "policy, not 'json'")
    }
}
