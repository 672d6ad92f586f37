import Campaigns
import Foundation
import Phasing
import Store
import Syscalls
import TestSupport
import Testing
import Traces

@Suite(
    "Learned phases",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"),
    .timeLimit(.minutes(30)))
struct LearnedPhaseTests {
    @Test(
        "a campaign learns phases, and its corpus and its program pass under its policy")
    func campaign() throws {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign, "-n", "2500", "--", "diff"])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let record = try CampaignRecord.load(campaign)
        #expect(record.hasLearnedPhases)
        #expect(record.phases.count >= 2)
        #expect(record.files?.contains { $0.path.contains("libc.so") } == true)
        // The same store gives the same phases and evidence.
        let again = try CampaignRecord.load(campaign)
        #expect(again.phaseModel == record.phaseModel)
        #expect(again.observations == record.observations)
        let status = try FathomBinary.finish(["status", campaign])
        #expect(status.output.contains("Phases, learned"))

        let policy = folder.path + "/diff.policy.json"
        let export = try FathomBinary.finish(
            [
                "export", campaign, "-f", "policy", "-o", policy, "--tiers", "natural",
                "--static-only", "allow",
            ])
        #expect(export.status == 0, "\(export.errors)")
        let check = try FathomBinary.finish(["check", policy, "--campaign", campaign])
        #expect(check.status == 0, "\(check.output)")
        let narrow = folder.path + "/narrow.policy.json"
        let narrowed = try FathomBinary.finish(
            [
                "export", campaign, "-f", "policy", "-o", narrow, "--tiers", "natural",
                "--static-only", "allow", "--arguments",
            ])
        #expect(narrowed.errors.contains("allowed only with arguments"), "\(narrowed.errors)")
        let checked = try FathomBinary.finish(["check", narrow, "--campaign", campaign])
        #expect(checked.status == 0, "\(checked.output)")
        let difference = try FathomBinary.finish(["diff", policy, narrow])
        #expect(difference.status == 1)
        #expect(difference.output.contains("other arguments"), "\(difference.output)")
        // A campaign is compared as it was exported, here with one tier, and else as is usual.
        let exported = try FathomBinary.finish(["diff", policy, campaign])
        #expect(exported.status == 0, "\(exported.output)\(exported.errors)")
        let whole = try FathomBinary.finish(["diff", campaign, campaign])
        #expect(whole.status == 0, "\(whole.output)\(whole.errors)")
        let broken = folder.path + "/broken.json"
        try Data("{ \"version\": 1 }".utf8).write(to: URL(filePath: broken))
        let refused = try FathomBinary.finish(["diff", broken, campaign])
        #expect(refused.status != 0)
        #expect(refused.errors.contains("it has no ."), "\(refused.errors)")
        let same = try FathomBinary.finish(["diff", policy, policy])
        #expect(same.status == 0)
        #expect(same.output.contains("mean the same"))

        let files = ["left", "right"].map { folder.path + "/" + $0 }
        for file in files { try Data((file + "\n").utf8).write(to: URL(filePath: file)) }
        let command = ["diff", "-u"] + files
        let plain = try Subprocess.run(command)
        let enforced = try FathomBinary.finish(["enforce", "-v", policy, "--"] + command)
        #expect(enforced.status == plain.status)
        #expect(enforced.output == plain.output)
        #expect(!enforced.errors.contains("denied"), "\(enforced.errors)")
    }

    @Test("everything that the search has seen is in the learned evidence")
    func completeness() throws {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign, "-n", "1200", "--", "ls"])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let record = try CampaignRecord.load(campaign)
        let learned = Set(record.observations.map { "\($0.syscall) \($0.role.name) \($0.tier)" })
        let searched = Set(
            try CampaignReader.open(campaign).observations().map {
                "\($0.syscall) \($0.role.name) \($0.tier)"
            })
        #expect(searched.isSubset(of: learned))
        #expect(searched.count > 20)
    }

    @Test("a harness that names phases is believed, and one that names them badly is refused")
    func harness() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/harness.json5"
        func write(_ phases: String) throws {
            let text = "{ program: '/bin/ls', phases: [\(phases)] }"
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        try write("{ name: 'listing', call: 'getdents64' }")
        let trace = try FathomBinary.finish(
            ["trace", "--phases", "--harness", path, "--", "/bin/ls", "/"])
        #expect(trace.output.contains("listing"), "\(trace.output)\(trace.errors)")
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(["fuzz", path, "--campaign", campaign, "-n", "300"])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let record = try CampaignRecord.load(campaign)
        #expect(!record.hasLearnedPhases)
        #expect(record.phases.map(\.name) == ["load", "init", "listing"])

        for (phases, problem) in [
            ("{ name: 'a', call: 'nosuch' }", "no system call is named nosuch"),
            ("{ name: 'init', call: 'read' }", "begin by themselves"),
            ("{ name: 'a', call: 'read', role: 'boss' }", "no role is named boss"),
            (
                "{name: 'a', call: 'read'}, {name: 'b', call: 'write'}, {name: 'a', call: 'open'}",
                "no process goes back"
            ),
            ("{ name: 'a', call: 'read', arguments: [{index: 7, equals: 1}] }", "from 0 to 5"),
        ] {
            try write(phases)
            let refused = try FathomBinary.finish(["fuzz", path, "-n", "1"])
            #expect(refused.status != 0)
            #expect(refused.errors.contains(problem), "\(refused.errors)")
        }
    }
}
