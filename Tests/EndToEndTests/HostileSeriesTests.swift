import Foundation
import TestSupport
import Testing

/// The first cases of the hostile series, which are there to be run at length as well.
@Suite(
    "Hostile series",
    .enabled(if: !Account.usable.isEmpty, "no sandbox can be made here; see fathom doctor"),
    .timeLimit(.minutes(20)))
struct HostileSeriesTests {
    private static func run(_ name: String, _ options: [String]) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Conformance/hostile")
        let result = try Subprocess.run(
            [folder.path + "/" + name, "--fathom", try FathomBinary.path()] + options)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains(" tried, 0 failed"), "\(result.output)")
    }

    @Test("files that are damaged are read or refused")
    func damagedInputs() throws {
        try Self.run("damaged-inputs", ["--cases", "24", "--seed", "3"])
    }

    @Test("names that a terminal would obey are shown", arguments: ["escape", "comment"])
    func names(name: String) throws {
        try Self.run("hostile-names", ["--only", name])
    }
}
