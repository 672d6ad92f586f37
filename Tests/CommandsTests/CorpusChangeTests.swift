import Foundation
import Store
import TestSupport
import Testing
import Traces

/// Campaigns that take test cases from elsewhere, through the built program.
@Suite final class CorpusChangeTests {
    private let folder: TemporaryFolder
    private var campaign: String { folder.path + "/diff.campaign" }

    init() throws {
        folder = try TemporaryFolder()
        try fuzz("diff.campaign", 20, "diff", "-q", "@@", "/etc/passwd")
    }

    private func fuzz(_ name: String, _ executions: Int, _ command: String...) throws {
        let result = try FathomBinary.run(
            ["fuzz", "--campaign", "\(folder.path)/\(name)", "-n", "\(executions)", "--"] + command)
        guard result.status == 0 else { throw TestSupportError(result.errors) }
    }

    private func corpus(_ words: String...) throws -> Subprocess {
        try FathomBinary.run(["corpus"] + words.map { $0 == "CAMPAIGN" ? campaign : $0 })
    }

    private func waiting() throws -> Int {
        try CampaignReader.open(campaign).waitingSeedCount()
    }

    @Test("a history's commands wait, are executed once, and are not taken in again")
    func history() throws {
        let history = try folder.write(
            "ls\ndiff --brief x y\ndiff $A b\nprintf 'q\\n' | diff - z\n", to: "history")
        let first = try corpus("import", "CAMPAIGN", history)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("2 test cases queued, skipped 1 (words that only the shell"))
        #expect(try waiting() == 2)
        try fuzz("diff.campaign", 60, "diff", "-q", "@@", "/etc/passwd")
        #expect(try waiting() == 0)
        let again = try corpus("import", "CAMPAIGN", history, "--json")
        #expect(again.status == 0)
        #expect(again.output.contains("\"known\" : 2"))
        #expect(try waiting() == 0)
    }

    @Test("AFL's queue and plain folders give inputs, in the file that @@ names")
    func folders() throws {
        let manager = FileManager.default
        let queue = folder.path + "/out/default/queue"
        try manager.createDirectory(
            atPath: queue + "/.state", withIntermediateDirectories: true)
        _ = try folder.write("zero\u{0}", to: "out/default/queue/id:000000,orig:a")
        _ = try folder.write("no", to: "out/default/queue/other")
        _ = try folder.write("no", to: "out/default/queue/.state/id:000000")
        _ = try folder.write("plain", to: "out/default/cmdline")
        let result = try corpus("import", "CAMPAIGN", folder.path + "/out")
        #expect(result.output.contains("AFL output: 1 test case queued."))
        let reader = try CampaignReader.open(campaign)
        let seed = try #require(try reader.waitingSeeds(behind: 0, limit: 1).first)
        let text = String(decoding: try #require(try reader.waitingSeed(seed.id)), as: UTF8.self)
        #expect(text.contains("file \"input\" 644 regular \"zero\\x00\""))
        #expect(text.contains("argument \"input\""))
        let plain = try corpus("import", "CAMPAIGN", queue + "/.state", "--", "-y", "-", "@@")
        #expect(plain.status == 0)
        #expect(plain.output.contains("AFL output: 1 test case queued."))
        let large = try folder.write(String(repeating: "x", count: 1 << 21), to: "large")
        let refused = try corpus("import", "CAMPAIGN", large)
        #expect(refused.status == 1)
        #expect(refused.output.contains("skipped 1 (files of more than 1048576 bytes)"))
    }

    @Test("files that commands name come from the folder given, and from nowhere else")
    func files() throws {
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: folder.path + "/tests/d", withIntermediateDirectories: true)
        _ = try folder.write("inside", to: "tests/d/a.txt")
        _ = try folder.write("outside", to: "secret")
        try manager.createSymbolicLink(
            atPath: folder.path + "/tests/link", withDestinationPath: "../secret")
        let log = try folder.write("+ diff d/a.txt link\n+ diff ../secret d\n", to: "log")
        let result = try corpus("import", "CAMPAIGN", log, "--files", folder.path + "/tests")
        #expect(result.output.contains("a log of commands: 2 test cases queued."))
        let reader = try CampaignReader.open(campaign)
        for seed in try reader.waitingSeeds(behind: 0, limit: 9) {
            let text = String(
                decoding: try #require(try reader.waitingSeed(seed.id)), as: UTF8.self)
            #expect(text.contains("file \"d/a.txt\" 644 regular \"inside\""))
            #expect(!text.contains("outside"))
        }
    }

    @Test("merging takes over evidence of the same target, and a second time changes nothing")
    func merge() throws {
        try fuzz("other.campaign", 250, "diff", "a", "b")
        let other = folder.path + "/other.campaign"
        let calls = try Set(CampaignReader.open(other).observations().map(\.syscall))
        let result = try corpus("merge", "CAMPAIGN", other)
        #expect(result.status == 0, "\(result.errors)")
        let merged = try CampaignReader.open(campaign)
        #expect(try Set(merged.observations().map(\.syscall)).isSuperset(of: calls))
        #expect(try merged.problems().isEmpty)
        let before = try (merged.observations(), Set(merged.features()), merged.corpus())
        let again = try corpus("merge", "CAMPAIGN", other)
        #expect(again.output.contains(": 0 test cases taken over"))
        #expect(try merged.observations() == before.0)
        #expect(try Set(merged.features()) == before.1)
        #expect(try merged.corpus() == before.2)
        let replay = try FathomBinary.run(["replay", campaign, "--all"])
        #expect(replay.status == 0, "\(replay.output)")
    }

    @Test("another target is refused, or taken as seeds where that is asked for")
    func otherTarget() throws {
        try fuzz("ls.campaign", 20, "ls")
        let other = folder.path + "/ls.campaign"
        let refused = try corpus("merge", "CAMPAIGN", other)
        #expect(refused.status == 3)
        #expect(refused.errors.contains("it ran /usr/bin/ls, which is not /usr/bin/diff"))
        let calls = try CampaignReader.open(campaign).observations()
        let taken = try corpus("merge", "CAMPAIGN", other, "--as-seeds")
        #expect(taken.status == 0)
        #expect(try waiting() > 0)
        #expect(try CampaignReader.open(campaign).observations() == calls)
        #expect(try corpus("merge", "CAMPAIGN", campaign + "/").status == 2)
    }

    @Test("a smaller corpus shows as much, and every witness is still there")
    func minimize() throws {
        try fuzz("diff.campaign", 400, "diff", "-q", "@@", "/etc/passwd")
        let reader = try CampaignReader.open(campaign)
        let before = try reader.observations()
        let result = try corpus("minimize", "CAMPAIGN")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(" test cases before, "))
        #expect(try reader.observations() == before)
        #expect(try reader.problems().isEmpty)
        for observation in before {
            #expect(try reader.testCase(observation.witness) != nil)
        }
        let kept = try reader.corpus().filter { $0.isConfirmed && $0.isScheduled }
        let features = try Set(reader.features().filter(\.isStable).map(\.key))
        #expect(try Set(reader.corpus().flatMap(\.keptFor)).isSuperset(of: features))
        let again = try corpus("minimize", "CAMPAIGN", "--json")
        let value = try JSONSerialization.jsonObject(with: Data(again.output.utf8))
        let json = try #require(value as? [String: Any])
        #expect(json["before"] as? Int == kept.count)
        // It goes on from there.
        try fuzz("diff.campaign", 20, "diff", "-q", "@@", "/etc/passwd")
    }

    @Test("a campaign that runs is left alone")
    func locked() throws {
        let writer = try CampaignWriter.open(campaign)
        for words in [["import", campaign, "/etc/hostname"], ["minimize", campaign]] {
            let result = try FathomBinary.run(["corpus"] + words)
            #expect(result.status == 3)
            #expect(result.errors.contains("is writing to it"), "\(result.errors)")
        }
        _ = consume writer
    }

    private static let wrongUses: [(words: [String], status: Int32)] = [
        (["import", "CAMPAIGN"], 2), (["merge", "CAMPAIGN"], 2), (["minimize"], 2),
        (["import", "/missing", "/etc"], 3), (["import", "CAMPAIGN", "/missing"], 3),
        (["import", "CAMPAIGN", "/dev/null"], 3), (["imprt", "CAMPAIGN"], 2),
        (["import", "CAMPAIGN", "/etc/hostname", "--files", "/missing"], 3),
        (["import", "CAMPAIGN", "/etc/hostname", "--as", "x"], 2),
    ]

    @Test("what is used wrongly gets one sentence")
    func usage() throws {
        for use in Self.wrongUses {
            let result = try FathomBinary.run(
                ["corpus"] + use.words.map { $0 == "CAMPAIGN" ? campaign : $0 })
            #expect(result.status == use.status, "\(use.words)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    @Test("a harness is written, can be used, and is never overwritten")
    func harness() throws {
        let place = folder.path + "/gzip"
        let made = try FathomBinary.run(["harness", "init", place, "--", "gzip", "-t", "@@"])
        #expect(made.status == 0, "\(made.errors)")
        let text = try String(contentsOfFile: place + "/harness.json5", encoding: .utf8)
        #expect(text.contains("arguments: [\"-t\", \"@@\"]"))
        let fuzz = try FathomBinary.run(
            ["fuzz", place, "--campaign", folder.path + "/gzip.campaign", "-n", "10"])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        #expect(!fuzz.errors.contains("skipped"))
        let again = try FathomBinary.run(["harness", "init", place, "--", "gzip"])
        #expect(again.status == 3)
        #expect(again.errors.contains("a harness lies there already"))
        #expect(try String(contentsOfFile: place + "/harness.json5", encoding: .utf8) == text)
        #expect(try FathomBinary.run(["harness", "init", place]).status == 2)
    }
}
