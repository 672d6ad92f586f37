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
        .timeLimit(.minutes(30)))
    func coordinator() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let words = ["fuzz", "--campaign", campaign.path, "--", "diff"]
        var moments = SplitMix(state: 20)
        for round in 1...10 {
            var fuzz = try FathomBinary.start(words)
            let group = fuzz.process
            var seen = SavedState()
            // Every other moment is one at which the campaign has just been opened.
            let isEarly = round % 2 == 0
            if !isEarly {
                let before = campaign.executions
                #expect(RunningCommand.poll { campaign.executions > before }, "\(fuzz.errors)")
            }
            let delay = Int.random(in: 0...(isEarly ? 600 : 3500), using: &moments)
            try seen.watch(campaign, of: fuzz, for: .milliseconds(delay))
            let killed = ContinuousClock.now
            fuzz.send(SIGKILL)
            #expect(try fuzz.finish().status == 256 + SIGKILL)
            var left: [ProcessTable.Entry] = []
            let allEnded = RunningCommand.poll(within: .seconds(5)) {
                left = ProcessTable().remainders(ofGroup: group, naming: folder.path)
                return left.isEmpty
            }
            #expect(allEnded, "left in round \(round): \(left)")
            #expect(try campaign.problems().isEmpty)
            #expect(Set(try campaign.corpus()).isSuperset(of: seen.corpus))
            #expect(campaign.executions >= seen.executions)
            #expect(try campaign.syscalls().isSuperset(of: seen.due(at: killed)))
        }
        let before = (campaign.executions, Set(try campaign.corpus()))
        let last = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign.path, "-n", "50", "--", "diff"])
        #expect(last.status == 0, "\(last.errors)")
        #expect(campaign.executions >= before.0 + 50)
        #expect(Set(try campaign.corpus()).isSuperset(of: before.1))
    }

    @Test("a worker that looks at nothing ends with its coordinator", .timeLimit(.minutes(30)))
    func stoppedWorker() throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        var fuzz = try FathomBinary.start(["fuzz", "--campaign", campaign.path, "--", "diff"])
        let group = fuzz.process
        // It has made files as its target's user by then.
        #expect(RunningCommand.poll { campaign.executions > 20 }, "\(fuzz.errors)")
        for worker in ProcessTable().workers(of: group) { kill(worker, SIGSTOP) }
        fuzz.send(SIGKILL)
        #expect(try fuzz.finish().status == 256 + SIGKILL)
        #expect(
            RunningCommand.poll(within: .seconds(30)) {
                ProcessTable().remainders(ofGroup: group, naming: folder.path).isEmpty
            })
    }

    @Test("killed workers are replaced in the same run", .timeLimit(.minutes(30)))
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

/// What was seen of a campaign while it ran.
private struct SavedState {
    private(set) var executions: Int64 = 0
    private(set) var corpus: Set<String> = []
    /// The calls that the screen named, and when it did.
    private var announced: [String: ContinuousClock.Instant] = [:]

    /// Looks until the time is over, each time with a reader of its own.
    mutating func watch(
        _ campaign: CampaignFolder, of fuzz: borrowing RunningCommand, for time: Duration
    ) throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            executions = max(executions, campaign.executions)
            if executions > 0 { corpus.formUnion(try campaign.corpus()) }
            for line in fuzz.errors.split(separator: "\n") {
                guard let mark = line.range(of: " new: ") else { continue }
                let name = String(line[mark.upperBound...].prefix { $0 != " " })
                if announced[name] == nil { announced[name] = .now }
            }
            usleep(20_000)
        }
    }

    /// The calls that must be saved by then: a second is promised, another is left to a machine
    /// that is busy with other tests.
    func due(at moment: ContinuousClock.Instant) -> Set<String> {
        Set(announced.filter { $0.value < moment - .seconds(2) }.keys)
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
