import Foundation
import TestSupport
import Testing

/// What was found once is found again.
@Suite(
    "Repetition",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct RepetitionTests {
    private func corpus(of program: String, seed: Int) throws -> [String] {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let outcome = try FathomBinary.finish(
            [
                "fuzz", "--campaign", campaign.path, "--seed", "\(seed)", "-n", "700", "--",
                program,
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try campaign.corpus()
    }

    @Test(
        "the seed decides what is found", .timeLimit(.minutes(30)), arguments: ["diff", "pwd"])
    func seeds(program: String) throws {
        let first = try corpus(of: program, seed: 1)
        #expect(first.count > 3)
        #expect(try corpus(of: program, seed: 1) == first)
        #expect(try corpus(of: program, seed: 2) != first)
    }

    @Test(
        "almost every witness shows again what it is a witness of", .timeLimit(.minutes(30)),
        arguments: [("pwd", 1500), ("ls", 1500), ("diff", 1500), ("sqlite3", 400)])
    func witnesses(name: String, executions: Int) throws {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let harness = try Self.harness(name)
        let fuzz = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign, "-n", "\(executions)"] + harness)
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let replay = try FathomBinary.finish(["replay", campaign, "--all", "--json"])
        let result = try JSONDecoder().decode(ReplayResult.self, from: Data(replay.output.utf8))
        #expect(result.attempts >= 30)
        #expect(
            Double(result.reproduced) >= 0.99 * Double(result.attempts),
            "\(result): \(replay.errors)")
    }

    /// The package's own harness, whose program must be there.
    private static func harness(_ name: String) throws -> [String] {
        let package = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return [package.appending(path: "Harnesses/\(name)").path]
    }
}

private struct ReplayResult: Decodable {
    let attempts: Int
    let reproduced: Int
}
