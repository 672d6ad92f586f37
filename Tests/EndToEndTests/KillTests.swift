import Foundation
import Glibc
import TestSupport
import Testing

/// SIGKILL at moments that nobody has chosen.
@Suite(
    "Killed processes",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct KillTests {
    @Test(
        "a campaign whose coordinator is killed loses nothing older than a second and goes on",
        .timeLimit(.minutes(4)))
    func coordinator() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        var moments = SplitMix(state: 20)
        for round in 1...10 {
            var fuzz = try FathomBinary.start(
                ["fuzz", "--campaign", campaign.path, "--seed", "\(round)", "--", "diff"])
            let group = fuzz.process
            var seen = SavedState()
            let delay = Duration.milliseconds(Int.random(in: 50...2500, using: &moments))
            try seen.watch(campaign, for: delay)
            fuzz.send(SIGKILL)
            #expect(try fuzz.finish().status == 256 + SIGKILL)
            #expect(
                RunningCommand.poll(within: .seconds(5)) {
                    ProcessTable().remainders(ofGroup: group, naming: folder.path).isEmpty
                }, "processes are left in round \(round)")
            guard seen.executions > 0 else { continue }
            #expect(try campaign.problems().isEmpty)
            #expect(Set(try campaign.corpus()).isSuperset(of: seen.corpus))
            #expect(campaign.executions >= seen.executions)
        }
        let before = (campaign.executions, Set(try campaign.corpus()))
        #expect(before.0 > 0, "no round lived long enough to save anything")
        let last = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign.path, "-n", "50", "--", "diff"])
        #expect(last.status == 0, "\(last.errors)")
        #expect(campaign.executions >= before.0 + 50)
        #expect(Set(try campaign.corpus()).isSuperset(of: before.1))
    }

    @Test("killed workers are replaced in the same run", .timeLimit(.minutes(4)))
    func workers() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        var moments = SplitMix(state: 21)
        var fuzz = try FathomBinary.start(
            ["fuzz", "--campaign", campaign.path, "--jobs", "2", "--", "diff"])
        let coordinator = fuzz.process
        for round in 1...10 {
            // Two are there again, and they work.
            let before = campaign.executions
            #expect(
                RunningCommand.poll {
                    ProcessTable().workers(of: coordinator).count == 2
                        && campaign.executions > before
                }, "round \(round): \(fuzz.errors)")
            usleep(UInt32.random(in: 0...400_000, using: &moments))
            let workers = ProcessTable().workers(of: coordinator)
            let victim = try #require(workers.randomElement(using: &moments))
            kill(victim, SIGKILL)
            #expect(
                RunningCommand.poll(within: .seconds(30)) {
                    let workers = ProcessTable().workers(of: coordinator)
                    return workers.count == 2 && !workers.contains(victim)
                }, "round \(round): \(fuzz.errors)")
        }
        let corpus = Set(try campaign.corpus())
        fuzz.send(SIGINT)
        let outcome = try fuzz.finish()
        #expect(outcome.status == 130, "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count { $0.contains("is replaced") } == 10)
        #expect(try campaign.problems().isEmpty)
        #expect(Set(try campaign.corpus()).isSuperset(of: corpus))
        let left = ProcessTable().remainders(ofGroup: coordinator, naming: folder.path)
        #expect(left.isEmpty, "\(left)")
    }
}

/// What a reader has seen of a campaign while it ran.
private struct SavedState {
    private(set) var executions: Int64 = 0
    private(set) var corpus: Set<String> = []

    /// Looks until the time is over, each time with a reader of its own.
    mutating func watch(_ campaign: CampaignFolder, for time: Duration) throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            executions = max(executions, campaign.executions)
            if executions > 0 { corpus.formUnion(try campaign.corpus()) }
            usleep(20_000)
        }
    }
}

/// The generator of seeded random moments.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
