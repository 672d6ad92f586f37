import Foundation
import TestSupport
import Testing

/// A small real campaign in a folder of its own.
private final class SmallCampaign {
    let folder: TemporaryFolder
    var path: String { folder.path + "/ls.campaign" }

    init() throws {
        folder = try TemporaryFolder()
        let result = try FathomBinary.run(
            ["fuzz", "--campaign", folder.path + "/ls.campaign", "-n", "600", "--", "/bin/ls"])
        guard result.status == 0 else { throw TestSupportError(result.errors) }
    }
}

/// The commands about a campaign.
@Suite struct CampaignCommandsTests {
    private let campaign: SmallCampaign

    init() throws {
        campaign = try SmallCampaign()
    }

    /// Runs a command whose word `CAMPAIGN` stands for the campaign's folder.
    private func run(_ words: String...) throws -> Subprocess {
        try FathomBinary.run(words.map { $0 == "CAMPAIGN" ? campaign.path : $0 })
    }

    private func json(_ words: String...) throws -> [String: Any] {
        let result = try FathomBinary.run(
            words.map { $0 == "CAMPAIGN" ? campaign.path : $0 } + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        return try #require(value as? [String: Any])
    }

    @Test("status, reached and the policy agree on what was seen")
    func agreement() throws {
        let status = try json("status", "CAMPAIGN")
        let tiers = try #require(status["syscalls"] as? [String: [String]])
        let seen = Set(tiers.values.joined())
        #expect(seen.isSuperset(of: ["execve", "openat", "getdents64", "write"]))
        let rows = try #require(try json("reached", "CAMPAIGN")["rows"] as? [[String: Any]])
        let dynamic = rows.filter { $0["dynamic"] as? Bool == true }
        #expect(Set(dynamic.compactMap { $0["syscall"] as? String }) == seen)
        let fixed = rows.filter { $0["static"] as? Bool == true }.compactMap {
            $0["syscall"] as? String
        }
        #expect(Set(status["staticOnly"] as? [String] ?? []) == Set(fixed).subtracting(seen))
        #expect(Set(status["dynamicOnly"] as? [String] ?? []) == seen.subtracting(fixed))
        let policy = try run("export", "CAMPAIGN", "--format", "policy", "--no-environment")
        let value = try JSONSerialization.jsonObject(with: Data(policy.output.utf8))
        let life = (value as? [String: Any])?["wholeLife"] as? [String: Any]
        let entries = life?["entries"] as? [[String: Any]] ?? []
        let allowed = entries.filter { $0["action"] as? String == "allow" }
        #expect(Set(allowed.compactMap { $0["syscall"] as? String }) == seen)
    }

    @Test("why answers with 0 for what is known and 1 for what is not")
    func why() throws {
        #expect(try run("why", "CAMPAIGN", "getdents64").status == 0)
        #expect(try run("why", "CAMPAIGN", "reboot").status == 1)
        #expect(try run("why", "CAMPAIGN", "opneat").status == 2)
        let view = try json("why", "CAMPAIGN", "getdents64")
        #expect(view["standing"] as? String == "reached")
        #expect((view["script"] as? [String: Any])?["command"] is String)
    }

    @Test("a listed test case can be shown by the beginning of its id")
    func corpus() throws {
        let cases = try #require(
            try json("corpus", "list", "CAMPAIGN")["testCases"] as? [[String: Any]])
        let id = try #require(cases.first?["id"] as? String)
        let shown = try run("corpus", "show", "CAMPAIGN", String(id.prefix(12)))
        #expect(shown.status == 0)
        #expect(shown.output.contains("fathom-test-case 1"))
        #expect(try run("corpus", "show", "CAMPAIGN", "zz").status == 1)
        #expect(try run("corpus", "show", "CAMPAIGN", "").status == (cases.count == 1 ? 0 : 2))
    }

    @Test("the grammar tells of each option where it comes from and what became of it")
    func grammar() throws {
        let options = try #require(
            try json("corpus", "grammar", "CAMPAIGN")["options"] as? [[String: Any]])
        let all = try #require(options.first { $0["spelling"] as? String == "--all" })
        #expect((all["sources"] as? [String])?.first == "option table")
        let counts = options.compactMap { $0["executed"] as? Int }
        #expect(counts.count == options.count)
        #expect(counts.contains { $0 > 0 })
        let text = try run("corpus", "grammar", "CAMPAIGN")
        #expect(text.status == 0)
        #expect(text.output.contains("--sort"))
        #expect(try run("corpus", "grammar").status == 2)
    }

    @Test("the grammar of a command is mined without a campaign")
    func grammarOfCommand() throws {
        let result = try FathomBinary.run(["corpus", "grammar", "--json", "--", "/bin/ls"])
        let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let options = (value as? [String: Any])?["options"] as? [[String: Any]] ?? []
        let sort = try #require(options.first { $0["spelling"] as? String == "--sort" })
        #expect(sort["valueKind"] as? String == "enumeration")
        #expect((sort["choices"] as? [String])?.contains("extension") == true)
        #expect(sort["executed"] == nil)
    }

    @Test("equal exports give equal bytes, on standard output and in a file")
    func export() throws {
        let file = campaign.folder.path + "/ls.json"
        let first = try run("export", "CAMPAIGN", "--format", "oci")
        let second = try run("export", "CAMPAIGN", "--format", "oci", "-o", file)
        #expect(first.status == 0)
        #expect(second.status == 0)
        #expect(second.output.isEmpty)
        #expect(
            first.output
                == String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self))
        #expect(first.errors.contains("denied although the program's code has them"))
    }

    @Test("a folder receives the whole life and every phase")
    func exportFolder() throws {
        let folder = campaign.folder.path + "/exports"
        let result = try run("export", "CAMPAIGN", "--format", "bpf", "-o", folder + "/")
        #expect(result.status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(names).isSuperset(of: ["ls.bpf", "ls.root.load.bpf", "ls.root.init.bpf"]))
        let phase = try run("export", "CAMPAIGN", "--format", "systemd", "--phase", "init")
        #expect(phase.output.contains("phase init of role root"))
        #expect(try run("export", "CAMPAIGN", "-f", "oci", "--phase", "never").status == 1)
    }

    @Test("tables are at most 100 columns wide")
    func width() throws {
        for words in [["status"], ["reached"], ["corpus", "list"]] {
            let result = try FathomBinary.run(words + [campaign.path])
            #expect(result.status == 0)
            for line in result.output.split(separator: "\n") where !line.contains(campaign.path) {
                #expect(line.count <= 100, "\(line)")
            }
        }
    }
}
