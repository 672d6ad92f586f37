import Foundation
import TestSupport
import Testing

/// How a campaign executes its test cases.
@Suite(
    "Copies in a campaign", .serialized,
    .enabled(if: Account.own.isUsable, "no sandbox can be made here; see fathom doctor"))
struct CopyTests {
    private struct Status: Decodable {
        struct Executor: Decodable {
            let exec: UInt64
            let forkServer: UInt64
            let recorded: UInt64
            let compared: UInt64
            let differed: UInt64
            let recordedStarts: UInt64
            let byRule: [String: UInt64]
        }
        let executor: Executor
    }

    private static func campaign(
        _ target: [String], _ options: [String]
    ) throws -> Status {
        let folder = try TemporaryFolder()
        let campaign = folder.path + "/campaign"
        let fuzz = try FathomBinary.finish(
            ["fuzz", "--campaign", campaign] + options + ["--"] + target)
        try #require(fuzz.status == 0, "\(fuzz.errors)")
        let status = try FathomBinary.finish(["status", "--json", campaign])
        return try JSONDecoder().decode(Status.self, from: Data(status.output.utf8))
    }

    @Test(
        "copies write their calls down, and make those of fresh starts",
        .timeLimit(.minutes(30)), arguments: ["pwd", "ls", "cut"])
    func recording(program: String) throws {
        let status = try Self.campaign(
            [program], ["--executions", "500", "--compare", "1", "--tiers", "all"])
        #expect(status.executor.compared > 100)
        #expect(status.executor.differed == 0)
        #expect(status.executor.recorded * 10 > status.executor.forkServer * 9)
    }

    @Test(
        "an environment that the loader reads has a template when it comes again",
        .timeLimit(.minutes(30)))
    func environments() throws {
        let status = try Self.campaign(["pwd"], ["--executions", "3000"])
        #expect(status.executor.differed == 0)
        let rare = status.executor.byRule["environment that the loader reads", default: 0]
        // Of the sweep each comes once; without templates it was as many again.
        #expect(rare > 0)
        #expect(rare * 8 < status.executor.forkServer, "\(status)")
    }

    @Test(
        "a program that cannot be copied writes its calls down from its start on",
        .timeLimit(.minutes(30)))
    func starts() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            """
            #include <stdio.h>
            #include <unistd.h>
            __attribute__((constructor)) static void begin(void) { getpid(); }
            int main(int count, char **arguments) {
                // Where it stops at each call it takes several times as long.
                for (int i = 0; i < 3000; i++) access("/", count);
                return count > 1 && fopen(arguments[1], "r") ? puts("there") : 0;
            }
            """, to: "asks.c")
        let program = folder.path + "/asks"
        try #require(try Subprocess.run(["clang", source, "-o", program]).status == 0)
        let status = try Self.campaign([program], ["--executions", "400"])
        #expect(status.executor.forkServer == 0)
        #expect(status.executor.recordedStarts * 2 > status.executor.exec, "\(status)")
    }

    @Test(
        "limits that the loader meets have templates when they come again",
        .timeLimit(.minutes(30)))
    func limits() throws {
        let status = try Self.campaign(
            ["pwd"], ["--executions", "3000", "--tiers", "all", "--compare", "10"])
        #expect(status.executor.differed == 0)
        let rare = status.executor.byRule["limits that the loader meets", default: 0]
        // The limit on the address space is for execve.
        #expect(rare > 0)
        #expect(rare * 8 < status.executor.forkServer, "\(status)")
    }
}
