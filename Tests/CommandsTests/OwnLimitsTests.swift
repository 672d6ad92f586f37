import Foundation
import TestSupport
import Testing

/// What people get under limits that are too low to work with.
@Suite struct OwnLimitsTests {
    private static func run(_ limit: String, _ words: [String]) throws -> Subprocess {
        try Subprocess.run(
            ["bash", "-c", "ulimit \(limit) && exec \"$@\"", "bash", try FathomBinary.path()]
                + words)
    }

    private static let commands = [
        ["doctor"], ["status", "/nowhere"], ["extract", "true"], ["corpus", "list", "/nowhere"],
        ["fuzz", "-n", "1", "--", "true"], ["trace", "--sandbox", "--", "true"],
    ]

    @Test(
        "a limit that is too low is one sentence, which says how it is raised",
        arguments: commands, ["-n 20", "-f 1", "-s 64", "-v 200000"])
    func refused(command: [String], limit: String) throws {
        let result = try Self.run(limit, command)
        #expect(result.status == 3)
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.hasPrefix("fathom: the limit on "), "\(result.errors)")
        #expect(result.errors.contains("raise it with ulimit \(limit.prefix(2)) "))
    }

    @Test(
        "a program runs natively under the limits that it is given",
        arguments: ["-n 20", "-f 1", "-s 64"])
    func native(limit: String) throws {
        let words = ["trace", "--", "bash", "-c", "ulimit \(limit.prefix(2)); trap -p XFSZ"]
        let result = try Self.run(limit, words)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("\(limit.dropFirst(3))\nPID"), "\(result.output)")
    }
}
