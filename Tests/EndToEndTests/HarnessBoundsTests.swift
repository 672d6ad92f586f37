import TestSupport
import Testing

@Suite(
    "Bounds of harnesses",
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct HarnessBoundsTests {
    @Test(
        "a harness that gives no times lets a slow program end, one that does ends it",
        .timeLimit(.minutes(30)),
        arguments: [("", "exited with status 0"), ("wallTime: 1", "ended")])
    func measured(bounds: String, ending: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "{ program: \"/bin/sleep\", arguments: [\"2.5\"], bounds: { \(bounds) } }",
            to: "harness.json5")
        let fuzz = try FathomBinary.finish(
            ["fuzz", folder.path, "--campaign", folder.path + "/campaign", "-n", "1"])
        #expect(fuzz.status == 0, "\(fuzz.errors)")
        let first = fuzz.errors.split(separator: "\n").first { $0.hasPrefix("First execution:") }
        #expect(first?.contains(ending) == true, "\(fuzz.errors)")
    }
}
