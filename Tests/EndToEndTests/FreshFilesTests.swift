import Foundation
import TestSupport
import Testing

/// Files that stay from one execution to the next are as new for the next.
@Suite(
    "Fresh files",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct FreshFilesTests {
    @Test(
        "no execution finds what one before it did to a file", .timeLimit(.minutes(30)),
        arguments: [
            "nothing", "mapped", "written", "mode", "attribute", "times", "link", "beside",
            "inside", "output", "printed", "marked", "order", "exchanged", "moved",
        ])
    func fresh(way: String) throws {
        let folder = try TemporaryFolder()
        let program = folder.path + "/touches-\(way)"
        try FileManager.default.copyItem(
            atPath: try TestProgram.build("Hostile/touch-files"), toPath: program)
        let arguments = try TestProgram.forbiddenNamespaces().map { "\"\($0)\"" }
        _ = try folder.write(
            """
            {
                program: "\(program)", arguments: [\(arguments.joined(separator: ", "))],
                files: {
                    whole: "xxxxx", folder: { directory: true }, "folder/inner": "inner",
                    last: "last",
                },
            }
            """, to: "harness.json5")
        let campaign = CampaignFolder(folder.path + "/campaign")
        // Nothing changes the files of the base but what makes it smaller, and no test case begins
        // with what an execution has left.
        let outcome = try FathomBinary.finish([
            "fuzz", folder.path, "--campaign", campaign.path, "-n", "60", "--tiers", "signal",
            "--setting", "artifact-share=0",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let syscalls = try campaign.syscalls()
        #expect(syscalls.contains("flistxattr"), "\(syscalls)")
        #expect(!syscalls.contains("sched_rr_get_interval"))
    }
}
