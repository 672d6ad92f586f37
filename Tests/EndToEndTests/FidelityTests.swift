import Foundation
import Glibc
import TestSupport
import Testing

/// What a program does in the sandbox is what it does outside.
@Suite("Fidelity", .enabled(if: geteuid() == 0, "only root can run commands as another user"))
struct FidelityTests {
    private static let series =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conformance/fidelity").path

    @Test(
        "twenty commands do in the sandbox what they do natively, by every executor",
        .timeLimit(.minutes(5)))
    func quick() throws {
        let run = try Subprocess.run([
            Self.series, "--quick", "--fathom", try FathomBinary.path(),
        ])
        #expect(run.status == 0, "\(run.output)\n\(run.errors)")
        #expect(run.output.contains(" 0 unexplained differences"))
        #expect(run.output.split(separator: "\n").count > 20)
    }
}
