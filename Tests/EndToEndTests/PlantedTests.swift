import TestSupport
import Testing

/// Programs whose guarded call only an input of one dimension reaches.
@Suite(
    "Planted calls",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct PlantedTests {
    @Test(
        "the call behind each guard is reached", .timeLimit(.minutes(30)),
        arguments: [
            "computed-number", "deleted-directory", "environment-name", "file-magic",
            "hidden-option", "many-lines", "option-pair", "own-format",
            "second-signal", "third-read",
        ])
    func guarded(name: String) throws {
        let folder = try TemporaryFolder()
        let campaign = CampaignFolder(folder.path + "/campaign")
        let program = try TestProgram.build("Planted/" + name)
        let fuzz = try FathomBinary.finish(
            [
                "fuzz", "--campaign", campaign.path, "-n", "4000", "--tiers", "all", "--", program,
            ])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        #expect(try campaign.syscalls().contains("getppid"))
    }
}
