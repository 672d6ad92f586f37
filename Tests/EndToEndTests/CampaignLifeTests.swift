import Foundation
import Glibc
import Store
import Syscalls
import TestSupport
import Testing

@Suite(
    "The life of a campaign",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct CampaignLifeTests {
    @Test("a second run goes on where the first has stopped", .timeLimit(.minutes(30)))
    func resumed() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let words = ["fuzz", "--campaign", campaign.path, "-n", "200", "--", "pwd"]
        #expect(try FathomBinary.finish(words).status == 0)
        let first = campaign.executions
        let corpus = try campaign.corpus()
        #expect(first >= 200)
        let second = try FathomBinary.finish(words)
        #expect(second.status == 0)
        #expect(second.errors.contains("going on after \(first) executions"))
        #expect(campaign.executions >= first + 200)
        #expect(try campaign.corpus().prefix(corpus.count) == corpus[...])
        let reader = try CampaignReader.open(campaign.path)
        // Every place that made a call is where the static set has it, which knows by now what ran.
        let set = try #require(try reader.staticSet())
        #expect(set.entries.contains { $0.distance == 0 })
        #expect(set.entries.contains { ($0.distance ?? 0) > 0 })
        let status = try FathomBinary.finish(["status", campaign.path, "--json"])
        let view = try JSONDecoder().decode(SiteStatus.self, from: Data(status.output.utf8))
        #expect(view.siteCheck.checked > 20)
        #expect(view.siteCheck.bugs.isEmpty, "\(view.siteCheck.bugs)")
        let last = try reader.corpus().map(\.foundAtExecution).max()
        #expect(last.map { $0 <= UInt64(campaign.executions) } == true)
    }

    @Test("a campaign belongs to one process at a time", .timeLimit(.minutes(30)))
    func owned() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let words = ["fuzz", "--campaign", campaign.path, "--", "pwd"]
        var first = try FathomBinary.start(words)
        #expect(RunningCommand.poll { campaign.executions > 0 }, "\(first.errors)")
        let second = try FathomBinary.finish(words)
        #expect(second.status == 3)
        #expect(second.errors.contains("process \(first.process) is writing to it"))
        first.send(SIGINT)
        #expect(try first.finish().status == 130)
    }

    @Test(
        "Ctrl-C ends a campaign within a moment, and keeps everything", .timeLimit(.minutes(30)),
        arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        var fuzz = try FathomBinary.start(["fuzz", "--campaign", campaign.path, "--", "diff"])
        let process = fuzz.process
        #expect(RunningCommand.poll { campaign.executions > 100 }, "\(fuzz.errors)")
        let seen = campaign.executions
        let corpus = Set(try campaign.corpus())
        // As a terminal does: to every process of the group.
        kill(-process, signal)
        let start = ContinuousClock.now
        let outcome = try fuzz.finish()
        // A second, and what a machine that is busy with other tests adds.
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(outcome.status == 130, "\(outcome.errors)")
        #expect(outcome.output.contains("system calls reached"))
        #expect(campaign.executions >= seen)
        #expect(Set(try campaign.corpus()).isSuperset(of: corpus))
        #expect(try campaign.problems().isEmpty)
    }

    @Test("Ctrl-C is heard while a slow target starts", .timeLimit(.minutes(30)))
    func interruptedEarly() throws {
        let folder = try TemporaryFolder()
        let harness = try folder.write(
            "{ program: \"sleep\", arguments: [\"1000\"], bounds: { wallTime: 60 } }",
            to: "harness.json5")
        let campaign = folder.path + "/campaign"
        var fuzz = try FathomBinary.start(["fuzz", harness, "--campaign", campaign])
        let process = fuzz.process
        #expect(
            RunningCommand.poll { !ProcessTable().workers(of: process).isEmpty }, "\(fuzz.errors)")
        kill(-process, SIGINT)
        #expect(try fuzz.finish(within: .seconds(10)).status == 130)
    }

    /// What a machine that does other things may add: some processes start and end late.
    private static let lateness = Duration.seconds(10)

    @Test("--for is the time of the whole command", .timeLimit(.minutes(30)))
    func limited() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let limit = Duration.seconds(4)
        let start = ContinuousClock.now
        let outcome = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign.path, "--for", "4s", "--", "pwd"])
        let time = ContinuousClock.now - start
        #expect(outcome.status == 0, "\(outcome.errors)")
        // At most a quarter is kept for the end, which takes no longer than it has to: the search
        // has the rest whatever the preparation took.
        #expect(time >= limit * 3 / 4)
        #expect(time < limit + Self.lateness)
        #expect(campaign.executions > 0)
    }

    @Test("jobs share the executions and the corpus", .timeLimit(.minutes(30)))
    func jobs() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let words = ["fuzz", "--campaign", campaign.path, "--jobs", "2", "-n", "2000", "--", "pwd"]
        let first = try FathomBinary.finish(words)
        #expect(first.status == 0, "\(first.errors)")
        let executions = campaign.executions
        // The last test case of each job is confirmed and made smaller before the job ends.
        #expect((2000..<2400).contains(executions))
        let corpus = Set(try campaign.corpus())
        let second = try FathomBinary.finish(words.map { $0 == "2000" ? "100" : $0 })
        #expect(second.status == 0, "\(second.errors)")
        #expect(campaign.executions >= executions + 100)
        #expect(Set(try campaign.corpus()).isSuperset(of: corpus))
        #expect(try campaign.problems().isEmpty)
    }
}

/// What `status --json` says of call sites.
private struct SiteStatus: Decodable {
    struct Check: Decodable {
        let checked: Int
        let bugs: [Bug]
    }

    struct Bug: Decodable {
        let syscall: String
        let judgement: String
    }

    let siteCheck: Check
}
